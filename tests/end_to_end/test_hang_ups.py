"""Clients that hang up, at any moment: no errors of ours, no traces, and the server goes on.

Real sockets on a real server; what it says is read from its standard error.
"""

import asyncio
import base64
import json
import os
import re
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from services.bootstrap import Dependencies
from services.settings import Settings
from tests.conftest import REPOSITORY, TestDatabase, environment_of
from tests.end_to_end.test_bad_places import command
from tests.end_to_end.test_serve import free_port, is_alive
from tests.waiting import PATIENCE_S, pauses, wait_until

pytestmark = pytest.mark.usefixtures("tiny_company")

SLOW = "{ __schema { types { name description fields { name description } } } }"
SUBSCRIPTION = "subscription { orderChanged { order { orderNumber } } }"


@dataclass
class Server:
    """A server with what it has said so far."""

    port: int
    token: str
    said: Path
    database: TestDatabase

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    def head(self, accept: str, length: int) -> bytes:
        return (
            "POST /graphql HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {self.token}\r\nAccept: {accept}\r\n"
            f"Content-Length: {length}\r\n\r\n"
        ).encode()

    def request(self, query: str, accept: str = "application/json") -> bytes:
        body = json.dumps({"query": query}).encode()
        return self.head(accept, len(body)) + body

    def open_socket(self) -> socket.socket:
        """A WebSocket of the GraphQL protocol, after its handshake."""
        client = self.connect()
        key = base64.b64encode(os.urandom(16)).decode()
        client.sendall(
            (
                "GET /graphql HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
            ).encode()
        )
        assert b"101" in client.recv(4096).splitlines()[0]
        return client

    def listeners(self) -> float:
        figures = httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=PATIENCE_S).text
        found = re.search(r"^apportion_websockets_open (\S+)$", figures, re.MULTILINE)
        assert found is not None
        return float(found[1])


def frame(message: dict[str, object]) -> bytes:
    """A text frame as clients send it: masked, here with nothing."""
    body = json.dumps(message).encode()
    size = bytes([128 | len(body)]) if len(body) < 126 else b"\xfe" + struct.pack(">H", len(body))
    return b"\x81" + size + bytes(4) + body


def reset(client: socket.socket) -> None:
    """Hang up as a machine does that loses its network: with a reset, not with a good-bye."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def good_bye(client: socket.socket) -> None:
    client.close()


@pytest.fixture
def server(settings: Settings, database: TestDatabase, tmp_path: Path) -> Iterator[Server]:
    port, said = free_port(), tmp_path / "said"
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "serve", "--port", str(port)],
            cwd=REPOSITORY,
            env=environment_of(settings),
            stdout=out,
            stderr=out,
        )
    try:
        wait_until(lambda: is_alive(port))
        token = command(settings, "token", "--role", "ADMIN").stdout.strip()
        yield Server(port, token, said, database)
    finally:
        process.terminate()
        assert process.wait(timeout=PATIENCE_S) == 0


def in_mid_headers(server: Server) -> socket.socket:
    client = server.connect()
    client.sendall(server.head("application/json", 100)[:60])
    return client


def in_mid_request(server: Server) -> socket.socket:
    client = server.connect()
    client.sendall(server.head("application/json", 10_000) + b'{"query": "')
    return client


def before_the_response(server: Server) -> socket.socket:
    client = server.connect()
    client.sendall(server.request(SLOW))
    return client


def in_mid_response(server: Server) -> socket.socket:
    client = server.connect()
    client.sendall(server.request(SLOW))
    assert client.recv(1) == b"H"
    return client


def in_mid_events(server: Server) -> socket.socket:
    client = server.connect()
    client.sendall(server.request(SUBSCRIPTION, "text/event-stream"))
    assert client.recv(1) == b"H"
    return client


def in_mid_handshake(server: Server) -> socket.socket:
    client = server.connect()
    client.sendall(
        b"GET /graphql HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    )
    return client


def before_it_says_who_it_is(server: Server) -> socket.socket:
    return server.open_socket()


def in_mid_frame(server: Server) -> socket.socket:
    client = server.open_socket()
    client.sendall(frame({"type": "connection_init"})[:9])
    return client


def in_mid_subscription(server: Server) -> socket.socket:
    client = server.open_socket()
    client.sendall(frame({"type": "connection_init", "payload": {"token": server.token}}))
    assert b"connection_ack" in client.recv(4096)
    payload: dict[str, object] = {"query": SUBSCRIPTION}
    client.sendall(frame({"id": "1", "type": "subscribe", "payload": payload}))
    return client


def in_mid_query_of_a_socket(server: Server) -> socket.socket:
    client = server.open_socket()
    client.sendall(frame({"type": "connection_init", "payload": {"token": server.token}}))
    assert b"connection_ack" in client.recv(4096)
    payload: dict[str, object] = {"query": SLOW}
    client.sendall(frame({"id": "1", "type": "subscribe", "payload": payload}))
    return client


def notify(server: Server) -> None:
    """Have the server notify its subscribers of an order, twenty times at once."""
    with psycopg.connect(**server.database.superuser.for_libpq()) as connection:
        connection.execute(
            "SELECT pg_notify('apportion_events', json_build_object('kind', 'order', 'id', o.id,"
            " 'n', n)::text) FROM orders AS o, generate_series(1, 20) AS n"
            " WHERE o.order_number = 'O1'"
        )


def hear_news(server: Server, client: socket.socket) -> None:
    """Notify until the client hears it: a subscription begins a little after it was asked for."""
    heard = b""
    for pause_s in pauses():
        notify(server)
        client.settimeout(pause_s)
        with suppress(TimeoutError):
            heard += client.recv(4096)
        if b"O1" in heard:
            break
    notify(server)


def in_mid_news_of_a_socket(server: Server) -> socket.socket:
    client = in_mid_subscription(server)
    hear_news(server, client)
    return client


def in_mid_news_of_events(server: Server) -> socket.socket:
    client = in_mid_events(server)
    hear_news(server, client)
    return client


MOMENTS: tuple[Callable[[Server], socket.socket], ...] = (
    in_mid_headers,
    in_mid_request,
    before_the_response,
    in_mid_response,
    in_mid_events,
    in_mid_handshake,
    before_it_says_who_it_is,
    in_mid_frame,
    in_mid_subscription,
    in_mid_query_of_a_socket,
    in_mid_news_of_a_socket,
    in_mid_news_of_events,
)


async def test_whoever_hangs_up_leaves_no_trace(server: Server, deps: Dependencies) -> None:
    """Each moment, with and without a good-bye; some wait a little first, so that all is under way.

    Then something happens to those who listened: the server notifies nobody, and answers others.
    """
    await asyncio.to_thread(hang_up_at_every_moment, server)
    said = server.said.read_text()
    assert "Traceback" not in said, said
    assert not [line for line in said.splitlines() if "[error" in line or "[warning" in line], said


def hang_up_at_every_moment(server: Server) -> None:
    for moment in MOMENTS:
        for hang_up in (reset, good_bye):
            for pause_s in (0.0, 0.05):
                client = moment(server)
                time.sleep(pause_s)
                hang_up(client)
    wait_until(lambda: server.listeners() == 0)
    notify(server)
    answer = httpx.post(
        f"http://127.0.0.1:{server.port}/graphql",
        json={"query": "{ viewer { subject } }"},
        headers={"Authorization": f"Bearer {server.token}"},
        timeout=PATIENCE_S,
    )
    assert answer.json()["data"] == {"viewer": {"subject": "service:admin"}}

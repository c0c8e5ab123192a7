"""`apportion serve`: the API on one address, with a worker beside it when asked."""

import asyncio
import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Annotated

import structlog
import typer

from cli.database import name_database
from cli.faults import FAILED
from cli.language import Speaker
from domain.messages import msg
from services.settings import Settings

# A worker that ends is started again after a pause, which grows while it goes on ending.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
WORKER_GRACE_S = 30.0
# Connections that wait to be taken, as uvicorn has it.
BACKLOG = 2048

_log = structlog.get_logger(__name__)


class AddressTaken(RuntimeError):
    """The server cannot listen where it was asked to; the message says why, and what to do."""


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    with_worker: Annotated[
        bool, typer.Option("--with-worker", help="Run a worker beside the server.")
    ] = False,
) -> None:
    """Serve GraphQL at /graphql, with GraphiQL for browsers, until stopped."""
    settings = Settings()
    try:
        # Before anything else: who cannot listen must not migrate, nor start a database.
        with addresses_of(host, port) as listeners:
            asyncio.run(_serve(name_database(settings), listeners, with_worker=with_worker))
    except AddressTaken as taken:
        typer.echo(str(taken), err=True)
        raise typer.Exit(FAILED) from None


async def _serve(settings: Settings, listeners: list[socket.socket], *, with_worker: bool) -> None:
    # They take seconds to load, which whoever cannot listen need not wait for.
    import uvicorn

    from gql.app import create_app, deps_of
    from services.bootstrap import open_dependencies
    from services.installation import ensure_installed

    async with open_dependencies(settings, purpose="api", create=True) as deps:
        await ensure_installed(deps)
        _listen(listeners)
        config = uvicorn.Config(
            create_app(deps_of(deps)),
            # Its lines go where ours go, as ours do.
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=10,
            server_header=False,
            ws="websockets-sansio",
            # A subscription's message is a document; larger ones are no query of ours.
            ws_max_size=1_000_000,
        )
        server = uvicorn.Server(config)
        # uvicorn stops on these by itself and then raises them again, for whom it interrupted.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        if with_worker:
            async with _worker_beside(settings):
                await server.serve(listeners)
        else:
            await server.serve(listeners)
        if not server.started:
            raise typer.Exit(FAILED)


@contextmanager
def addresses_of(host: str, port: int) -> Iterator[list[socket.socket]]:
    """Sockets that have the host's addresses, and do not listen yet. Raises AddressTaken.

    Nobody can connect before the server is there to answer. Another server may take the address in
    the same way meanwhile: `_listen` finds out which of the two comes first.
    """
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (socket.gaierror, UnicodeError) as error:
        raise AddressTaken(
            Speaker().text(msg("cli.NO_ADDRESS", host=host[:100], error=error))
        ) from None
    with ExitStack() as stack:
        sockets = []
        for family, kind, protocol, _, address in dict.fromkeys(found):
            each = stack.enter_context(socket.socket(family, kind, protocol))
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                each.bind(address)
            except OSError as error:
                raise _taken(address, error) from None
            sockets.append(each)
        yield sockets


def _listen(sockets: list[socket.socket]) -> None:
    for each in sockets:
        try:
            each.listen(BACKLOG)
        except OSError as error:
            raise _taken(each.getsockname(), error) from None


def _taken(address: tuple[object, ...], error: OSError) -> AddressTaken:
    place = msg("cli.PORT_OF", port=str(address[1]), address=str(address[0]))
    if error.errno == errno.EADDRINUSE:
        return AddressTaken(Speaker().text(msg("cli.ADDRESS_TAKEN", place=place)))
    return AddressTaken(Speaker().text(msg("cli.NOT_LISTENING", place=place, error=error.strerror)))


@asynccontextmanager
async def _worker_beside(settings: Settings) -> AsyncIterator[None]:
    keeping = asyncio.create_task(_keep_a_worker(settings))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def _keep_a_worker(settings: Settings) -> None:
    """A worker process at all times, until cancelled; it goes too when this process is killed."""
    command = [sys.executable, "-m", "cli", "worker", "--follow-parent", str(os.getpid())]
    environment = {**os.environ, "APPORTION_HOME": str(settings.home)}
    pause = FIRST_PAUSE_S
    while True:
        started = asyncio.get_running_loop().time()
        # Ctrl-C reaches the whole group: the worker is stopped by us alone, and in order.
        worker = await asyncio.create_subprocess_exec(
            *command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
        )
        try:
            status = await worker.wait()
        finally:
            if worker.returncode is None:
                worker.send_signal(signal.SIGTERM)
                try:
                    await asyncio.wait_for(asyncio.shield(worker.wait()), WORKER_GRACE_S)
                except TimeoutError:
                    worker.kill()
        lived = asyncio.get_running_loop().time() - started
        pause = FIRST_PAUSE_S if lived > LONGEST_PAUSE_S else min(2 * pause, LONGEST_PAUSE_S)
        _log.error("the worker ended; starting another", status=status, pause_s=pause)
        await asyncio.sleep(pause)

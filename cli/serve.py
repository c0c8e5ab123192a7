"""`apportion serve`: the API on one address, with a worker beside it when asked."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import structlog
import typer
import uvicorn

from cli.database import name_database
from gql.app import create_app, deps_of
from services.bootstrap import open_dependencies
from services.installation import ensure_installed
from services.settings import Settings

# A worker that ends is started again after a pause, which grows while it goes on ending.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
WORKER_GRACE_S = 30.0

_log = structlog.get_logger(__name__)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    with_worker: Annotated[
        bool, typer.Option("--with-worker", help="Run a worker beside the server.")
    ] = False,
) -> None:
    """Serve GraphQL at /graphql, with GraphiQL for browsers, until told to stop."""
    asyncio.run(_serve(name_database(Settings()), host, port, with_worker=with_worker))


async def _serve(settings: Settings, host: str, port: int, *, with_worker: bool) -> None:
    async with open_dependencies(settings, purpose="api", create=True) as deps:
        await ensure_installed(deps)
        config = uvicorn.Config(
            create_app(deps_of(deps)),
            host=host,
            port=port,
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
                await server.serve()
        else:
            await server.serve()


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
    command = [sys.executable, "-m", "cli", "worker", "--follow-parent"]
    environment = {**os.environ, "APPORTION_HOME": str(settings.home)}
    pause = FIRST_PAUSE_S
    while True:
        started = asyncio.get_running_loop().time()
        # Ctrl-C reaches the whole group: the worker is told by us alone, and in order.
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

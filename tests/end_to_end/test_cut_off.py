"""J2 A11: the worker's host is cut off the network, silently, in each phase of a run.

PostgreSQL and each worker have a host of their own. A phase is held by a lock of the test's, which
is let go when the cable is out. The worlds, one for each phase, go through it side by side: most of
the time they wait for the connections to be given up.
"""

import asyncio
import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from domain.principals import SYSTEM
from domain.supply import ReceiptLine, ReceiveGoods
from persistence.dsn import APPLICATION_ROLE
from persistence.embedded.cluster import DATABASE
from persistence.embedded.database import EmbeddedDatabase
from persistence.invariants import check_invariants
from persistence.migrate import migrate
from services.bootstrap import Dependencies, open_dependencies
from services.settings import Settings
from services.supply import receive_goods
from tests.conftest import REPOSITORY, StartWorker, looked_after, make_short_home
from tests.end_to_end.test_crash import ask, assert_allocated_once, wait_for
from tests.jobs.test_worker import solvers_of
from tests.network import Host, Network, network
from tests.waiting import PATIENCE_S, eventually
from tests.world import write_tiny_company

# A cut that connections outlast.
SHORT_CUT_S = 10.0
# What is promised: another has the run half a minute after the cut.
TAKEN_OVER_S = 30.0
# For a machine that has more to do than this test.
BUSY_S = 30.0

# Run on the database's host. Who started the server may go: it is stopped by the last to leave.
START_SERVER = """
import sys
from pathlib import Path
from persistence.embedded.cluster import SERVER_SETTINGS
from persistence.embedded.database import EmbeddedDatabase
SERVER_SETTINGS.update(listen_addresses="*", fsync="off", autovacuum="off")
EmbeddedDatabase(Path(sys.argv[1])).start()
"""

# Each lets the run get as far as its name says, and holds it while the test holds the lock 1.
HOLDS = {
    "read": "",
    "solve": "",
    # All is written; in the middle of the transaction.
    "write": """
        CREATE TRIGGER hold BEFORE UPDATE ON allocation_runs
        FOR EACH ROW WHEN (NEW.status = 'COMMITTED') EXECUTE FUNCTION wait_for_the_test()
    """,
    # In the commit itself: it happens, and the worker does not hear of it.
    "commit": """
        CREATE CONSTRAINT TRIGGER hold AFTER UPDATE ON allocation_runs
        DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.status = 'COMMITTED') EXECUTE FUNCTION wait_for_the_test()
    """,
}
WAIT_FOR_THE_TEST = """
    CREATE FUNCTION wait_for_the_test() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock_shared(1);
      RETURN NEW;
    END $$
"""
AT_THE_LOCK = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name = 'apportion-worker' AND wait_event_type = 'Lock'"
)
LOCKS_OF = (
    "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE datname = current_database() AND client_addr = '{}'"
)
WHAT_IS_WRITTEN = """
    SELECT run.id, run.status, run.attempts, run.claimed_by, run.committed_at,
      (SELECT count(*) FROM audit_log
        WHERE action = 'allocationCommit' AND object_id = run.id::text),
      (SELECT jsonb_agg(to_jsonb(stock) ORDER BY stock) FROM stock),
      (SELECT jsonb_agg(to_jsonb(held) ORDER BY held) FROM reservations AS held)
    FROM allocation_runs AS run ORDER BY run.id
"""


@dataclass
class World:
    """A company in a database of its own, and the hosts of its two workers."""

    phase: str
    network: Network
    hosts: tuple[Host, Host]
    settings: Settings
    deps: Dependencies

    @asynccontextmanager
    async def held(self, *workers: "subprocess.Popen[bytes]") -> AsyncIterator[None]:
        """A run that begins while the block lasts comes as far as the phase."""
        if self.phase == "solve":
            for worker in workers:
                await eventually(lambda worker=worker: bool(solvers_of(worker.pid)))
            solvers = [pid for worker in workers for pid in solvers_of(worker.pid)]
            for pid in solvers:
                os.kill(pid, signal.SIGSTOP)
            yield
            for pid in solvers:
                os.kill(pid, signal.SIGCONT)
            return
        async with self.deps.unit_of_work(SYSTEM) as uow:
            # What a snapshot reads and a receipt leaves alone.
            lock = (
                "LOCK TABLE products IN ACCESS EXCLUSIVE MODE"
                if self.phase == "read"
                else "SELECT pg_advisory_xact_lock(1)"
            )
            await uow.session.execute(text(lock))
            yield

    async def reached(self) -> None:
        """Wait until the newest run is held in the phase."""
        if self.phase == "solve":
            newest = "SELECT status FROM allocation_runs ORDER BY id DESC LIMIT 1"
            await wait_for(self.deps, newest, lambda rows: rows == [("SOLVING",)])
        else:
            await wait_for(self.deps, AT_THE_LOCK, lambda rows: rows[0][0] > 0)

    async def arrive(self, number: str) -> None:
        """12 pieces arrive: those of the tiny company, under this number."""
        command = ReceiveGoods(number, "C", (ReceiptLine("TEE-40", 12),))
        async with self.deps.unit_of_work(SYSTEM) as uow:
            await receive_goods(command, uow)

    async def committed(self, runs: int) -> None:
        """Wait until `runs` runs are committed, which is all of them."""
        statuses = "SELECT status FROM allocation_runs"
        await wait_for(self.deps, statuses, lambda rows: rows == [("COMMITTED",)] * runs)


@pytest.fixture(scope="module")
def cables() -> Iterator[Network]:
    """The network; skips where there can be none."""
    with network() as made:
        yield made


@pytest.fixture(scope="module")
def server(cables: Network) -> Iterator[EmbeddedDatabase]:
    """PostgreSQL on a host of its own; the test comes in by the socket, which is never cut."""
    folder = make_short_home()
    host = cables.add_host()
    with looked_after(folder):
        subprocess.run(
            [*host.inside, sys.executable, "-c", START_SERVER, str(folder)],
            cwd=REPOSITORY,
            check=True,
        )
        with EmbeddedDatabase(folder) as database:
            migrate(database.owner)
            with (database.data / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {host.address}/24 trust\n")
            with psycopg.connect(**database.superuser.for_libpq()) as connection:
                connection.execute("SELECT pg_reload_conf()")
            yield database
        shutil.rmtree(folder)


@asynccontextmanager
async def world_of(
    phase: str, cables: Network, server: EmbeddedDatabase, home: Path
) -> AsyncIterator[World]:
    """The tiny company, held in a phase, with two hosts for its workers."""
    with psycopg.connect(**server.superuser.for_libpq(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {phase}_world TEMPLATE {DATABASE}".encode())
    near = server.superuser.url.replace(f"/{DATABASE}?", f"/{phase}_world?")
    with psycopg.connect(near) as connection:
        connection.execute(WAIT_FOR_THE_TEST)
        connection.execute(HOLDS[phase].encode() or b"SELECT 1")
    far = f"postgresql://{APPLICATION_ROLE}@{cables.hosts[0].address}/{phase}_world"
    settings = Settings(home=home, database_url=near, secret="long enough to sign with")
    async with open_dependencies(settings, purpose="command") as deps:
        await write_tiny_company(deps)
        yield World(
            phase,
            cables,
            (cables.add_host(), cables.add_host()),
            settings.model_copy(update={"database_url": far}),
            deps,
        )


async def cut_off(world: World, start: StartWorker) -> None:
    """What happens in one world of the test below."""
    first_host, second_host = world.hosts

    async def worker_on(host: Host) -> "subprocess.Popen[bytes]":
        return await asyncio.to_thread(start, settings=world.settings, inside=host.inside)

    # The first one acts as scheduler and gets the run; the second stands by.
    first = await worker_on(first_host)
    second = await worker_on(second_host)
    async with world.held(first):
        second.send_signal(signal.SIGSTOP)
        await world.arrive("GR-1")
        await world.reached()
        second.send_signal(signal.SIGCONT)
        world.network.cut(first_host)
        cut_at, cut_on = time.monotonic(), dt.datetime.now(dt.UTC)
    # The server answers, into the dark, and gives up.
    locks = LOCKS_OF.format(first_host.address)
    await wait_for(world.deps, locks, lambda rows: rows == [(0,)])
    assert time.monotonic() - cut_at < TAKEN_OVER_S
    await world.committed(1)
    await assert_allocated_once(world.deps)
    [(attempts, holder, claimed_on)] = await ask(
        world.deps, "SELECT attempts, claimed_by, claimed_at FROM allocation_runs"
    )
    assert (claimed_on - cut_on).total_seconds() < TAKEN_OVER_S + BUSY_S
    if world.phase == "commit":
        assert (attempts, holder.endswith(f":{first.pid}")) == (1, True)
    else:
        assert holder.endswith(f":{second.pid}")
    before = await ask(world.deps, WHAT_IS_WRITTEN)

    # The first one returns, and is alone.
    second.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(second.wait, PATIENCE_S) == 0
    world.network.join(first_host)
    async with world.held(first):
        await wait_until_back(world)
        assert await ask(world.deps, WHAT_IS_WRITTEN) == before
        await world.arrive("GR-2")
        await world.reached()
        world.network.cut(first_host)
        await asyncio.sleep(SHORT_CUT_S)
        world.network.join(first_host)
    await world.committed(2)
    (of_first, of_second) = await ask(world.deps, WHAT_IS_WRITTEN)
    assert of_first[:6] == before[0][:6]
    assert of_second[5] == 1
    async with world.deps.unit_of_work(SYSTEM, one_instant=True) as uow:
        assert [found for found in await check_invariants(uow.session) if found.broken] == []
    first.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(first.wait, PATIENCE_S) == 0


async def wait_until_back(world: World) -> None:
    """Wait until the worker listens again for jobs, on the relay's and the broker's side."""
    listening = (
        "SELECT count(DISTINCT application_name) FROM pg_stat_activity"
        f" WHERE client_addr = '{world.hosts[0].address}'"
        " AND application_name IN ('apportion-relay', 'dramatiq-postgres', 'apportion-sweeps')"
    )
    await wait_for(world.deps, listening, lambda rows: rows == [(3,)])


async def test_a_run_whose_host_is_cut_off_is_committed_once_and_by_another(
    cables: Network, server: EmbeddedDatabase, worker_process: StartWorker, tmp_path: Path
) -> None:
    """J2: in each phase, for good and then for ten seconds; the host that returns works on."""

    async def in_a_world(phase: str) -> None:
        async with world_of(phase, cables, server, tmp_path / phase) as world:
            await cut_off(world, worker_process)

    async with asyncio.TaskGroup() as together:
        for phase in HOLDS:
            together.create_task(in_a_world(phase), name=phase)

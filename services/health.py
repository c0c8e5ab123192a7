"""Whether the installation is well: what the doctor looks at, and what `/readyz` answers."""

import asyncio
import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from domain.principals import SYSTEM
from persistence import policy as policies
from persistence.invariants import Invariant, check_invariants
from persistence.migrate import HEAD
from persistence.retry import DATABASE_ERRORS, DISK_FULL, sql_state
from persistence.role_check import schema_revision
from persistence.server_status import (
    ServerStatus,
    read_server_status,
    unresolved_failure,
    write_a_little,
)
from persistence.unit_of_work import UnitOfWork
from services.bootstrap import Databases, Dependencies
from services.calendar.business_days import calendar_warnings
from services.policy import NoPolicy, UnreadablePolicy, current_policy, stored_policy

# Tokens and reservations are dated by our clock, queues by the database's.
CLOCKS_MAY_DIFFER = dt.timedelta(seconds=2)
# A job that has waited so long has no worker to send it.
JOBS_MAY_WAIT_S = 60
# Less is as good as none: PostgreSQL's log grows by 16 MiB at a time, and an import or a run of a
# million claims writes some hundred before any of it can be given back.
LEAST_FREE_BYTES = 256 << 20
ANSWERS_WITHIN_S = 2.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is good, and a sentence for people."""

    what: str
    good: bool
    said: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """Sentences for whoever watches a server; anybody may read them.

    problems: why requests cannot be served. warnings: they can, but an operator has to act.
    """

    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


async def readiness(
    open_uow: Callable[[], UnitOfWork], databases: Databases, least_free: int = LEAST_FREE_BYTES
) -> Readiness:
    """Whether requests can be served: database, disk, policy; and whether a run has failed.

    A failed run is a warning: to take the server away would take away the means to mend it.
    """
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S), open_uow() as uow:
            failed = await unresolved_failure(uow.session)
            problems = [fault for fault in (await _policy_fault(uow),) if fault is not None]
    except DATABASE_ERRORS as error:
        log.warning("the database does not answer", exc_info=error)
        return Readiness(("The database does not answer.",))
    full = disk_fault(databases, least_free)
    if full is not None:
        problems.append(full)
    warnings = () if failed is None else (f"Allocation run {failed.id} failed.",)
    return Readiness(tuple(problems), warnings)


async def _policy_fault(uow: UnitOfWork) -> str | None:
    try:
        await current_policy(uow)
    except NoPolicy:
        return "This database has no policy yet."
    except UnreadablePolicy as error:
        log.error("the policy cannot be read", error=str(error))
        return f"Version {error.version} of the policy cannot be read."
    return None


def disk_fault(databases: Databases, least_free: int = LEAST_FREE_BYTES) -> str | None:
    """What is wrong with the embedded database's disk; another machine's is not seen from here."""
    if databases.embedded is None:
        return None
    free = _free_bytes(databases.embedded.home)
    if free is None:
        return "The disk of the embedded database cannot be looked at."
    if free < least_free:
        return f"The disk of the embedded database is full: {free >> 20} MiB are free."
    return None


def _free_bytes(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


async def examine(deps: Dependencies) -> list[Finding]:
    """Look at database, disk, schema, clocks, jobs, policy, calendar, runs and the
    books.

    The role was checked at the start.
    """
    before = deps.clock()
    async with deps.unit_of_work(SYSTEM, one_instant=True) as uow:
        status = await read_server_status(uow.session)
        calendar = await _calendar(uow)
        after = deps.clock()
        invariants = await check_invariants(uow.session)
        policy = await _policy(uow)
        runs = await _runs(uow)
    revision = await schema_revision(deps.engine)
    place = deps.databases.application.without_password
    return [
        Finding("database", True, f"PostgreSQL {status.version} at {place}"),
        await _disk(deps),
        Finding("schema", revision == HEAD, f"revision {revision or 'none'}, needed {HEAD}"),
        Finding("role", True, f"{status.role}: no superuser, owns nothing, row security forced"),
        _clocks(status.now, before, after),
        _jobs(status),
        policy,
        calendar,
        runs,
        *(
            Finding(
                "books",
                not found.broken,
                found.name if not found.broken else _broken(found),
            )
            for found in invariants
        ),
    ]


async def _disk(deps: Dependencies) -> Finding:
    full = disk_fault(deps.databases)
    if full is None:
        try:
            async with deps.unit_of_work(SYSTEM) as uow:
                await write_a_little(uow.session)
        except DATABASE_ERRORS as error:
            if sql_state(error) != DISK_FULL:
                raise
            full = "The database has no room left on its disk."
    if full is not None:
        return Finding("disk", False, f"{full} Free some; {LEAST_FREE_BYTES >> 20} MiB are needed.")
    embedded = deps.databases.embedded
    if embedded is None:
        return Finding("disk", True, "the database takes what is written; its disk is its owner's")
    return Finding("disk", True, f"{(_free_bytes(embedded.home) or 0) >> 20:,} MiB free")


async def _policy(uow: UnitOfWork) -> Finding:
    """The version in force and those planned: a planned one would only show on its day."""
    try:
        version, _ = await current_policy(uow)
        for planned in await policies.policies_after(uow.session, uow.now):
            stored_policy(planned.version, planned.body)
    except NoPolicy:
        return Finding("policy", True, "none yet; `apportion migrate` or a server installs one")
    except UnreadablePolicy as error:
        return Finding("policy", False, str(error))
    return Finding("policy", True, f"version {version} in force")


async def _runs(uow: UnitOfWork) -> Finding:
    failed = await unresolved_failure(uow.session)
    if failed is None:
        return Finding("runs", True, "none failed since the last plan")
    return Finding(
        "runs",
        False,
        f"allocation run {failed.id} failed and none was committed since: "
        f"{failed.error or 'it says no reason'} When the cause is mended, ask for another run.",
    )


def _broken(found: Invariant) -> str:
    return f"{found.name}: {found.broken} times not so; {'; '.join(found.examples)}"


def _clocks(database: dt.datetime, before: dt.datetime, after: dt.datetime) -> Finding:
    """The database's clock was read between two readings of ours."""
    early, late = before - database, database - after
    apart = max(early, late, dt.timedelta(0))
    said = f"ours and the database's differ by {apart.total_seconds():.1f} s"
    return Finding("clocks", apart <= CLOCKS_MAY_DIFFER, said)


async def _calendar(uow: UnitOfWork) -> Finding:
    """A calendar that ends before the dates in use: nothing is broken yet, but it is reported."""
    try:
        _, policy = await current_policy(uow)
    except NoPolicy:
        return Finding("calendar", True, "no company yet")
    except UnreadablePolicy:
        return Finding("calendar", True, "not looked at: the policy cannot be read")
    warnings = await calendar_warnings(uow, policy)
    said = (
        f"warning: {' '.join(map(str, warnings))}"
        if warnings
        else "known as far as dates in use reach"
    )
    return Finding("calendar", True, said)


def _jobs(status: ServerStatus) -> Finding:
    said = (
        f"{status.unsent_jobs} to send, {status.queued_messages} queued, "
        f"{status.given_up_messages} given up, {status.workers} workers heard of"
    )
    return Finding("jobs", status.oldest_unsent_s <= JOBS_MAY_WAIT_S, said)

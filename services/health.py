"""Whether the installation is well: what the doctor looks at, and what `/readyz` answers."""

import asyncio
import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from domain.messages import Message, msg
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
    """One thing looked at, a name of the catalogue's section `checks`: whether it is good, and what
    there is to say of it."""

    what: str
    good: bool
    said: Message

    @property
    def name(self) -> Message:
        """What was looked at, in words."""
        return Message(f"checks.{self.what}")


@dataclass(frozen=True, slots=True)
class Readiness:
    """Sentences for whoever watches a server; anybody may read them.

    problems: why requests cannot be served. warnings: they can, but an operator has to act.
    """

    problems: tuple[Message, ...] = ()
    warnings: tuple[Message, ...] = ()


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
        return Readiness((msg("checks.NO_ANSWER"),))
    full = disk_fault(databases, least_free)
    if full is not None:
        problems.append(full)
    warnings = () if failed is None else (msg("checks.RUN_FAILED", run=failed.id),)
    return Readiness(tuple(problems), warnings)


async def _policy_fault(uow: UnitOfWork) -> Message | None:
    try:
        await current_policy(uow)
    except NoPolicy:
        return msg("checks.NO_POLICY")
    except UnreadablePolicy as error:
        log.error("the policy cannot be read", error=str(error))
        return msg("checks.POLICY_UNREADABLE", version=error.version)
    return None


def disk_fault(databases: Databases, least_free: int = LEAST_FREE_BYTES) -> Message | None:
    """What is wrong with the embedded database's disk; another machine's is not seen from here."""
    if databases.embedded is None:
        return None
    free = _free_bytes(databases.embedded.home)
    if free is None:
        return msg("checks.DISK_UNSEEN")
    if free < least_free:
        return msg("checks.DISK_FULL", free=free >> 20)
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
        Finding("database", True, msg("checks.POSTGRESQL", version=status.version, place=place)),
        await _disk(deps),
        Finding("schema", revision == HEAD, msg("checks.REVISION", revision=revision, needed=HEAD)),
        Finding("role", True, msg("checks.ROLE", role=status.role)),
        _clocks(status.now, before, after),
        _jobs(status),
        policy,
        calendar,
        runs,
        *(
            Finding(
                "books",
                not found.broken,
                Message(found.name) if not found.broken else _broken(found),
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
            full = msg("checks.NO_ROOM")
    if full is not None:
        least = LEAST_FREE_BYTES >> 20
        return Finding("disk", False, msg("checks.FREE_SOME", fault=full, least=least))
    embedded = deps.databases.embedded
    if embedded is None:
        return Finding("disk", True, msg("checks.DISK_OF_OTHERS"))
    free = (_free_bytes(embedded.home) or 0) >> 20
    return Finding("disk", True, msg("checks.DISK_FREE", free=free))


async def _policy(uow: UnitOfWork) -> Finding:
    """The version in force and those planned: a planned one would only show on its day."""
    try:
        version, _ = await current_policy(uow)
        for planned in await policies.policies_after(uow.session, uow.now):
            stored_policy(planned.version, planned.body)
    except NoPolicy:
        return Finding("policy", True, msg("checks.NO_POLICY_YET"))
    except UnreadablePolicy as error:
        return Finding("policy", False, error.message)
    return Finding("policy", True, msg("checks.POLICY_VERSION", version=version))


async def _runs(uow: UnitOfWork) -> Finding:
    failed = await unresolved_failure(uow.session)
    if failed is None:
        return Finding("runs", True, msg("checks.NO_RUN_FAILED"))
    reason = Message.from_kept(failed.error) if failed.error else msg("checks.NO_REASON")
    return Finding("runs", False, msg("checks.RUN_FAILED_SINCE", run=failed.id, error=reason))


def _broken(found: Invariant) -> Message:
    rule, examples = Message(found.name), "; ".join(found.examples)
    return msg("checks.BROKEN", rule=rule, broken=found.broken, examples=examples)


def _clocks(database: dt.datetime, before: dt.datetime, after: dt.datetime) -> Finding:
    """The database's clock was read between two readings of ours."""
    early, late = before - database, database - after
    apart = max(early, late, dt.timedelta(0))
    said = msg("checks.APART", seconds=apart.total_seconds())
    return Finding("clocks", apart <= CLOCKS_MAY_DIFFER, said)


async def _calendar(uow: UnitOfWork) -> Finding:
    """A calendar that ends before the dates in use: nothing is broken yet, but it is reported."""
    try:
        _, policy = await current_policy(uow)
    except NoPolicy:
        return Finding("calendar", True, msg("checks.NO_COMPANY"))
    except UnreadablePolicy:
        return Finding("calendar", True, msg("checks.NOT_LOOKED_AT"))
    warnings = await calendar_warnings(uow, policy)
    if warnings:
        return Finding("calendar", True, msg("checks.WARNING", warnings=warnings))
    return Finding("calendar", True, msg("checks.CALENDAR_KNOWN"))


def _jobs(status: ServerStatus) -> Finding:
    said = msg(
        "checks.JOBS",
        unsent=status.unsent_jobs,
        queued=status.queued_messages,
        given_up=status.given_up_messages,
        workers=status.workers,
    )
    return Finding("jobs", status.oldest_unsent_s <= JOBS_MAY_WAIT_S, said)

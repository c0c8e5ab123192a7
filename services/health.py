"""Whether the installation is well: what the doctor looks at."""

import datetime as dt
from dataclasses import dataclass

from domain.principals import SYSTEM
from persistence.invariants import Invariant, check_invariants
from persistence.migrate import HEAD
from persistence.safety import schema_revision
from persistence.unit_of_work import UnitOfWork
from persistence.vitals import Vitals, read_vitals
from services.bootstrap import Dependencies
from services.business_days import calendar_warnings
from services.policies import current_policy, has_policy

# Tokens and reservations are dated by our clock, queues by the database's.
CLOCKS_MAY_DIFFER = dt.timedelta(seconds=2)
# A job that has waited so long has no worker to send it.
JOBS_MAY_WAIT_S = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is good, and a sentence for people."""

    what: str
    good: bool
    said: str


async def examine(deps: Dependencies) -> list[Finding]:
    """Look at database, schema, clocks, jobs and the books; the role was checked at the start."""
    before = deps.clock()
    async with deps.unit_of_work(SYSTEM, one_instant=True) as uow:
        vitals = await read_vitals(uow.session)
        calendar = await _calendar(uow)
        after = deps.clock()
        invariants = await check_invariants(uow.session)
    revision = await schema_revision(deps.engine)
    place = deps.databases.application.without_password
    return [
        Finding("database", True, f"PostgreSQL {vitals.version} at {place}"),
        Finding("schema", revision == HEAD, f"revision {revision or 'none'}, needed {HEAD}"),
        Finding("role", True, f"{vitals.role}: no superuser, owns nothing, row security forced"),
        _clocks(vitals.now, before, after),
        _jobs(vitals),
        calendar,
        *(
            Finding(
                "books",
                not found.broken,
                found.name if not found.broken else _broken(found),
            )
            for found in invariants
        ),
    ]


def _broken(found: Invariant) -> str:
    return f"{found.name}: {found.broken} times not so; {'; '.join(found.examples)}"


def _clocks(database: dt.datetime, before: dt.datetime, after: dt.datetime) -> Finding:
    """The database's clock was read between two readings of ours."""
    early, late = before - database, database - after
    apart = max(early, late, dt.timedelta(0))
    said = f"ours and the database's differ by {apart.total_seconds():.1f} s"
    return Finding("clocks", apart <= CLOCKS_MAY_DIFFER, said)


async def _calendar(uow: UnitOfWork) -> Finding:
    """A calendar that ends before the dates in use: nothing is broken yet, but it is told."""
    if not await has_policy(uow):
        return Finding("calendar", True, "no company yet")
    _, policy = await current_policy(uow)
    warnings = await calendar_warnings(uow, policy)
    said = f"warning: {' '.join(warnings)}" if warnings else "known as far as dates in use reach"
    return Finding("calendar", True, said)


def _jobs(vitals: Vitals) -> Finding:
    said = (
        f"{vitals.unsent_jobs} to send, {vitals.queued_messages} queued, "
        f"{vitals.given_up_messages} given up, {vitals.workers} workers heard of"
    )
    return Finding("jobs", vitals.oldest_unsent_s <= JOBS_MAY_WAIT_S, said)

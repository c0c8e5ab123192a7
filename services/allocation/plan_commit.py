"""A plan's commit: what it rests on is locked and looked at again, then all is written at once."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from domain.allocation import FUNDED, OWN_REGIONS
from domain.funding import available_funds
from persistence.allocation import commit, plan_locks, runs
from persistence.allocation.funds import funds
from persistence.allocation.wishes import update_wishes
from persistence.audit import record
from persistence.unit_of_work import UnitOfWork
from services.allocation.funds import facts_of
from services.allocation.goods import wake_waiting_run
from services.allocation.phases import Phases
from services.allocation.plan_rows import PlanRows
from services.allocation.run_log import given_and_short
from services.allocation.snapshot import Snapshot
from services.allocation.solving import FoundPlan


@dataclass(frozen=True)
class Attempt:
    """One attempt at a run: its number, which fences off others, and the goods it has taken."""

    run_id: int
    number: int
    skus: frozenset[int]
    phases: Phases


@dataclass(frozen=True)
class Solved:
    """A snapshot, the plan found for it, and the plan's rows."""

    snapshot: Snapshot
    plan: FoundPlan
    rows: PlanRows


class ChangedUnderneath(Exception):
    """Since the snapshot: less supply or funds than the plan uses, a line cut, a gap filled."""

    def __init__(self, shortages: list[plan_locks.Shortage]) -> None:
        first = shortages[0]
        super().__init__(
            f"{len(shortages)} changes, the first: {first.what} {first.key} has {first.left}"
            f" left of {first.needed} needed"
        )


class LostRun(Exception):
    """The run was called off, or another attempt took it over; this one must write nothing."""


async def commit_plan(attempt: Attempt, solved: Solved, uow: UnitOfWork) -> None:
    """Lock, check and write a plan with all it causes, in the caller's transaction (A11).

    Raises ChangedUnderneath or LostRun; the transaction is then rolled back by the caller.
    """
    session, snapshot, plan = uow.session, solved.snapshot, solved.plan
    run_id = attempt.run_id
    if not await runs.lock_for_commit(session, run_id, attempt.number):
        raise LostRun
    await commit.send_plan(session, solved.rows.given)
    shortages = await plan_locks.lock_lines(session)
    shortages += await _missing_funds(uow, snapshot, solved.rows.given)
    shortages += await plan_locks.lock_stock(session)
    shortages += await plan_locks.lock_gaps(session)
    if shortages:
        raise ChangedUnderneath(shortages)
    ends = snapshot.policy.reservation_ends(uow.now)
    await commit.apply_plan(uow, run_id, solved.rows.parts, ends)
    given = solved.rows.given.filter(pl.col("stage") == OWN_REGIONS)
    await update_wishes(session, run_id, uow.now, snapshot.gaps, given)
    summary = _summary(attempt, snapshot, plan)
    if not await runs.finish_run(
        session,
        run_id,
        attempt.number,
        uow.now,
        summary,
        [*(each.to_json() for each in snapshot.warnings), *plan.warnings],
    ):
        raise LostRun
    await record(uow, "allocationCommit", "AllocationRun", run_id, after=summary)
    await wake_waiting_run(uow, run_id)


async def _missing_funds(
    uow: UnitOfWork, snapshot: Snapshot, given: pl.DataFrame
) -> list[plan_locks.Shortage]:
    payers = given.filter(pl.col("stage") == FUNDED)["customer_id"].unique().sort().to_list()
    if not payers:
        return []
    holds = await plan_locks.lock_funds(uow.session, payers)
    today = snapshot.policy.local_date(uow.now)
    rows = await funds(uow.session, today, sorted(holds))
    missing = []
    for row in rows:
        amount = holds[row.id]
        # For customers without a limit the value of what they now take is the number that counts.
        available = available_funds(facts_of(row, amount), snapshot.policy)
        if available.total < amount:
            missing.append(
                plan_locks.Shortage("funds of customer", row.id, int(amount), int(available.total))
            )
    return missing


def _summary(attempt: Attempt, snapshot: Snapshot, plan: FoundPlan) -> dict[str, Any]:
    """What a list of runs shows of a plan."""
    confirmed_on = snapshot.funds_confirmed_on
    return {
        "fundsConfirmedOn": None if confirmed_on is None else confirmed_on.isoformat(),
        "claims": plan.claims,
        "pieces": plan.pieces,
        **given_and_short(plan),
        "levels": plan.levels.height,
        "unprovenLevels": int((~plan.levels["proven"]).sum()),
        "splits": plan.splits,
        "seconds": plan.seconds,
        "phases": attempt.phases.to_json(),
    }

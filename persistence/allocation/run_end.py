"""What came of an allocation run, in one row."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.allocation import AllocationRunStatus, AllocationTrigger
from persistence.allocation.runs import OPEN_STATUSES

# A run that many receipts waited for names these.
MOST_RECEIPTS = 20


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended, what asked for it, and what it gave.

    receipts: the numbers of the goods receipts that it shared out, of the first ones, and
    receipt_count of how many in all. pieces: given in all. short: units wanted that were neither
    given nor reserved, each wish counted once. phases: seconds and peak_mib of each.
    """

    status: AllocationRunStatus
    trigger: AllocationTrigger
    receipts: list[str]
    receipt_count: int
    pieces: int
    short: int
    error: str | None
    phases: dict[str, dict[str, float]]


async def run_end(session: AsyncSession, run_id: int) -> RunEnd | None:
    """The end of a run; None while it is open, or does not exist."""
    values = {"run_id": run_id, "open": list(OPEN_STATUSES), "most": MOST_RECEIPTS}
    row = (await session.execute(_RUN_END, values)).first()
    return None if row is None else RunEnd(*row)


_RUN_END = text(
    """
    SELECT run.status, run.trigger,
           ARRAY(SELECT receipt.receipt_number
                   FROM allocation_run_receipts AS shared
                   JOIN goods_receipts AS receipt ON receipt.id = shared.goods_receipt_id
                  WHERE shared.run_id = run.id ORDER BY receipt.id LIMIT :most),
           (SELECT count(*) FROM allocation_run_receipts WHERE run_id = run.id),
           coalesce((run.summary->>'piecesGiven')::bigint, 0),
           coalesce((run.summary->>'unitsShort')::bigint, 0),
           run.error, coalesce(run.summary->'phases', '{}')
      FROM allocation_runs AS run
     WHERE run.id = :run_id AND run.status <> ALL(:open)
    """
)

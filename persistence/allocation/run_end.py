"""What came of an allocation run, in one row."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

ENDED = ("COMMITTED", "FAILED", "CANCELLED", "DISCARDED")


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended, what asked for it, and what it gave.

    receipt: the number of the goods receipt behind it. pieces: given in all. short: units wanted
    that were neither given nor reserved, each wish counted once.
    """

    status: str
    trigger: str
    receipt: str | None
    pieces: int
    short: int
    error: str | None


async def run_end(session: AsyncSession, run_id: int) -> RunEnd | None:
    """The end of a run; None while it is open, or does not exist."""
    row = (await session.execute(_RUN_END, {"run_id": run_id, "ended": list(ENDED)})).first()
    return None if row is None else RunEnd(*row)


# A claim split over warehouses has several lines and wants its units once. A reservation (stage 2)
# wants what its order line was not shipped, which is counted with the line.
_RUN_END = text(
    """
    SELECT run.status, run.trigger, receipt.receipt_number,
           (SELECT coalesce(sum(units_given), 0)::bigint
              FROM allocation_levels WHERE run_id = run.id),
           (SELECT coalesce(sum(wanted - given), 0)::bigint
              FROM (SELECT CASE WHEN stage = 2 THEN 0 ELSE max(units_wanted) END AS wanted,
                           sum(units) AS given
                      FROM allocation_lines WHERE run_id = run.id GROUP BY claim, stage) AS claims),
           run.error
      FROM allocation_runs AS run
      LEFT JOIN goods_receipts AS receipt ON receipt.id = run.goods_receipt_id
     WHERE run.id = :run_id AND run.status = ANY(:ended)
    """
)

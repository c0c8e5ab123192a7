"""One line of the log for each allocation run that has come to its end."""

from typing import Any

import polars as pl
import structlog

from domain.allocation import RESERVED
from domain.messages import Message
from domain.principals import SYSTEM
from persistence.allocation.run_end import run_end
from persistence.retry import DATABASE_ERRORS
from services.allocation.solving import FoundPlan
from services.bootstrap import Dependencies

log = structlog.get_logger(__name__)


def given_and_short(plan: FoundPlan) -> dict[str, Any]:
    """What a run's summary keeps for its line: pieces given, and units that it left short.

    Short are units wanted that were neither given nor reserved, each wish counted once; a claim
    split over warehouses has several lines and wants its units once.
    """
    # What a reservation wants is counted with the order line that was not shipped.
    claims = plan.lines.group_by("claim_id", "stage").agg(
        pl.col("wanted").max(), pl.col("units").sum()
    )
    wanted = claims.filter(pl.col("stage") != RESERVED)["wanted"].sum()
    return {
        "piecesGiven": int(plan.levels["total"].sum()),
        "unitsShort": int(wanted) - int(claims["units"].sum()),
    }


async def log_end_of_run(run_id: int, deps: Dependencies, seconds: float) -> None:
    """Log number, status, trigger, receipts, pieces, seconds (also by phase) and what is short.

    Nothing while the run is open: another attempt ends it. A line that cannot be written does not
    undo the run.
    """
    try:
        async with deps.unit_of_work(SYSTEM) as uow:
            end = await run_end(uow.session, run_id)
    except DATABASE_ERRORS as error:
        log.warning("allocation run: its end could not be read", number=run_id, error=str(error))
        return
    if end is None:
        return
    more = end.receipt_count - len(end.receipts)
    failure = {} if end.error is None else {"error": str(Message.from_kept(end.error))}
    log.info(
        "allocation run",
        number=run_id,
        status=end.status,
        trigger=end.trigger,
        receipt=(", ".join(end.receipts) + (f" and {more} more" if more else "")) or None,
        pieces=end.pieces,
        seconds=round(seconds, 2),
        short=end.short,
        **{phase: measured["seconds"] for phase, measured in end.phases.items()},
        peak_mib=max((measured["peak_mib"] for measured in end.phases.values()), default=0),
        **failure,
    )

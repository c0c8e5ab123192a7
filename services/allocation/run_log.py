"""One line of the log for each allocation run that has come to its end."""

import structlog

from domain.principals import SYSTEM
from persistence.allocation.run_end import run_end
from persistence.contention import DATABASE_ERRORS
from services.bootstrap import Dependencies

log = structlog.get_logger(__name__)


async def log_end_of_run(run_id: int, deps: Dependencies, seconds: float) -> None:
    """Log number, status, trigger, receipt, pieces, seconds and what it left short.

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
    failure = {} if end.error is None else {"error": end.error}
    log.info(
        "allocation run",
        number=run_id,
        status=end.status,
        trigger=end.trigger,
        receipt=end.receipt,
        pieces=end.pieces,
        seconds=round(seconds, 2),
        short=end.short,
        **failure,
    )

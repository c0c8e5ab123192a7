"""Whether the database can serve requests."""

import asyncio
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from persistence.governance import policy_at
from persistence.unit_of_work import UnitOfWork

log = structlog.get_logger()

ANSWERS_WITHIN_S = 2.0


async def not_ready(open_uow: Callable[[], UnitOfWork]) -> list[str]:
    """Sentences about what is missing; none when requests can be served."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S), open_uow() as uow:
            if await policy_at(uow.session, uow.now) is None:
                return ["This database has no policy yet."]
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        log.warning("the database does not answer", exc_info=error)
        return ["The database does not answer."]
    return []

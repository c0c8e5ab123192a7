"""The audit log: who did what to which object, in the transaction of the deed."""

from typing import Any

from sqlalchemy import insert

from persistence.tables import AuditRow
from persistence.unit_of_work import UnitOfWork


async def record(
    uow: UnitOfWork,
    action: str,
    object_type: str,
    object_id: str | int,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Write one entry; it commits or vanishes with the deed."""
    await uow.session.execute(
        insert(AuditRow).values(
            at=uow.now,
            actor=uow.actor,
            action=action,
            object_type=object_type,
            object_id=str(object_id),
            before=before,
            after=after,
            reason=reason,
        )
    )

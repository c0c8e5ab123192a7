"""The audit log: who did what to which object, in the transaction of the deed."""

from collections.abc import Mapping
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


async def record_each(
    uow: UnitOfWork,
    action: str,
    object_type: str,
    after: Mapping[int, dict[str, Any]],
    *,
    reason: str | None = None,
) -> None:
    """Write one entry for each of these objects, with what it is after the deed, by its key."""
    values = [
        {
            "at": uow.now,
            "actor": uow.actor,
            "action": action,
            "object_type": object_type,
            "object_id": str(key),
            "after": told,
            "reason": reason,
        }
        for key, told in after.items()
    ]
    if values:
        await uow.session.execute(insert(AuditRow), values)

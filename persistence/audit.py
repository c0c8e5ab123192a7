"""The audit log: who did what to which object, in the transaction of the change."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.filters import asked, before, equals, since
from persistence.lookups import rows_by
from persistence.paging import Key, Page, PageRequest, Sorting, count_rows, fetch_page
from persistence.tables import AuditRow
from persistence.unit_of_work import UnitOfWork

NEWEST_ENTRY_FIRST = Sorting(
    "at_desc", (Key(AuditRow.at, descending=True), Key(AuditRow.id, descending=True))
)


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
    """Write one entry; it commits or vanishes with the change."""
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
    """Write one entry for each of these objects, with what it is after the change, by its key."""
    values = [
        {
            "at": uow.now,
            "actor": uow.actor,
            "action": action,
            "object_type": object_type,
            "object_id": str(key),
            "after": values,
            "reason": reason,
        }
        for key, values in after.items()
    ]
    if values:
        await uow.session.execute(insert(AuditRow), values)


@dataclass(frozen=True)
class AuditQuestion:
    """Which audit entries are asked for; what is None does not narrow."""

    object_type: str | None = None
    object_id: str | None = None
    actor: str | None = None
    action: str | None = None
    at_from: dt.datetime | None = None
    at_before: dt.datetime | None = None


async def audit_log(
    session: AsyncSession, question: AuditQuestion, page: PageRequest
) -> Page[AuditRow]:
    """One page of the entries asked for, the newest first."""
    return await fetch_page(session, _entries(question), NEWEST_ENTRY_FIRST, page)


async def count_audit_log(session: AsyncSession, question: AuditQuestion) -> int:
    """How many entries are asked for."""
    return await count_rows(session, _entries(question).with_only_columns(AuditRow.id))


async def audit_entries_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, AuditRow]:
    """These audit entries, where they may be seen."""
    return await rows_by(session, select(AuditRow), AuditRow.id, ids)


def _entries(question: AuditQuestion) -> Select[AuditRow]:
    row = AuditRow
    return select(row).where(
        *asked(
            equals(row.object_type, question.object_type),
            equals(row.object_id, question.object_id),
            equals(row.actor, question.actor),
            equals(row.action, question.action),
            since(row.at, question.at_from),
            before(row.at, question.at_before),
        )
    )

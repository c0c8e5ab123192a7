"""What was done by whom, and which jobs are waiting?"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.lookups import rows_by
from persistence.paging import Key, Page, PageRequest, Sorting, count_rows, fetch_page
from persistence.tables import AuditRow, OutboxRow

NEWEST_ENTRY_FIRST = Sorting(
    "at_desc", (Key(AuditRow.at, descending=True), Key(AuditRow.id, descending=True))
)
NEWEST_JOB_FIRST = Sorting("id_desc", (Key(OutboxRow.id, descending=True),))


@dataclass(frozen=True)
class AuditQuestion:
    """Which audit entries are asked for; what is None does not narrow."""

    object_type: str | None = None
    object_id: str | None = None
    actor: str | None = None
    action: str | None = None
    at_from: dt.datetime | None = None
    at_before: dt.datetime | None = None


@dataclass(frozen=True)
class JobQuestion:
    """Which jobs are asked for; what is None does not narrow."""

    topic: str | None = None
    is_sent: bool | None = None


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


async def jobs(session: AsyncSession, question: JobQuestion, page: PageRequest) -> Page[OutboxRow]:
    """One page of the jobs asked for, the newest first."""
    return await fetch_page(session, _jobs(question), NEWEST_JOB_FIRST, page)


async def count_jobs(session: AsyncSession, question: JobQuestion) -> int:
    """How many jobs are asked for."""
    return await count_rows(session, _jobs(question).with_only_columns(OutboxRow.id))


def _entries(question: AuditQuestion) -> Select[AuditRow]:
    statement = select(AuditRow)
    if question.object_type is not None:
        statement = statement.where(AuditRow.object_type == question.object_type)
    if question.object_id is not None:
        statement = statement.where(AuditRow.object_id == question.object_id)
    if question.actor is not None:
        statement = statement.where(AuditRow.actor == question.actor)
    if question.action is not None:
        statement = statement.where(AuditRow.action == question.action)
    if question.at_from is not None:
        statement = statement.where(AuditRow.at >= question.at_from)
    if question.at_before is not None:
        statement = statement.where(AuditRow.at < question.at_before)
    return statement


def _jobs(question: JobQuestion) -> Select[OutboxRow]:
    statement = select(OutboxRow)
    if question.topic is not None:
        statement = statement.where(OutboxRow.topic == question.topic)
    if question.is_sent is not None:
        sent = OutboxRow.sent_at.is_not(None)
        statement = statement.where(sent if question.is_sent else ~sent)
    return statement

"""Penalties: raised once per case, waived once (P8)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.penalties import PenaltyRule
from domain.roles import Role
from persistence.filters import asked, before, equals, refers_to, since, whether
from persistence.lookups import newest_by_order, rows_by
from persistence.paging import Key, Page, PageRequest, Sorting, count_rows, fetch_page
from persistence.tables import PenaltyRow, PersonRoleRow, PersonRow, RegionRow

NEWEST_FIRST = Sorting(
    "raised_at_desc", (Key(PenaltyRow.raised_at, descending=True), Key(PenaltyRow.id, True))
)


@dataclass(frozen=True)
class PenaltyQuestion:
    """Which penalties are asked for; what is None does not narrow."""

    rule: PenaltyRule | None = None
    subject: str | None = None
    region: str | None = None
    is_waived: bool | None = None
    raised_from: dt.datetime | None = None
    raised_before: dt.datetime | None = None


async def add_penalty(session: AsyncSession, **values: Any) -> int | None:
    """Raise a penalty; None when its case has one already, waived or not."""
    return await session.scalar(
        insert(PenaltyRow)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["rule", "case_key"])
        .returning(PenaltyRow.id)
    )


async def penalty_of_case(session: AsyncSession, rule: PenaltyRule, case_key: str) -> int | None:
    """The penalty that was raised for a case."""
    return await session.scalar(
        select(PenaltyRow.id).where(PenaltyRow.rule == rule, PenaltyRow.case_key == case_key)
    )


async def waive(
    session: AsyncSession, penalty_id: int, actor: str, now: dt.datetime, reason: str
) -> bool:
    """Waive a penalty that stands; False when it was waived before."""
    found = await session.scalar(
        update(PenaltyRow)
        .where(PenaltyRow.id == penalty_id, PenaltyRow.waived_at.is_(None))
        .values(waived_at=now, waived_by=actor, waive_reason=reason, version=PenaltyRow.version + 1)
        .returning(PenaltyRow.id)
    )
    return found is not None


async def penalty_for_update(session: AsyncSession, penalty_id: int) -> PenaltyRow | None:
    """The penalty, locked until the transaction ends."""
    return await session.scalar(
        select(PenaltyRow)
        .where(PenaltyRow.id == penalty_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def region_manager(session: AsyncSession, region: str) -> str | None:
    """Who manages a region; of several, who was entered first."""
    return await session.scalar(
        select(PersonRow.subject)
        .join(PersonRoleRow, PersonRoleRow.person_id == PersonRow.id)
        .join(RegionRow, RegionRow.id == PersonRow.region_id)
        .where(
            RegionRow.code == region,
            PersonRoleRow.role == Role.REGION_MANAGER,
            PersonRow.active,
        )
        .order_by(PersonRow.id)
        .limit(1)
    )


async def penalties(
    session: AsyncSession, question: PenaltyQuestion, page: PageRequest
) -> Page[PenaltyRow]:
    """One page of penalties, the newest first."""
    return await fetch_page(session, _asked(question), NEWEST_FIRST, page)


async def count_penalties(session: AsyncSession, question: PenaltyQuestion) -> int:
    """How many penalties are asked for."""
    return await count_rows(session, _asked(question).with_only_columns(PenaltyRow.id))


async def penalties_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, PenaltyRow]:
    """These penalties, where they may be seen."""
    return await rows_by(session, select(PenaltyRow), PenaltyRow.id, ids)


async def penalties_by_order(session: AsyncSession, orders: Sequence[int]) -> dict[int, list[Any]]:
    """What was raised for each order, the oldest first, with who bears it; none for a customer."""
    row = PenaltyRow
    statement = (
        select(
            row.id,
            row.order_id,
            row.raised_at.label("at"),
            row.rule,
            row.amount,
            row.currency,
            row.raised_at,
            row.raised_by,
            row.waived_at,
            row.waived_by,
            row.waive_reason,
            PersonRow.subject.label("person"),
            RegionRow.code.label("region"),
        )
        .outerjoin(PersonRow, PersonRow.id == row.person_id)
        .outerjoin(RegionRow, RegionRow.id == row.region_id)
        .where(row.order_id.in_(orders))
    )
    return await newest_by_order(session, statement, orders)


def _asked(question: PenaltyQuestion) -> Select[PenaltyRow]:
    row = PenaltyRow
    return select(row).where(
        *asked(
            equals(row.rule, question.rule),
            refers_to(row.person_id, PersonRow, PersonRow.subject, question.subject),
            refers_to(row.region_id, RegionRow, RegionRow.code, question.region),
            whether(row.waived_at.is_not(None), question.is_waived),
            since(row.raised_at, question.raised_from),
            before(row.raised_at, question.raised_before),
        )
    )

"""Which steps do orders have, which are due, and what are they called?"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from domain.milestones.vocabularies import MilestoneState
from persistence.filters import asked, equals, since, until
from persistence.lookups import LONGEST_LIST, lists_by, rows_by
from persistence.paging import Key, Page, PageRequest, Sorting
from persistence.tables import (
    MilestoneEventRow,
    MilestonePlanRow,
    MilestoneRow,
    MilestoneStepRow,
    MilestoneTemplateRow,
    MilestoneVendorDateRow,
)
from persistence.work_lists import Mine, count_work, work_page

# As `domain.milestones.expected_on` has it; steps that no day is expected of come last.
_NEVER = literal(dt.date.max, Date)
BY_DUE_DAY = Sorting("due", (Key(MilestoneRow.due_on), Key(MilestoneRow.id)))


@dataclass(frozen=True)
class MilestoneQuestion:
    """Which milestones are asked for; what is None or empty does not narrow."""

    today: dt.date
    due_soon_days: int
    owner_role: str | None = None
    # Those of a person, and those of its roles that are nobody's in person.
    mine: Mine | None = None
    open_only: bool = False
    states: Sequence[str] = ()
    due_from: dt.date | None = None
    due_to: dt.date | None = None
    order_id: int | None = None
    customer_id: int | None = None


async def milestones(
    session: AsyncSession, question: MilestoneQuestion, page: PageRequest
) -> Page[MilestoneRow]:
    """One page of the milestones asked for, the first due first."""
    return await work_page(session, _asked(question), MilestoneRow, question.mine, BY_DUE_DAY, page)


async def count_milestones(session: AsyncSession, question: MilestoneQuestion) -> int:
    """How many milestones are asked for."""
    return await count_work(session, _asked(question), MilestoneRow, question.mine)


@dataclass(frozen=True)
class Load:
    """How much one department has to do."""

    owner_role: str
    open: int
    overdue: int
    due_this_week: int


async def load_by_role(session: AsyncSession, today: dt.date, week_ends: dt.date) -> list[Load]:
    """Open, overdue and due-this-week steps of each department, the most overdue first."""
    overdue = func.count().filter(is_overdue(today))
    week = func.count().filter(MilestoneRow.due_on.between(today, week_ends))
    found = await session.execute(
        select(MilestoneRow.owner_role, func.count(), overdue, week)
        .where(MilestoneRow.is_open, _still_to_come(today))
        .group_by(MilestoneRow.owner_role)
        .order_by(overdue.desc(), MilestoneRow.owner_role)
    )
    return [Load(*row) for row in found]


async def history_by_milestone(
    session: AsyncSession, ids: Sequence[int]
) -> dict[int, list[MilestoneEventRow]]:
    """Each milestone's history, the oldest first."""
    return await lists_by(
        session,
        select(MilestoneEventRow),
        MilestoneEventRow.milestone_id,
        ids,
        MilestoneEventRow.id,
        most=LONGEST_LIST,
    )


async def history_by_order(
    session: AsyncSession, orders: Sequence[int]
) -> dict[int, list[MilestoneEventRow]]:
    """The history of all milestones of each order, the oldest first."""
    return await lists_by(
        session,
        select(MilestoneEventRow),
        MilestoneEventRow.order_id,
        orders,
        MilestoneEventRow.at,
        MilestoneEventRow.id,
        most=LONGEST_LIST,
    )


async def vendor_dates_by_milestone(
    session: AsyncSession, ids: Sequence[int]
) -> dict[int, list[MilestoneVendorDateRow]]:
    """The days that vendors gave, the oldest first; none for a customer."""
    return await lists_by(
        session,
        select(MilestoneVendorDateRow),
        MilestoneVendorDateRow.milestone_id,
        ids,
        MilestoneVendorDateRow.id,
        most=LONGEST_LIST,
    )


async def plans_by_order(
    session: AsyncSession, orders: Sequence[int]
) -> dict[int, list[MilestonePlanRow]]:
    """What each order's estimates hang on, by template."""
    return await lists_by(
        session, select(MilestonePlanRow), MilestonePlanRow.order_id, orders, MilestonePlanRow.id
    )


async def templates_by_id(
    session: AsyncSession, ids: Sequence[int]
) -> dict[int, MilestoneTemplateRow]:
    """These templates."""
    return await rows_by(session, select(MilestoneTemplateRow), MilestoneTemplateRow.id, ids)


async def steps_by_template(
    session: AsyncSession, ids: Sequence[int]
) -> dict[int, list[MilestoneStepRow]]:
    """The steps of these templates in their order."""
    return await lists_by(
        session,
        select(MilestoneStepRow),
        MilestoneStepRow.template_id,
        ids,
        MilestoneStepRow.number,
    )


async def milestones_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, MilestoneRow]:
    """These milestones, where they may be seen."""
    return await rows_by(session, select(MilestoneRow), MilestoneRow.id, ids)


async def milestones_by_order(
    session: AsyncSession, orders: Sequence[int]
) -> dict[int, list[MilestoneRow]]:
    """Each order's milestones in the template's order."""
    statement = select(MilestoneRow).join(
        MilestoneStepRow, MilestoneStepRow.id == MilestoneRow.step_id
    )
    return await lists_by(
        session,
        statement,
        MilestoneRow.order_id,
        orders,
        MilestoneStepRow.template_id,
        MilestoneStepRow.number,
        MilestoneRow.id,
    )


async def to_be_done_by_order(
    session: AsyncSession, orders: Sequence[int], today: dt.date
) -> dict[int, list[MilestoneRow]]:
    """Each order's open steps, the first due first; those that no day is expected of come last."""
    return await lists_by(
        session,
        select(MilestoneRow).where(MilestoneRow.is_open, _still_to_come(today)),
        MilestoneRow.order_id,
        orders,
        MilestoneRow.due_on,
        MilestoneRow.id,
    )


async def steps_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, MilestoneStepRow]:
    """These steps of templates."""
    return await rows_by(session, select(MilestoneStepRow), MilestoneStepRow.id, ids)


async def all_steps(session: AsyncSession) -> dict[int, MilestoneStepRow]:
    """The steps of all templates: a few dozen rows, whatever the number of orders."""
    return {row.id: row for row in await session.scalars(select(MilestoneStepRow))}


def is_overdue(today: dt.date) -> ColumnElement[bool]:
    """Still to be done, and expected before today."""
    return and_(MilestoneRow.is_open, _to_be_done(), today > MilestoneRow.due_on)


def _to_be_done() -> ColumnElement[bool]:
    """People close it, or it is a day in the calendar whose passing alone says nothing yet."""
    return or_(MilestoneRow.takes_closed, MilestoneRow.waits)


def _still_to_come(today: dt.date) -> ColumnElement[bool]:
    """A day in the calendar is open until it is over, also before the sweep says so."""
    return or_(_to_be_done(), MilestoneRow.due_on >= today)


def _asked(question: MilestoneQuestion) -> Select[MilestoneRow]:
    row = MilestoneRow
    statement = select(row).where(
        *asked(
            equals(row.owner_role, question.owner_role),
            since(row.due_on, question.due_from),
            until(row.due_on, question.due_to),
            equals(row.order_id, question.order_id),
            equals(row.customer_id, question.customer_id),
        )
    )
    if question.open_only or question.mine is not None:
        statement = statement.where(row.is_open, _still_to_come(question.today))
    if question.states:
        statement = statement.where(or_(*(_is_in(state, question) for state in question.states)))
    if question.due_from is not None or question.due_to is not None:
        statement = statement.where(row.due_on < _NEVER)
    return statement


def _is_in(state: str, question: MilestoneQuestion) -> ColumnElement[bool]:
    """The same judgement as `domain.milestones.milestone_state`, said in SQL."""
    row, today = MilestoneRow, question.today
    soon = today + dt.timedelta(days=question.due_soon_days)
    closed = and_(row.closed_on.is_not(None), ~row.skipped)
    late = and_(row.due_on < _NEVER, row.closed_on > row.due_on)
    undone = and_(row.closed_on.is_(None), ~row.skipped)
    behind = or_(row.due_on < today, and_(~row.is_open, row.due_on == today))
    passed = and_(undone, ~_to_be_done(), behind)
    slipped = func.coalesce(row.due_on > row.baseline_on, False)
    # Of an order that has ended, nothing is still to be done.
    ended = and_(undone, ~row.is_open, or_(_to_be_done(), ~behind))
    coming = and_(row.is_open, row.due_on >= today)
    conditions: dict[str, ColumnElement[bool]] = {
        MilestoneState.SKIPPED: row.skipped.is_(True),
        MilestoneState.CLOSED_LATE: or_(and_(closed, late), and_(passed, slipped)),
        MilestoneState.CLOSED_ON_TIME: or_(and_(closed, ~late), and_(passed, ~slipped)),
        MilestoneState.OVERDUE: is_overdue(today),
        MilestoneState.DUE_SOON: and_(coming, row.due_on <= soon),
        MilestoneState.NOT_STARTED: or_(and_(coming, row.due_on > soon), ended),
    }
    return conditions[state]

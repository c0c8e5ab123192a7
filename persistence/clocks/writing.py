"""Clocks in the database: one of a kind runs per case, and each breach is noted once."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, Select, and_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.clocks.definitions import WORKING_DAYS, WORKING_MINUTES
from domain.clocks.model import Clock, Outcome
from domain.messages import Message
from domain.tasks.vocabularies import ClockChangeKind
from persistence.tables import ClockEventRow, ClockRow, CustomerRow, OrderRow
from persistence.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ClockCase:
    """What a time limit is of and what it runs for: an order, or anything with a type and a key."""

    code: str
    variant: str
    label: Message
    subject_type: str
    subject_id: str
    order_id: int | None
    customer_id: int | None


@dataclass(frozen=True)
class LoadedClock:
    """A time limit as it is now: its facts, and what it runs for."""

    key: int
    case: ClockCase
    facts: Clock


# The facts are the columns of these names.
FACTS = tuple(each.name for each in fields(Clock))
_CLOCKS = select(
    ClockRow.id,
    ClockRow.code,
    ClockRow.variant,
    ClockRow.label,
    ClockRow.subject_type,
    ClockRow.subject_id,
    ClockRow.order_id,
    ClockRow.customer_id,
    *(getattr(ClockRow, name) for name in FACTS),
)


async def _load(session: AsyncSession, statement: Select[Any]) -> list[LoadedClock]:
    """The clocks that are asked for, locked in the order of their keys."""
    rows = await session.execute(
        statement.order_by(ClockRow.id).with_for_update(key_share=True, of=ClockRow)
    )
    return [_loaded(row) for row in rows]


def _loaded(row: Row[Any]) -> LoadedClock:
    case = ClockCase(
        row.code,
        row.variant,
        Message.from_json(row.label),
        row.subject_type,
        row.subject_id,
        row.order_id,
        row.customer_id,
    )
    return LoadedClock(row.id, case, Clock(**{name: getattr(row, name) for name in FACTS}))


async def start_clocks(
    uow: UnitOfWork, clocks: Sequence[tuple[ClockCase, Clock]]
) -> dict[tuple[str, str, str], int]:
    """Start clocks, but those of which one runs for the same case; the keys of the new.

    By code, type and key of what it runs for.
    """
    rows = [
        {
            "code": case.code,
            "variant": case.variant,
            "label": case.label.to_json(),
            "subject_type": case.subject_type,
            "subject_id": case.subject_id,
            "order_id": case.order_id,
            "customer_id": case.customer_id,
            **{name: getattr(facts, name) for name in FACTS},
        }
        for case, facts in clocks
    ]
    if not rows:
        return {}
    given = {"clocks": orjson.dumps(rows).decode(), "now": uow.now, "actor": uow.actor}
    added = await uow.session.execute(_START, given)
    return {(row.code, row.subject_type, row.subject_id): row.id for row in added}


async def save_clocks(uow: UnitOfWork, changes: Sequence[tuple[LoadedClock, Outcome]]) -> None:
    """Write what commands made of these clocks, with the lines of their history."""
    clocks = [
        {"id": loaded.key, **{name: getattr(outcome.after, name) for name in _CHANGING}}
        for loaded, outcome in changes
        if outcome.events
    ]
    events = [
        {"clock_id": loaded.key, "kind": event.kind, "at": event.at, "reason": event.reason}
        for loaded, outcome in changes
        for event in outcome.events
    ]
    if not events:
        return
    given = {
        "clocks": orjson.dumps(clocks).decode(),
        "events": orjson.dumps(events).decode(),
        "actor": uow.actor,
    }
    await uow.session.execute(_SAVE, given)


_COLUMNS = ", ".join(
    (
        "code",
        "variant",
        "label",
        "subject_type",
        "subject_id",
        "order_id",
        "customer_id",
        *FACTS,
    )
)
_START = text(
    f"""
    WITH started AS (
      INSERT INTO clocks ({_COLUMNS})
      SELECT {_COLUMNS} FROM ROWS FROM (jsonb_populate_recordset(NULL::clocks,
        CAST(:clocks AS jsonb))) WITH ORDINALITY ORDER BY ordinality
      ON CONFLICT (code, subject_type, subject_id) WHERE stopped_at IS NULL DO NOTHING
      RETURNING id, code, subject_type, subject_id),
    recorded AS (
      INSERT INTO clock_events (clock_id, at, kind, actor)
      SELECT id, :now, 'STARTED', :actor FROM started ORDER BY id)
    SELECT id, code, subject_type, subject_id FROM started
    """  # noqa: S608 - names of our own columns
)
# Whose it is and when it began stays as it is.
_CHANGING = tuple(name for name in FACTS if name not in ("owner_role", "unit", "started_at"))
_SAVE = text(
    f"""
    WITH given AS (
      SELECT * FROM jsonb_populate_recordset(NULL::clocks, CAST(:clocks AS jsonb))),
    saved AS (
      UPDATE clocks SET {", ".join(f"{name} = given.{name}" for name in _CHANGING)}
      FROM given WHERE clocks.id = given.id)
    INSERT INTO clock_events (clock_id, at, kind, actor, reason)
    SELECT clock_id, at, kind, :actor, reason
    FROM ROWS FROM (jsonb_to_recordset(CAST(:events AS jsonb)) AS (clock_id bigint,
      at timestamptz, kind text, reason text))
      WITH ORDINALITY AS event (clock_id, at, kind, reason, place)
    ORDER BY place
    """  # noqa: S608 - names of our own columns
)


async def clock_by_key(session: AsyncSession, key: int) -> LoadedClock | None:
    """A clock, locked."""
    found = await _load(session, _CLOCKS.where(ClockRow.id == key))
    return found[0] if found else None


async def running_clock(
    session: AsyncSession, code: str, subject_type: str, subject_id: str
) -> LoadedClock | None:
    """The clock of a kind that runs for a case, locked."""
    found = await _load(
        session,
        _CLOCKS.where(
            ClockRow.code == code,
            ClockRow.subject_type == subject_type,
            ClockRow.subject_id == subject_id,
            ClockRow.stopped_at.is_(None),
        ),
    )
    return found[0] if found else None


async def running_clocks_of_order(session: AsyncSession, order_id: int) -> list[LoadedClock]:
    """An order's running clocks, locked."""
    of_order = (ClockRow.order_id == order_id, ClockRow.stopped_at.is_(None))
    return await _load(session, _CLOCKS.where(*of_order))


def _runs_over(since: dt.datetime, until: dt.datetime) -> ColumnElement[bool]:
    """Clocks that count working time over a span and whose time was not over before it."""
    return and_(
        ClockRow.stopped_at.is_(None),
        ClockRow.breached_at.is_(None),
        ClockRow.unit.in_((WORKING_DAYS, WORKING_MINUTES)),
        ClockRow.started_at < until,
        ClockRow.due_at >= since,
    )


async def orders_with_clocks_over(
    session: AsyncSession, since: dt.datetime, until: dt.datetime
) -> set[int]:
    """The orders of running clocks that count working time over a span."""
    found = await session.scalars(
        select(ClockRow.order_id)
        .where(_runs_over(since, until), ClockRow.order_id.is_not(None))
        .distinct()
    )
    return {key for key in found if key is not None}


async def running_clocks_over(
    session: AsyncSession, since: dt.datetime, until: dt.datetime
) -> list[LoadedClock]:
    """The running clocks that count working time over a span, locked."""
    return await _load(session, _CLOCKS.where(_runs_over(since, until)))


async def pauses_of(
    session: AsyncSession, clock_ids: Sequence[int]
) -> dict[int, list[tuple[dt.datetime, dt.datetime]]]:
    """From when to when each of these clocks stood still; a pause that still lasts is left out."""
    events = await session.execute(
        select(ClockEventRow.clock_id, ClockEventRow.kind, ClockEventRow.at)
        .where(
            ClockEventRow.clock_id.in_(clock_ids),
            ClockEventRow.kind.in_((ClockChangeKind.PAUSED, ClockChangeKind.RESUMED)),
        )
        .order_by(ClockEventRow.clock_id, ClockEventRow.id)
    )
    found: dict[int, list[tuple[dt.datetime, dt.datetime]]] = {key: [] for key in clock_ids}
    since: dict[int, dt.datetime] = {}
    for event in events:
        if event.kind == ClockChangeKind.PAUSED:
            since[event.clock_id] = event.at
        elif event.clock_id in since:
            found[event.clock_id].append((since.pop(event.clock_id), event.at))
    return found


async def clocks_over(session: AsyncSession, now: dt.datetime, limit: int) -> list[LoadedClock]:
    """Clocks whose time is over and whose breach is not noted; each is given to one caller."""
    over = (ClockRow.breached_at.is_(None), ClockRow.due_at <= now)
    return await _free(session, over, ClockRow.due_at, limit)


async def clocks_to_remind(
    session: AsyncSession, now: dt.datetime, limit: int
) -> list[LoadedClock]:
    """Clocks whose reminder's time has come; each is given to one caller."""
    due = (
        ClockRow.reminded_at.is_(None),
        ClockRow.remind_at.is_not(None),
        ClockRow.remind_at <= now,
    )
    return await _free(session, due, ClockRow.remind_at, limit)


async def _free(
    session: AsyncSession, condition: tuple[ColumnElement[bool], ...], first: Any, limit: int
) -> list[LoadedClock]:
    """Running clocks for which this holds, locked, the first ones first; nobody waits for anybody.

    A clock that another transaction holds is left to the next call, and so is one whose order is
    held: the tasks and events that follow refer to the order, and its holder may come for the
    clock.
    """
    due = (ClockRow.stopped_at.is_(None), ClockRow.paused_at.is_(None), *condition)
    seen = (
        await session.execute(
            select(ClockRow.id, ClockRow.order_id)
            .where(*due)
            .order_by(first, ClockRow.id)
            .limit(limit)
        )
    ).all()
    if not seen:
        return []
    held = await session.scalars(
        select(OrderRow.id)
        .where(OrderRow.id.in_({order_id for _, order_id in seen if order_id is not None}))
        .order_by(OrderRow.id)
        .with_for_update(read=True, key_share=True, skip_locked=True)
    )
    free = {None, *held}
    rows = await session.execute(
        _CLOCKS.where(ClockRow.id.in_([key for key, order_id in seen if order_id in free]), *due)
        .order_by(ClockRow.id)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return [_loaded(row) for row in rows]


@dataclass(frozen=True, slots=True)
class OrderCase:
    """What a task says of an order whose time is over: its number, and who sold it."""

    number: str
    salesperson_id: int | None


async def cases_of(session: AsyncSession, ids: Sequence[int]) -> dict[int, OrderCase]:
    """These orders, in one statement."""
    if not ids:
        return {}
    found = await session.execute(
        select(OrderRow.id, OrderRow.order_number, CustomerRow.salesperson_id)
        .join(CustomerRow, CustomerRow.id == OrderRow.customer_id)
        .where(OrderRow.id.in_(ids))
    )
    return {key: OrderCase(number, salesperson) for key, number, salesperson in found}

"""An order's history: each command as before and after, and the facts made from it again (O15).

A change of a collection is written entry by entry: `{"reviews": {"2": {...}}}`. So an event stays
small, and all events of an order, played back, give its facts.
"""

import datetime as dt
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from domain.commands import Title
from domain.messages import Message
from domain.orders.commands import TRANSITIONS
from domain.orders.order import Order
from domain.orders.transition import Transition
from domain.unchanged import UNCHANGED
from domain.vocabulary import Vocabulary

Json = dict[str, Any]


PLACED = "PLACED"
# An import brought an order that was bound elsewhere.
TAKEN_OVER = "TAKEN_OVER"
# A day was declared free or working: the last days of open reviews and complaints follow (P6).
DUE_DAYS_MOVED = "DUE_DAYS_MOVED"


# The command behind an event.
EVENT_COMMANDS: Mapping[str, Transition] = {each.event: each for each in TRANSITIONS.values()}
# What the history calls each event, in English and Chinese.
EVENT_TITLES: Mapping[str, Title] = {
    PLACED: ("Order placed", "已下单"),
    TAKEN_OVER: ("Order taken over", "订单已转入本系统"),
    DUE_DAYS_MOVED: ("Last days moved with the calendar", "期限随工作日历调整"),
    **{event: each.history for event, each in EVENT_COMMANDS.items() if each.history},
}
PROCESS_EVENTS = tuple(EVENT_TITLES)


@dataclass(frozen=True, slots=True)
class Event:
    """What was done: its word in the history, and what it changed."""

    kind: str
    before: Json | None
    after: Json


def to_json(value: Any) -> Any:
    """A value as JSON."""
    if isinstance(value, Message):
        return value.to_json()
    if is_dataclass(value) and not isinstance(value, type):
        each = {item.name: getattr(value, item.name) for item in fields(value)}
        # What a command leaves as it is says nothing.
        return {name: to_json(part) for name, part in each.items() if part is not UNCHANGED}
    if isinstance(value, tuple):
        return [to_json(each) for each in value]
    if isinstance(value, Decimal):
        # 10.00 and 10.000000 are one price, wherever they come from.
        return format(value.normalize(), "f")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def from_json(kind: Any, value: Any) -> Any:
    """The value of that type that this JSON holds."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        (inner,) = (each for each in get_args(kind) if each is not type(None))
        return from_json(inner, value)
    if origin is tuple:
        return tuple(from_json(get_args(kind)[0], each) for each in value)
    if kind is Message:
        return Message.from_json(value)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        return kind(**{name: from_json(hints[name], each) for name, each in value.items()})
    if isinstance(kind, type) and issubclass(kind, Vocabulary):
        return kind(value)
    if kind is Decimal:
        return Decimal(value)
    if kind is dt.date:
        return dt.date.fromisoformat(value)
    return value


@cache
def collections() -> frozenset[str]:
    """The facts that are numbered entries, written entry by entry."""
    found = set()
    for name, kind in _hints(Order).items():
        if get_origin(kind) is tuple and is_dataclass(get_args(kind)[0]):
            inner = get_args(kind)[0]
            # Lines may be replaced as a whole, and what is missing always is.
            if "no" in _hints(inner) and name != "lines":
                found.add(name)
    return frozenset(found)


def changes_between(before: Order | None, after: Order) -> tuple[Json | None, Json]:
    """What a command changed: the old values (None for a new order) and the new ones."""
    if before is None:
        return None, {
            name: {str(entry["no"]): entry for entry in value} if name in collections() else value
            for name, value in to_json(after).items()
        }
    old: Json = {}
    new: Json = {}
    for item in fields(Order):
        was, now = getattr(before, item.name), getattr(after, item.name)
        if was == now:
            continue
        if item.name not in collections():
            old[item.name], new[item.name] = to_json(was), to_json(now)
            continue
        known = {entry.no: entry for entry in was}
        changed = [entry for entry in now if known.get(entry.no) != entry]
        old[item.name] = {str(entry.no): to_json(known.get(entry.no)) for entry in changed}
        new[item.name] = {str(entry.no): to_json(entry) for entry in changed}
    return old, new


def replayed(events: Iterable[Event]) -> Order:
    """The facts that an order's events lead to; the first one holds all of it.

    What a history does not hold, since it is older than that fact, had its default. Raises
    ValueError when an event does not follow from the one before.
    """
    hints, state = _hints(Order), dict[str, Any]()
    for event in events:
        begins = not state
        if begins:
            state = {item.name: item.default for item in fields(Order)}
            state |= {name: {} for name in collections()}
        for name, new_values in event.after.items():
            old_values = (event.before or {}).get(name)
            if name in collections():
                kind = get_args(hints[name])[0] | None
                have: dict[str, Any] = state[name]
                was = {no: from_json(kind, each) for no, each in (old_values or {}).items()}
                if any(have.get(no) != old for no, old in was.items()):
                    raise ValueError(f"{event.kind} does not follow: {name} was otherwise")
                now = {no: from_json(kind, each) for no, each in new_values.items()}
                state[name] = {**have, **now}
            else:
                if not begins and state[name] != from_json(hints[name], old_values):
                    raise ValueError(f"{event.kind} does not follow: {name} was {state[name]}")
                state[name] = from_json(hints[name], new_values)
    if not state:
        raise ValueError("no events, no order")
    for name in collections():
        state[name] = tuple(state[name][no] for no in sorted(state[name], key=int))
    return Order(**state)

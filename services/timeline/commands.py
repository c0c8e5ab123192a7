"""The timeline's entries of commands on the order itself: what each says, and to whom (O15, P1)."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from domain.facts import camel_case, facts_in, name_in_history
from domain.messages import Message
from domain.orders.history import EVENT_COMMANDS, EVENT_TITLES, PLACED
from domain.orders.order import Order
from domain.orders.transition import Detail
from domain.timeline import TimelineKind
from services.timeline.entries import TimelineChange, TimelineEntry, TimelineReader, words

ALLOCATED = "ALLOCATED"
RESERVED = "RESERVED"
RESERVATION_EXPIRED = "RESERVATION_EXPIRED"


# What programs call the facts in the history.
_NAMES = {field.name: name_in_history(field, said) for field, said in facts_in(Order)}
# Facts that every command says when it changed them, to everybody.
_OUTCOMES = tuple(
    Detail(_NAMES[field.name], field.name) for field, said in facts_in(Order) if said.is_outcome
)
_FOR_CUSTOMERS = frozenset(each.fact for each in _OUTCOMES)
# Those who may not see money do not see it in the changes either.
_MONEY_FACTS = frozenset(field.name for field, said in facts_in(Order) if said.is_money)

# The events that a customer reads: those of the commands that say so. Whatever is not listed is
# ours, and so is every kind of event that is added without a line here.
FOR_CUSTOMERS = frozenset(
    {
        PLACED,
        ALLOCATED,
        RESERVED,
        RESERVATION_EXPIRED,
        *(kind for kind, each in EVENT_COMMANDS.items() if each.customers_see is not None),
    }
)
# Of what other rules add to the history, a customer reads these details.
_OTHER_DETAILS_FOR_CUSTOMERS = frozenset({"units"})

_TITLES = {
    **EVENT_TITLES,
    ALLOCATED: ("Goods allocated", "已分货"),
    RESERVED: ("Goods reserved", "已占用库存"),
    RESERVATION_EXPIRED: ("Reservation lapsed", "占用到期已释放"),
    "IMPORTED": ("Order imported", "订单已导入"),
    "PRODUCTION_EXCEPTION": ("Exception in production", "生产异常"),
    "PRODUCTION_EXCEPTION_SOLVED": ("Exception in production solved", "生产异常已解决"),
    "PRODUCTION_STAGE_COMPLETED": ("A stage of production is complete", "工序已完成"),
    "PRODUCTION_COMPLETED": ("Production is complete", "生产已完成"),
}


def of_commands(
    order: Any, events: Sequence[Any], reader: TimelineReader
) -> Iterator[TimelineEntry]:
    """What was done to an order, as far as the reader may see it."""
    if not any(event.kind == PLACED for event in events):
        yield TimelineEntry("placed", order.placed_at, TimelineKind.PLACED, _TITLES[PLACED])
    for event in events:
        if not (reader.is_staff or event.kind in FOR_CUSTOMERS):
            continue
        title = _TITLES.get(event.kind, (words(event.kind), words(event.kind)))
        yield TimelineEntry(
            f"event:{event.id}",
            event.at,
            TimelineKind.PLACED if event.kind == PLACED else TimelineKind.EVENT,
            title,
            event.actor,
            _details(event, reader),
            changes=tuple(_changes(event, reader)),
            amount=_amount(event, order.currency) if reader.sees_money else None,
            texts=_texts(event),
        )


def _details(event: Any, reader: TimelineReader) -> dict[str, str]:
    """Why, what came of it, and what the command was about."""
    after = event.after or {}
    details = {"reason": event.reason} if event.reason and reader.is_staff else {}
    if event.kind not in EVENT_TITLES:
        return details | _other_details(after, reader)
    for detail in (*_OUTCOMES, *_details_of(event.kind, reader)):
        value = _value(detail, event.before or {}, after)
        if value is not None:
            details[detail.name] = value
    return details


def _details_of(kind: str, reader: TimelineReader) -> tuple[Detail, ...]:
    """What the command behind an event lets a reader see of it."""
    command = EVENT_COMMANDS.get(kind)
    if command is None:
        return ()
    ours = command.staff_see if reader.is_staff else ()
    return (*(command.customers_see or ()), *ours)


def _other_details(after: Mapping[str, Any], reader: TimelineReader) -> dict[str, str]:
    return {
        name: str(value)
        for name, value in after.items()
        if value is not None
        and name != "stageZh"
        and (reader.is_staff or name in _OTHER_DETAILS_FOR_CUSTOMERS)
    }


def _value(detail: Detail, before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """A detail as text; None where the command did not say it."""
    value = after.get(detail.fact)
    if detail.name == "lines":
        return "; ".join(code for code, _, _ in _change_lines(after)) or None
    if isinstance(value, Mapping) and detail.field is not None:
        # Of several entries, the last is the one that the command was about.
        latest = max(value, key=int, default=None)
        value = None if latest is None else value[latest].get(detail.field)
        if isinstance(value, Mapping) and "key" in value:
            value = str(Message.from_json(value))
    elif isinstance(value, list) and detail.field is not None:
        value = list(dict.fromkeys(each[detail.field] for each in value))
    if isinstance(value, list):
        return ", ".join(value) or None
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _change_lines(after: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What the latest change makes of each line: for programs, in English, in Chinese.

    `1: 12 × 9.5` is 12 units at 9.5 each; a dash stands for what stays, + for a new line.
    """
    changes = after.get("changes") or {}
    latest = max(changes, key=int, default=None)
    if latest is None:
        return
    for line in changes[latest].get("lines") or []:
        no = line["line_no"]
        if line.get("drop"):
            yield f"{no}: DROPPED", f"line {no}: dropped", f"第{no}行：取消"
            continue
        said = _quantity(line)
        yield f"{no}: {said}", f"line {no}: {said}", f"第{no}行：{said}"
    for line in changes[latest].get("added") or []:
        no, said = line["no"], _quantity(line)
        yield f"+{no}: {said}", f"new line {no}: {said}", f"新增第{no}行：{said}"


def _quantity(line: Mapping[str, Any]) -> str:
    units = "-" if line["units"] is None else line["units"]
    price = "-" if line["unit_price"] is None else line["unit_price"]
    sku = line.get("sku")
    return f"{units} × {price}" if sku is None else f"{sku} {units} × {price}"


def _changes(event: Any, reader: TimelineReader) -> Iterator[TimelineChange]:
    """What a command on the order changed (O15); to customers the outcome only."""
    if event.kind not in EVENT_TITLES:
        return
    before, after = event.before or {}, event.after or {}
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        # A new order names all its facts, also those that are nothing yet.
        if was == now or (name in _MONEY_FACTS and not reader.sees_money):
            continue
        if reader.is_staff or name in _FOR_CUSTOMERS:
            # Events of earlier versions name facts that there are no longer.
            called = _NAMES.get(name) or camel_case(name)
            yield TimelineChange(called, _as_text(was), _as_text(now))


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _amount(event: Any, currency: str) -> tuple[Decimal, str] | None:
    """How much came in with a deposit."""
    paid = (event.after or {}).get("deposit_paid")
    if event.kind != "DEPOSIT_RECORD" or paid is None:
        return None
    return Decimal(paid) - Decimal((event.before or {}).get("deposit_paid") or 0), currency


def _texts(event: Any) -> dict[str, tuple[str, str]]:
    """What is said in words of its own: a doubt, the lines of a change, a company's stages."""
    after = event.after or {}
    doubts = after.get("doubts") if event.kind in EVENT_TITLES else None
    if isinstance(doubts, Mapping) and doubts:
        latest = doubts[max(doubts, key=int)].get("message")
        return {} if latest is None else {"doubt": Message.from_json(latest).labels}
    if "stageZh" in after:
        return {"stage": (after["stage"], after["stageZh"])}
    if event.kind == "ORDER_CHANGE_REQUEST":
        lines = list(_change_lines(after))
        return {"lines": ("; ".join(en for _, en, _ in lines), "；".join(zh for _, _, zh in lines))}
    return {}


def actor_at(events: Sequence[Any], kind: str, at: dt.datetime | None) -> str | None:
    """Who was the actor of an event of that kind at that instant."""
    return next((each.actor for each in events if each.kind == kind and each.at == at), None)

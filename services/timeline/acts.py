"""The timeline's entries of acts on the order itself: what each tells, and whom (O15, P1)."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.orders.history import EVENT_TITLES, PLACED
from domain.timeline import TimelineKind
from services.timeline.entries import TimelineChange, TimelineEntry, TimelineReader, words

ALLOCATED = "ALLOCATED"
RESERVED = "RESERVED"
RESERVATION_EXPIRED = "RESERVATION_EXPIRED"


@dataclass(frozen=True)
class Tell:
    """A detail of an act: a fact, or the field of a collection's entry that the act wrote."""

    name: str
    fact: str
    field: str | None = None
    # Our people's words and doings are for our people.
    staff_only: bool = False


def _ours(name: str, fact: str, field: str | None = None) -> Tell:
    return Tell(name, fact, field, staff_only=True)


# Facts that every act tells when it changed them, to everybody.
_OUTCOMES = (
    Tell("status", "status"),
    Tell("requiredOn", "required_on"),
    Tell("promisedOn", "promised_on"),
    Tell("sentOn", "confirmation_sent_on"),
    Tell("sentBackOn", "confirmation_sent_back_on"),
    Tell("returnedOn", "confirmation_returned_on"),
)
# What may be told to a customer of the values before and after, with the names of the schema.
_CHANGES_FOR_CUSTOMERS = {each.fact: each.name for each in _OUTCOMES}
# Those who may not see money do not see it in the changes either.
_MONEY_FACTS = frozenset({"deposit_paid", "deposit_forfeited"})

_SIGNED = (_ours("role", "signatures", "role"),)
_DETAILS: Mapping[str, tuple[Tell, ...]] = {
    "ORDER_CHECK": (Tell("missing", "missing", "what"),),
    "ORDER_OFFER_CHOOSE": (Tell("offer", "offers", "kind"), Tell("units", "offers", "units")),
    "ORDER_PRICE_DOUBT_RELEASE": (
        _ours("doubt", "doubts", "message"),
        _ours("releasedAs", "doubts", "released_as"),
    ),
    "ORDER_REVIEW_OPEN": (
        Tell("reviewKind", "reviews", "kind"),
        _ours("lead", "reviews", "lead"),
        _ours("dueOn", "reviews", "due_on"),
    ),
    "ORDER_REVIEW_OPINION": (
        _ours("role", "opinions", "role"),
        _ours("verdict", "opinions", "verdict"),
        _ours("note", "opinions", "note"),
    ),
    "ORDER_MATERIALS_STATE": (_ours("statement", "reviews", "materials"),),
    "ORDER_MATERIALS_SIGN": _SIGNED,
    "ORDER_DRAWING_FILE": (_ours("drawing", "reviews", "drawing"),),
    "ORDER_EXTENSION_ASK": (Tell("extensionAnswer", "reviews", "extension_answer"),),
    "ORDER_REVIEW_DECIDE": (
        Tell("reviewKind", "reviews", "kind"),
        Tell("outcome", "reviews", "outcome"),
        Tell("newDate", "reviews", "new_date"),
        _ours("solution", "reviews", "solution"),
    ),
    "ORDER_CONDITIONS_AGREE": (
        Tell("agreed", "reviews", "agreed"),
        _ours("agreement", "reviews", "agreement"),
    ),
    "ORDER_CONFIRMATION_SEND_BACK": (Tell("remarks", "confirmation_remarks"),),
    "ORDER_CONFIRMATION_RETURN": (Tell("defects", "confirmation_defects"),),
    "ORDER_CHANGE_REQUEST": (
        Tell("changeNumber", "changes", "no"),
        Tell("changeKind", "changes", "kind"),
        Tell("lines", "changes", "lines"),
        Tell("newDate", "changes", "required_on"),
        Tell("newAddress", "changes", "delivery_address"),
        Tell("newTerms", "changes", "payment_terms"),
        Tell("newCurrency", "changes", "currency"),
        Tell("minShipValue", "changes", "min_ship_value"),
        Tell("costEffect", "changes", "cost_effect"),
        Tell("newTotal", "changes", "new_total"),
        Tell("daysEffect", "changes", "days_effect"),
        _ours("department", "changes", "department"),
        _ours("loss", "changes", "loss"),
    ),
    "ORDER_CHANGE_SIGN": _SIGNED,
    "ORDER_CHANGE_AGREE": (
        Tell("changeNumber", "changes", "no"),
        _ours("agreement", "changes", "agreement"),
    ),
    "ORDER_CHANGE_WITHDRAW": (Tell("changeNumber", "changes", "no"),),
    "ORDER_GATE_RECORD": (
        _ours("item", "gate_entries", "item"),
        _ours("role", "gate_entries", "role"),
        _ours("reference", "gate_entries", "reference"),
        _ours("note", "gate_entries", "note"),
    ),
    "PRODUCTION_ORDER_SIGN": _SIGNED,
    "WORK_ORDER_SIGN": _SIGNED,
    "ORDER_SPECIAL_SIGN": _SIGNED,
    "ORDER_STOCK_IN": (Tell("stockInOn", "stock_in_on"),),
    "PICKUP_RECORD": (Tell("units", "pickups", "units"), Tell("pickedUpOn", "pickups", "on")),
    "COMPLAINT_OPEN": (
        Tell("text", "complaints", "text"),
        Tell("dueOn", "complaints", "due_on"),
        _ours("ownerRole", "complaints", "owner_role"),
    ),
    "COMPLAINT_ANSWER": (Tell("answer", "complaints", "answer"),),
}

# The acts that a customer is told of. Whatever is not listed is ours: doubts, approvals, opinions,
# signatures, papers, production, and every kind of event that is added without a line here.
FOR_CUSTOMERS = frozenset(
    {
        PLACED,
        "ORDER_ACKNOWLEDGE",
        "ORDER_CHECK",
        "ORDER_SUPPLY_INFORMATION",
        "ORDER_OFFER_CHOOSE",
        "ORDER_REVIEW_OPEN",
        "ORDER_DRAWING_FILE",
        "ORDER_EXTENSION_ASK",
        "ORDER_REVIEW_DECIDE",
        "ORDER_CONDITIONS_AGREE",
        "ORDER_CONFIRMATION_SEND",
        "ORDER_CONFIRMATION_SEND_BACK",
        "ORDER_CONFIRMATION_RETURN",
        "ORDER_CONFIRM",
        "ORDER_CHANGE_REQUEST",
        "ORDER_CHANGE_AGREE",
        "ORDER_CHANGE_WITHDRAW",
        "ORDER_GATE_RELEASE",
        "DEPOSIT_RECORD",
        "ORDER_STOCK_IN",
        "PICKUP_RECORD",
        "DEPOSIT_SETTLE",
        "ORDER_SHIP",
        "ORDER_DELIVER",
        "ORDER_RECEIPT_SIGN",
        "ORDER_SETTLE",
        "COMPLAINT_OPEN",
        "COMPLAINT_ANSWER",
        "ORDER_CLOSE",
        "ORDER_CANCEL",
        ALLOCATED,
        RESERVED,
        RESERVATION_EXPIRED,
    }
)
# Of what other rules add to the history, a customer is told these details.
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


def of_acts(order: Any, events: Sequence[Any], reader: TimelineReader) -> Iterator[TimelineEntry]:
    """What was done to an order, as far as the reader is told of it."""
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
    """Why, what came of it, and what the act was about."""
    after = event.after or {}
    details = {"reason": event.reason} if event.reason and reader.is_staff else {}
    if event.kind not in EVENT_TITLES:
        return details | _other_details(after, reader)
    for tell in (*_OUTCOMES, *_DETAILS.get(event.kind, ())):
        if tell.staff_only and not reader.is_staff:
            continue
        value = _value(tell, event.before or {}, after)
        if value is not None:
            details[tell.name] = value
    return details


def _other_details(after: Mapping[str, Any], reader: TimelineReader) -> dict[str, str]:
    return {
        name: str(value)
        for name, value in after.items()
        if value is not None
        and name != "stageZh"
        and (reader.is_staff or name in _OTHER_DETAILS_FOR_CUSTOMERS)
    }


def _value(tell: Tell, before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """A detail as text; None where the act did not say it."""
    value = after.get(tell.fact)
    if tell.name == "lines":
        return "; ".join(code for code, _, _ in _change_lines(after)) or None
    if isinstance(value, Mapping) and tell.field is not None:
        # Of several entries, the last is the one that the act was about.
        latest = max(value, key=int, default=None)
        value = None if latest is None else value[latest].get(tell.field)
    elif isinstance(value, list) and tell.field is not None:
        value = list(dict.fromkeys(each[tell.field] for each in value))
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
            yield f"{no}: DROPPED", f"line {no}: dropped", f"第{no}行:取消"
            continue
        said = _quantity(line)
        yield f"{no}: {said}", f"line {no}: {said}", f"第{no}行:{said}"
    for line in changes[latest].get("added") or []:
        no, said = line["no"], _quantity(line)
        yield f"+{no}: {said}", f"new line {no}: {said}", f"新增第{no}行:{said}"


def _quantity(line: Mapping[str, Any]) -> str:
    units = "-" if line["units"] is None else line["units"]
    price = "-" if line["unit_price"] is None else line["unit_price"]
    sku = line.get("sku")
    return f"{units} × {price}" if sku is None else f"{sku} {units} × {price}"


def _changes(event: Any, reader: TimelineReader) -> Iterator[TimelineChange]:
    """What an act on the order changed, before and after (O15); to customers the outcome only."""
    if event.kind not in EVENT_TITLES:
        return
    before, after = event.before or {}, event.after or {}
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        # A new order names all its facts, also those that are nothing yet.
        if was == now or (name in _MONEY_FACTS and not reader.sees_money):
            continue
        if reader.is_staff or name in _CHANGES_FOR_CUSTOMERS:
            called = _CHANGES_FOR_CUSTOMERS.get(name) or in_schema(name)
            yield TimelineChange(called, _told(was), _told(now))


def in_schema(name: str) -> str:
    """`finance_approved_by` as financeApprovedBy."""
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)


def _told(value: Any) -> str | None:
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
    """What is told in words of its own: the lines of a change, and a company's stages."""
    after = event.after or {}
    if "stageZh" in after:
        return {"stage": (after["stage"], after["stageZh"])}
    if event.kind == "ORDER_CHANGE_REQUEST":
        lines = list(_change_lines(after))
        return {"lines": ("; ".join(en for _, en, _ in lines), ";".join(zh for _, _, zh in lines))}
    return {}


def actor_at(events: Sequence[Any], kind: str, at: dt.datetime | None) -> str | None:
    """Who did an act of that kind at that instant."""
    return next((each.actor for each in events if each.kind == kind and each.at == at), None)

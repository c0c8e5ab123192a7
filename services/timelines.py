"""The whole story of an order in one list by time, for clients and the command line (O15)."""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from domain.orders.history import EVENT_TITLES
from persistence.queries import milestones, orders, progress, shipments, tasks
from persistence.queries.allocation import reservations_by_order
from services.timeline_entries import TimelineChange, TimelineEntry, instant, words
from services.timeline_progress import (
    CLOCK_BREACHED,
    INSPECTION_EXPECTED,
    INSPECTION_HELD,
    MILESTONE_CLOSED,
    MILESTONE_EXPECTED,
    MILESTONE_MOVED,
    MILESTONE_REOPENED,
    MILESTONE_SKIPPED,
    TASK_ENDED,
    TASK_RAISED,
    of_clocks,
    of_inspections,
    of_milestones,
    of_tasks,
)

PLACED = "PLACED"
EVENT = "EVENT"
RESERVED = "RESERVED"
RESERVATION_ENDED = "RESERVATION_ENDED"
SHIPMENT_CREATED = "SHIPMENT_CREATED"
SHIPPED = "SHIPPED"
TRACKING = "TRACKING"
DELIVERED = "DELIVERED"

__all__ = [
    "CLOCK_BREACHED",
    "INSPECTION_EXPECTED",
    "INSPECTION_HELD",
    "MILESTONE_CLOSED",
    "MILESTONE_EXPECTED",
    "MILESTONE_MOVED",
    "MILESTONE_REOPENED",
    "MILESTONE_SKIPPED",
    "TASK_ENDED",
    "TASK_RAISED",
    "TimelineEntry",
    "timelines_by_order",
]


async def timelines_by_order(
    session: Any,
    order_ids: Sequence[int],
    today: dt.date | None = None,
    *,
    for_staff: bool = False,
) -> dict[int, list[TimelineEntry]]:
    """Each order's story, the oldest first, in as many statements for many orders as for one.

    today: what is expected then says how many days are left. for_staff: of what an act changed,
    everything is told, not only what its customer may know.
    """
    found = await orders.orders_by_id(session, order_ids)
    events = await orders.events_by_order(session, order_ids)
    steps_of = await milestones.milestones_by_order(session, order_ids)
    step_ids = sorted({each.step_id for many in steps_of.values() for each in many})
    steps = await milestones.steps_by_id(session, step_ids)
    consignments = await shipments.shipments_by_order(session, order_ids)
    shipment_ids = [each.id for many in consignments.values() for each in many]
    tracking = await shipments.tracking_by_shipment(session, shipment_ids)
    reserved = await reservations_by_order(session, order_ids)
    history = await milestones.history_by_order(session, order_ids)
    todo = await tasks.tasks_by_order(session, order_ids)
    limits = await tasks.clocks_by_order(session, order_ids)
    inspections = await progress.inspections_by_order(session, order_ids)
    return {
        key: sorted(
            [
                *_of_order(order, events[key], for_staff),
                *of_milestones(steps_of[key], steps, history[key], today),
                *_of_shipments(consignments[key], tracking),
                *_of_reservations(reserved[key]),
                *of_tasks(todo[key]),
                *of_clocks(limits[key]),
                *of_inspections(inspections[key]),
            ],
            key=lambda entry: entry.at,
        )
        for key, order in found.items()
    }


def _of_order(order: Any, events: Sequence[Any], for_staff: bool) -> Iterator[TimelineEntry]:
    if not any(event.kind == PLACED for event in events):
        yield TimelineEntry(order.placed_at, PLACED, ("Order placed", "已下单"))
    for event in events:
        details = {"reason": event.reason} if event.reason else {}
        life = event.kind in EVENT_TITLES
        for name, value in (event.after or {}).items():
            # A customer reads this too: of an order's life it is told the outcome, not our words.
            if life and name not in _TOLD_TO_ALL:
                continue
            if value is not None:
                details[_TOLD_TO_ALL.get(name, name)] = str(value)
        yield TimelineEntry(
            event.at,
            PLACED if event.kind == PLACED else EVENT,
            _EVENT_TITLES.get(event.kind, (words(event.kind), words(event.kind))),
            event.actor,
            details,
            changes=tuple(_changes(event, for_staff)) if life else (),
        )


def _changes(event: Any, for_staff: bool) -> Iterator[TimelineChange]:
    """What an act on the order changed, before and after (O15); to customers the outcome only."""
    before, after = event.before or {}, event.after or {}
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        # A new order names all its facts, also those that are nothing yet.
        if was != now and (for_staff or name in _TOLD_TO_ALL):
            called = _TOLD_TO_ALL.get(name) or _in_schema(name)
            yield TimelineChange(called, _told(was), _told(now))


def _in_schema(name: str) -> str:
    """`finance_approved_by` as financeApprovedBy."""
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)


def _told(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _of_shipments(found: Sequence[Any], tracking: dict[int, list[Any]]) -> Iterator[TimelineEntry]:
    for shipment in found:
        number = {"shipmentNumber": shipment.shipment_number}
        if shipment.run_id is not None:
            title = ("Goods given, picking began", "已分货,开始拣货")
            yield TimelineEntry(
                shipment.created_at,
                SHIPMENT_CREATED,
                title,
                details=number,
                shipment_id=shipment.id,
            )
        if shipment.shipped_at is not None:
            details = dict(number)
            if shipment.carrier:
                details["carrier"] = shipment.carrier
            if shipment.tracking_number:
                details["trackingNumber"] = shipment.tracking_number
            yield TimelineEntry(
                shipment.shipped_at,
                SHIPPED,
                ("Shipped", "已发货"),
                details=details,
                shipment_id=shipment.id,
            )
        for event in tracking[shipment.id]:
            details = {**number, "code": event.code}
            if event.place:
                details["place"] = event.place
            if event.note:
                details["note"] = event.note
            title = (event.note or words(event.code), event.note or words(event.code))
            yield TimelineEntry(event.at, TRACKING, title, details=details, shipment_id=shipment.id)
        if shipment.delivered_at is not None:
            yield TimelineEntry(
                shipment.delivered_at,
                DELIVERED,
                ("Delivered", "已送达"),
                details=number,
                shipment_id=shipment.id,
            )


def _of_reservations(found: Sequence[Any]) -> Iterator[TimelineEntry]:
    """What one run reserved until the same instant is one entry, whatever the number of lines."""

    def begun(each: Any) -> tuple[dt.datetime, dt.datetime]:
        return each.created_at, each.expires_at

    def ended(each: Any) -> tuple[dt.datetime, str]:
        return each.ended_at, each.status

    for (created_at, expires_at), group in groupby(sorted(found, key=begun), begun):
        yield TimelineEntry(
            created_at,
            RESERVED,
            ("Goods reserved until payment", "占用库存待打款"),
            details={**_units(list(group)), "expiresAt": instant(expires_at)},
        )
    over = sorted((each for each in found if each.ended_at is not None), key=ended)
    for (ended_at, status), group in groupby(over, ended):
        yield TimelineEntry(
            ended_at, RESERVATION_ENDED, _ENDINGS[status], details=_units(list(group))
        )


def _units(together: Sequence[Any]) -> dict[str, str]:
    return {"units": str(sum(each.units for each in together))}


_ENDINGS = {
    "CONVERTED": ("Reservation paid", "占用已打款"),
    "EXPIRED": ("Reservation lapsed", "占用已过期"),
    "RELEASED": ("Reservation released", "占用已释放"),
}

# Facts of an order that its timeline tells, with the names of the schema.
_TOLD_TO_ALL = {
    "status": "status",
    "required_on": "requiredOn",
    "promised_on": "promisedOn",
    "confirmation_sent_on": "sentOn",
    "confirmation_sent_back_on": "sentBackOn",
    "confirmation_returned_on": "returnedOn",
}

_EVENT_TITLES = {
    **EVENT_TITLES,
    "ALLOCATED": ("Goods allocated", "已分货"),
    "RESERVED": ("Goods reserved", "已占用库存"),
    "RESERVATION_EXPIRED": ("Reservation lapsed", "占用已过期"),
    "IMPORTED": ("Order imported", "订单已导入"),
    "PRODUCTION_EXCEPTION": ("Exception in production", "生产异常"),
    "PRODUCTION_EXCEPTION_SOLVED": ("Exception in production solved", "生产异常已解决"),
    "PRODUCTION_STAGE_COMPLETED": ("A stage of production is complete", "工序已完成"),
    "PRODUCTION_COMPLETED": ("Production is complete", "生产已完成"),
}

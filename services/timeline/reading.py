"""The whole story of an order in one list by time, for clients and the command line (O15)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from domain.allocation import ReservationStatus
from domain.timeline import TimelineKind
from persistence import shipments
from persistence.allocation.queries import ended_reservations_by_order, reserved_by_order
from persistence.clocks.queries import clocks_by_order
from persistence.funding.queries import movements_by_order
from persistence.milestones import queries as milestones
from persistence.orders import queries as orders
from persistence.penalties import penalties_by_order
from persistence.production import queries as production
from persistence.tasks import queries as tasks
from services.timeline import commands
from services.timeline.commands import RESERVED, actor_at, of_commands
from services.timeline.entries import TimelineEntry, TimelineReader, instant
from services.timeline.money import of_movements, of_penalties
from services.timeline.words import tracking_title
from services.timeline.work import of_clocks, of_inspections, of_milestones, of_tasks


async def timelines_by_order(
    session: Any, order_ids: Sequence[int], reader: TimelineReader
) -> dict[int, list[TimelineEntry]]:
    """Each order's story, the oldest first, in as many statements for many orders as for one.

    Of each kind of record, the newest `LONGEST_LIST` of an order are read.
    """
    found = await orders.orders_by_id(session, order_ids)
    events = await orders.events_by_order(session, order_ids)
    steps_of = await milestones.milestones_by_order(session, order_ids)
    step_ids = sorted({each.step_id for many in steps_of.values() for each in many})
    steps = await milestones.steps_by_id(session, step_ids)
    history = await milestones.history_by_order(session, order_ids)
    consignments = await shipments.shipments_by_order(session, order_ids)
    shipment_ids = [each.id for many in consignments.values() for each in many]
    units = await shipments.units_by_shipment(session, shipment_ids)
    tracking = await shipments.tracking_by_shipment(session, shipment_ids)
    reserved = await reserved_by_order(session, order_ids)
    ended = await ended_reservations_by_order(session, order_ids)
    inspections = await production.inspections_by_order(session, order_ids)
    stories = {}
    for key, order in found.items():
        own = _without_doubles(events[key], consignments[key], reserved[key], ended[key])
        stories[key] = [
            *of_commands(order, own, reader),
            *_of_reservations(reserved[key], ended[key], events[key], reader),
            *_of_shipments(consignments[key], units, tracking, events[key], reader),
            *of_milestones(steps_of[key], steps, history[key], reader),
            *of_inspections(inspections[key], reader),
        ]
    if reader.sees_money:
        movements = await movements_by_order(session, order_ids)
        for key, entries in stories.items():
            entries += of_movements(movements[key])
    if reader.is_staff:
        todo = await tasks.tasks_by_order(session, order_ids)
        limits = await clocks_by_order(session, order_ids)
        penalties = await penalties_by_order(session, order_ids)
        for key, entries in stories.items():
            entries += [*of_tasks(todo[key]), *of_clocks(limits[key])]
            entries += of_penalties(penalties[key])
    return {key: _by_time(entries, found[key], reader) for key, entries in stories.items()}


def _by_time(
    entries: Sequence[TimelineEntry], order: Any, reader: TimelineReader
) -> list[TimelineEntry]:
    """The oldest first; of what happened at one instant, the command comes before what it caused.

    A step that was closed on the day on which the order came in stands after its coming in.
    """
    placed_at = order.placed_at
    first = reader.start_of(placed_at.astimezone(reader.zone).date())
    return sorted(
        (
            replace(each, at=placed_at) if each.is_all_day and each.at == first else each
            for each in entries
        ),
        key=lambda entry: entry.at,
    )


def _without_doubles(
    events: Sequence[Any],
    consignments: Sequence[Any],
    reserved: Sequence[Any],
    ended: Sequence[Any],
) -> list[Any]:
    """The events that no shipment or reservation shows better."""
    runs = {each.run_id for each in consignments}
    begun = {each.at for each in reserved}
    lapsed = {each.at for each in ended if each.status == ReservationStatus.EXPIRED}
    return [
        event
        for event in events
        if not (
            (event.kind == commands.ALLOCATED and _run(event) in runs)
            or (event.kind == RESERVED and event.at in begun)
            or (event.kind == commands.RESERVATION_EXPIRED and event.at in lapsed)
        )
    ]


def _run(event: Any) -> int | None:
    return (event.after or {}).get("run")


def _of_shipments(
    found: Sequence[Any],
    units: Mapping[int, int],
    tracking: Mapping[int, Sequence[Any]],
    events: Sequence[Any],
    reader: TimelineReader,
) -> Iterator[TimelineEntry]:
    givers = {_run(event): event.actor for event in events if event.kind == commands.ALLOCATED}
    for shipment in found:
        number = {"shipmentNumber": shipment.shipment_number}
        carried = {"units": str(units[shipment.id])} if shipment.id in units else {}
        if shipment.run_id is not None:
            run = {"run": str(shipment.run_id)} if reader.is_staff else {}
            yield TimelineEntry(
                f"shipment:{shipment.id}",
                shipment.created_at,
                TimelineKind.SHIPMENT_CREATED,
                ("Goods given, picking began", "已分货，开始拣货"),
                givers.get(shipment.run_id),
                {**number, **carried, **run},
                shipment_id=shipment.id,
            )
        if shipment.shipped_at is not None:
            details = {**number, **carried}
            if shipment.carrier:
                details["carrier"] = shipment.carrier
            if shipment.tracking_number:
                details["trackingNumber"] = shipment.tracking_number
            yield TimelineEntry(
                f"shipped:{shipment.id}",
                shipment.shipped_at,
                TimelineKind.SHIPPED,
                ("Shipped", "已发货"),
                actor_at(events, "ORDER_SHIP", shipment.shipped_at),
                details,
                shipment_id=shipment.id,
            )
        for event in tracking[shipment.id]:
            details = {**number, "code": event.code}
            if event.place:
                details["place"] = event.place
            if event.note:
                details["note"] = event.note
            yield TimelineEntry(
                f"tracking:{event.id}",
                event.at,
                TimelineKind.TRACKING,
                tracking_title(event.code, event.note),
                details=details,
                shipment_id=shipment.id,
            )
        if shipment.delivered_at is not None:
            yield TimelineEntry(
                f"delivered:{shipment.id}",
                shipment.delivered_at,
                TimelineKind.DELIVERED,
                ("Delivered", "已送达"),
                actor_at(events, "ORDER_DELIVER", shipment.delivered_at),
                number,
                shipment_id=shipment.id,
            )


def _of_reservations(
    begun: Sequence[Any], ended: Sequence[Any], events: Sequence[Any], reader: TimelineReader
) -> Iterator[TimelineEntry]:
    """What one run reserved until the same instant is one entry, whatever the number of lines."""
    for each in begun:
        details = {"units": str(each.units), "expiresAt": instant(each.expires_at)}
        event = next((one for one in events if one.kind == RESERVED and one.at == each.at), None)
        if reader.is_staff:
            details["run"] = str(each.run_id)
            if event is not None and "tells" in (event.after or {}):
                details["tells"] = event.after["tells"]
        yield TimelineEntry(
            f"reserved:{each.id}",
            each.at,
            TimelineKind.RESERVED,
            ("Goods reserved until payment", "占用锁定待打款"),
            None if event is None else event.actor,
            details,
        )
    for each in ended:
        yield TimelineEntry(
            f"reservation-end:{each.id}",
            each.at,
            TimelineKind.RESERVATION_ENDED,
            _ENDINGS[each.status],
            actor_at(events, commands.RESERVATION_EXPIRED, each.at),
            {"units": str(each.units)},
        )


_ENDINGS = {
    ReservationStatus.CONVERTED: ("Reservation paid", "客户已打款，占用转为分货"),
    ReservationStatus.EXPIRED: ("Reservation lapsed", "占用到期已释放"),
    ReservationStatus.RELEASED: ("Reservation released", "占用已释放"),
}

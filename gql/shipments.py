"""Shipments, their lines, and what the carrier said."""

import datetime as dt
from typing import Annotated

import strawberry

from domain.roles import Action
from domain.shipments import ShipmentStatus
from gql.catalog import Sku, sku_by_key
from gql.connections import (
    listing,
    pages,
)
from gql.context import Info
from gql.input_changes import Narrowing
from gql.limits import SIZE
from gql.nodes import Node, findable, found_by, global_id, optional_key, related
from gql.parties.types import (
    Region,
    Store,
    Warehouse,
    region_by_key,
    store_by_key,
    warehouse_by_key,
)
from gql.permissions import Needs
from gql.references import ORDER, ORDER_LINE, OrderLineRef, OrderRef
from gql.scalars import DateTimeRange, span
from gql.vocabularies import distinct
from persistence import shipments as queries
from persistence.tables import ShipmentLineRow, ShipmentRow, TrackingEventRow


@strawberry.type(description="What the carrier said, where and when.")
class TrackingEvent:
    """One message of the carrier."""

    at: dt.datetime = strawberry.field(description="When it happened.")
    code: str = strawberry.field(description="The carrier's word for it.")
    place: str | None = strawberry.field(description="Where, if known.")
    note: str | None = strawberry.field(description="More, if known.")

    @classmethod
    def of(cls, row: TrackingEventRow) -> "TrackingEvent":
        """The event of a row."""
        return cls(at=row.at, code=row.code, place=row.place, note=row.note)


@strawberry.type(description="Units of one SKU in a shipment.")
class ShipmentLine(Node):
    """A line of a shipment."""

    row: strawberry.Private[ShipmentLineRow]
    units: int = strawberry.field(description="How many units.")

    @classmethod
    def of(cls, row: ShipmentLineRow) -> "ShipmentLine":
        """The line of a row."""
        return cls(id=global_id("ShipmentLine", row.id), row=row, units=row.units)

    sku = related(Sku, "What is shipped.", sku_by_key, "sku_id")
    order_line = related(
        OrderLineRef | None,
        "The order line it serves; none for a store or a reserve.",
        ORDER_LINE.find,
        "order_line_id",
    )


_shipment_line_by_key = found_by(ShipmentLine.of, lambda load: load.shipment_line)


@strawberry.type(description="One consignment: for an order, or to a store or region's warehouse.")
class Shipment(Node):
    """A shipment; while PICKING its lines are the pick list."""

    row: strawberry.Private[ShipmentRow]
    shipment_number: str = strawberry.field(description="Its number.")
    status: ShipmentStatus = strawberry.field(description="Where it stands.")
    carrier: str | None = strawberry.field(description="Who carries it.")
    tracking_number: str | None = strawberry.field(description="The carrier's number.")
    created_at: dt.datetime = strawberry.field(description="When it was made.")
    shipped_at: dt.datetime | None = strawberry.field(description="When it left.")
    expected_on: dt.date | None = strawberry.field(description="The day it should arrive.")
    delivered_at: dt.datetime | None = strawberry.field(description="When it arrived.")
    version: int = strawberry.field(description="Counts its changes.")

    @classmethod
    def of(cls, row: ShipmentRow) -> "Shipment":
        """The shipment of a row."""
        return cls(
            id=global_id("Shipment", row.id),
            row=row,
            shipment_number=row.shipment_number,
            status=row.status,
            carrier=row.carrier,
            tracking_number=row.tracking_number,
            created_at=row.created_at,
            shipped_at=row.shipped_at,
            expected_on=row.expected_on,
            delivered_at=row.delivered_at,
            version=row.version,
        )

    order = related(
        OrderRef | None, "The order it is for; none for a transfer.", ORDER.find, "order_id"
    )
    store = related(
        Store | None, "The store it goes to, if it is a transfer to one.", store_by_key, "store_id"
    )
    region = related(
        Region | None,
        "The region whose reserve it goes to, if it goes to one.",
        region_by_key,
        "region_id",
    )
    warehouse = related(
        Warehouse | None,
        "The warehouse it leaves; none where the source does not name it.",
        warehouse_by_key,
        "warehouse_id",
    )

    lines = pages(
        ShipmentLine, "What is in it.", queries.lines_by_shipment, queries.count_lines_by_shipment
    )

    @strawberry.field(description="What the carrier said, the oldest first.", metadata={SIZE: 5})
    async def tracking_events(self, info: Info) -> list[TrackingEvent]:
        """All messages of the carrier."""
        rows = await info.context.load.tracking_by_shipment.load(self.row.id)
        return [TrackingEvent.of(row) for row in rows]


shipment_by_key = found_by(Shipment.of, lambda load: load.shipment)


@strawberry.input(description="Which shipments to list; what is left out or empty does not narrow.")
class ShipmentFilter(Narrowing):
    """A question about shipments."""

    status: list[ShipmentStatus] | None = strawberry.field(
        default=None, description="Only those in one of these states."
    )
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only this customer's."
    )
    order_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only this order's."
    )
    run_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only those that this allocation run made."
    )
    shipped_between: DateTimeRange | None = strawberry.field(
        default=None, description="Only those that left in this span."
    )

    def question(self) -> queries.ShipmentQuestion:
        """The question to the database."""
        shipped_from, shipped_before = span(self.shipped_between)
        return queries.ShipmentQuestion(
            statuses=distinct(self.status),
            customer_id=optional_key(self.customer_id, "Customer", "customerId"),
            order_id=optional_key(self.order_id, "Order", "orderId"),
            run_id=optional_key(self.run_id, "AllocationRun", "runId"),
            shipped_from=shipped_from,
            shipped_before=shipped_before,
        )


@strawberry.type
class ShipmentQueries:
    """Root fields about shipments."""

    @strawberry.field(
        description="A shipment, by id or number; null when there is none that you may see.",
        extensions=[Needs(Action.VIEW_SHIPMENTS)],
    )
    async def shipment(
        self,
        info: Info,
        id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The shipment's id.")
        ] = None,
        shipment_number: Annotated[
            str | None, strawberry.argument(description="The shipment's number.")
        ] = None,
    ) -> Shipment | None:
        """One shipment."""
        key = optional_key(id, "Shipment", "id")
        if key is not None:
            return await shipment_by_key(info.context, key)
        if shipment_number is None:
            return None
        row = await info.context.load.shipment_by_number.load(shipment_number)
        return None if row is None else Shipment.of(row)

    shipments = listing(
        Shipment,
        "Shipments, the newest first.",
        Action.VIEW_SHIPMENTS,
        queries.shipments,
        queries.count_shipments,
        ShipmentFilter,
    )


findable(Shipment, Action.VIEW_SHIPMENTS, shipment_by_key)
findable(ShipmentLine, Action.VIEW_SHIPMENTS, _shipment_line_by_key)

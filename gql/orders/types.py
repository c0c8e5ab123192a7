"""Orders, their lines and payments."""

import datetime as dt

import strawberry

from domain.currencies import CurrencyCode
from domain.funding import PaymentStatus
from domain.orders.confirmation import promised_today
from domain.orders.vocabularies import OrderStatus
from domain.roles import Action
from gql.allocation.types import Reservation
from gql.catalog import Sku
from gql.connections import After, Before, First, Last, PageArguments, pages
from gql.context import Info
from gql.language import LocaleArgument, language_of
from gql.limits import MAX_PAGE_SIZE, SIZE
from gql.milestones.types import (
    LateMilestone,
    Milestone,
    late_of,
    milestones_of,
    next_of,
)
from gql.nodes import Node, findable, found_by, global_id, related
from gql.orders.process import OrderProcess
from gql.orders.timeline import TimelineEntry, paged_timeline
from gql.parties.types import Customer, customer_by_key
from gql.permissions import ForOurPeople, Needs
from gql.production.types import OrderProgress
from gql.references import ORDER, OrderRef
from gql.scalars import Money
from gql.shipments import Shipment, shipment_by_key
from persistence.orders import queries
from persistence.tables import FundHoldRow, OrderLineRow, OrderRow


@strawberry.type(description="Money set aside, or taken, for a shipment of the order (F4).")
class Payment(Node):
    """A fund hold and what became of it."""

    row: strawberry.Private[FundHoldRow]
    status: PaymentStatus = strawberry.field(description="What became of it.")
    amount: Money = strawberry.field(description="How much.")
    created_at: dt.datetime = strawberry.field(description="When it was set aside.")

    @classmethod
    def of(cls, row: FundHoldRow) -> "Payment":
        """The payment of a row."""
        return cls(
            id=global_id("Payment", row.id),
            row=row,
            status=row.status,
            amount=Money.of(row.amount, row.currency),
            created_at=row.created_at,
        )

    shipment = related(Shipment, "The shipment it pays for.", shipment_by_key, "shipment_id")


_payment_by_key = found_by(Payment.of, lambda load: load.payment)


@strawberry.type(description="An order's line: units of a SKU that were ordered.")
class OrderLine(Node):
    """A line of an order."""

    row: strawberry.Private[OrderLineRow]
    line_no: int = strawberry.field(description="Its number within the order.")
    units_ordered: int | None = strawberry.field(
        description="Units ordered; null while the customer has not said."
    )
    units_shipped: int = strawberry.field(description="Units that have left.")
    units_held: int = strawberry.field(description="Units given and being picked.")
    units_reserved: int = strawberry.field(description="Units reserved until paid.")
    specification: str | None = strawberry.field(description="How it shall be.")
    stated_sku: str | None = strawberry.field(
        description="What the customer called a product that is not known; null once it is."
    )
    dropped_by: int | None = strawberry.field(
        description="The number of the change that took the line off; it has no units then."
    )

    @classmethod
    def of(cls, row: OrderLineRow) -> "OrderLine":
        """The line of a row."""
        return cls(
            id=global_id("OrderLine", row.id),
            row=row,
            line_no=row.line_no,
            units_ordered=row.units_ordered,
            units_shipped=row.units_shipped,
            units_held=row.units_held,
            units_reserved=row.units_reserved,
            specification=row.specification,
            stated_sku=row.stated_sku,
            dropped_by=row.dropped_by,
        )

    @strawberry.field(description="Units neither shipped, given nor reserved.")
    def units_open(self) -> int:
        """What still competes for goods."""
        row = self.row
        if row.units_ordered is None:
            return 0
        return row.units_ordered - row.units_shipped - row.units_held - row.units_reserved

    @strawberry.field(description="What was ordered; null while no SKU is known for it.")
    async def sku(self, info: Info) -> Sku | None:
        """Its SKU."""
        if self.row.sku_id is None:
            return None
        return Sku.of(await info.context.load.sku.load(self.row.sku_id))

    @strawberry.field(
        description="Units in a pack; packs are not broken. Null while no SKU is known."
    )
    async def pack(self, info: Info) -> int | None:
        """The line's own pack, else the SKU's."""
        if self.row.pack is not None or self.row.sku_id is None:
            return self.row.pack
        return int((await info.context.load.sku.load(self.row.sku_id)).pack)

    @strawberry.field(description="Price of a unit, with six decimals; null while it has none.")
    async def unit_price(self, info: Info) -> Money | None:
        """The line's own price, in its order's currency."""
        price = self.row.unit_price
        return None if price is None else Money.of(price, await self._currency(info))

    @strawberry.field(
        description="Units ordered x price, rounded half-even to the minor unit; null while one "
        "of them is not said."
    )
    async def amount(self, info: Info) -> Money | None:
        """What the whole line costs."""
        amount = self.row.amount
        return None if amount is None else Money.of(amount, await self._currency(info))

    order = related(OrderRef, "The order it belongs to.", ORDER.get, "order_id")

    async def _currency(self, info: Info) -> str:
        return str((await info.context.load.order.load(self.row.order_id)).currency)


order_line_by_key = found_by(OrderLine.of, lambda load: load.order_line)


@strawberry.type(description="An order of one customer.")
class Order(OrderProcess, OrderProgress, Node):
    """What a customer ordered, and everything that happened to it."""

    order_number: str = strawberry.field(description="Its unique number.")
    status: OrderStatus = strawberry.field(description="Where it stands.")
    placed_at: dt.datetime = strawberry.field(description="When it was placed.")
    required_on: dt.date | None = strawberry.field(description="The day the customer wants it.")
    currency: CurrencyCode = strawberry.field(description="The currency of all its amounts.")
    total: Money = strawberry.field(description="What it costs in all, as far as its lines say.")
    ship_complete: bool = strawberry.field(description="Whether it ships whole or not at all.")
    min_ship_value: Money = strawberry.field(
        description="It ships for at least this, or not at all."
    )
    customer_po: str | None = strawberry.field(description="The customer's own number for it.")
    version: int = strawberry.field(description="Counts its changes.")

    @classmethod
    def of(cls, row: OrderRow) -> "Order":
        """The order of a row."""
        return cls(
            id=global_id("Order", row.id),
            row=row,
            order_number=row.order_number,
            status=row.status,
            placed_at=row.placed_at,
            required_on=row.required_on,
            currency=CurrencyCode(row.currency),
            total=Money.of(row.total, row.currency),
            ship_complete=row.ship_complete,
            min_ship_value=Money.of(row.min_ship_value, row.currency),
            customer_po=row.customer_po,
            version=row.version,
        )

    @strawberry.field(description="Remarks.", extensions=[ForOurPeople()])
    async def note(self) -> str | None:
        """Our own words."""
        return self.row.note

    @strawberry.field(
        description="The day its completion is promised: while the confirmation is out, later by a "
        "day for each working day of delay (O5)."
    )
    async def promised_on(self, info: Info) -> dt.date | None:
        """What can be promised today."""
        if self.row.status != OrderStatus.AWAITING_CONFIRMATION:
            return self.row.promised_on
        loaded, context = await self._seen(info)
        return promised_today(loaded.facts, context.today, context.calendar)

    customer = related(Customer, "Whose order it is.", customer_by_key, "customer_id")
    lines = pages(
        OrderLine,
        "What was ordered, as the customer gave it until the order is checked.",
        queries.lines_by_order,
        queries.count_lines_by_order,
    )

    @strawberry.field(description="Its steps, in the order of the flow.", metadata={SIZE: 17})
    async def milestones(self, info: Info) -> list[Milestone]:
        """All its milestones."""
        rows = await info.context.load.milestones_by_order.load(self.row.id)
        return await milestones_of(info.context, rows)

    next_milestone = related(
        Milestone | None,
        "What comes next, and whose it is: the first due of the open steps that wait for no other.",
        next_of,
        "id",
    )

    @strawberry.field(
        description="Its overdue steps, the latest first, and what each delays.",
        metadata={SIZE: 3},
    )
    async def late_milestones(self, info: Info) -> list[LateMilestone]:
        """Late steps (M7)."""
        return await late_of(info.context, self.row.id)

    @strawberry.field(description="Its shipments, the oldest first.", metadata={SIZE: 3})
    async def shipments(self, info: Info) -> list[Shipment]:
        """All its shipments."""
        rows = await info.context.load.shipments_by_order.load(self.row.id)
        return [Shipment.of(row) for row in rows]

    @strawberry.field(
        description="Money set aside or taken for its shipments, the oldest first.",
        extensions=[Needs(Action.VIEW_FUNDS)],
        metadata={SIZE: 3},
    )
    async def payments(self, info: Info) -> list[Payment]:
        """All its payments."""
        rows = await info.context.load.payments_by_order.load(self.row.id)
        return [Payment.of(row) for row in rows]

    @strawberry.field(
        description="What is or was reserved for it, the oldest first.", metadata={SIZE: 3}
    )
    async def reservations(self, info: Info) -> list[Reservation]:
        """All its reservations."""
        rows = await info.context.load.reservations_by_order.load(self.row.id)
        return [Reservation.of(row) for row in rows]

    @strawberry.field(
        description="Everything that happened to it or is expected, by time: the last 200 entries, "
        "unless said otherwise.",
        metadata={SIZE: MAX_PAGE_SIZE},
    )
    async def timeline(
        self,
        info: Info,
        locale: LocaleArgument = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> list[TimelineEntry]:
        """Its whole story."""
        entries = await info.context.load.timeline_by_order.load(self.row.id)
        return paged_timeline(
            entries, PageArguments(first, after, last, before), language_of(info, locale)
        )


order_by_key = found_by(Order.of, lambda load: load.order)


findable(Order, Action.VIEW_ORDERS, order_by_key)
findable(OrderLine, Action.VIEW_ORDERS, order_line_by_key)
findable(Payment, Action.VIEW_FUNDS, _payment_by_key)

"""Root fields about orders."""

from enum import Enum
from typing import Annotated

import strawberry

from domain.errors import InvalidInput
from domain.messages import msg
from domain.orders.vocabularies import OrderStatus
from domain.roles import Action
from gql.connections import After, Before, Connection, First, Last, PageArguments, listed
from gql.context import Info
from gql.input_changes import Narrowing
from gql.language import LocaleArgument, language_of
from gql.limits import MAX_PAGE_SIZE, SIZE
from gql.nodes import optional_key
from gql.orders.timeline import TimelineEntry, paged_timeline
from gql.orders.types import Order, order_by_key
from gql.permissions import Needs
from gql.scalars import DateTimeRange, span
from gql.vocabularies import distinct
from persistence.orders import queries
from persistence.paging import Sorting

OrderId = Annotated[strawberry.ID | None, strawberry.argument(description="The order's id.")]
OrderNumber = Annotated[str | None, strawberry.argument(description="The order's number.")]


@strawberry.enum(description="How orders are sorted.")
class OrderSort(Enum):
    """Sort keys of orders."""

    PLACED_AT_DESC = strawberry.enum_value("PLACED_AT_DESC", description="Newest first.")
    PLACED_AT_ASC = strawberry.enum_value("PLACED_AT_ASC", description="Oldest first.")
    ORDER_NUMBER_ASC = strawberry.enum_value("ORDER_NUMBER_ASC", description="By number.")
    ORDER_NUMBER_DESC = strawberry.enum_value(
        "ORDER_NUMBER_DESC", description="By number, the last first."
    )
    STATUS_ASC = strawberry.enum_value("STATUS_ASC", description="By status.")
    STATUS_DESC = strawberry.enum_value("STATUS_DESC", description="By status, the last first.")


@strawberry.input(description="Which orders to list; what is left out or empty does not narrow.")
class OrderFilter(Narrowing):
    """A question about orders."""

    status: list[OrderStatus] | None = strawberry.field(
        default=None, description="Only those in one of these states."
    )
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only this customer's."
    )
    region: str | None = strawberry.field(
        default=None, description="Only those of this region's customers, by code."
    )
    placed_between: DateTimeRange | None = strawberry.field(
        default=None, description="Only those placed in this span."
    )
    overdue_milestone: bool | None = strawberry.field(
        default=None, description="Only those with an overdue milestone, or only those without."
    )
    search: str | None = strawberry.field(
        default=None, description="Only those whose number, or customer's name, contains this."
    )


@strawberry.type
class OrderQueries:
    """Root fields about orders."""

    @strawberry.field(
        description="An order, by id or number; null when there is none that you may see.",
        extensions=[Needs(Action.VIEW_ORDERS)],
    )
    async def order(
        self, info: Info, id: OrderId = None, order_number: OrderNumber = None
    ) -> Order | None:
        """One order."""
        return await _order(info, id, order_number)

    @strawberry.field(
        description="Orders, the newest first unless sorted otherwise.",
        extensions=[Needs(Action.VIEW_ORDERS)],
    )
    async def orders(
        self,
        info: Info,
        filter: Annotated[
            OrderFilter | None, strawberry.argument(description="Which ones.")
        ] = None,
        sort: Annotated[
            list[OrderSort] | None,
            strawberry.argument(description="By what, the most important first; 3 at most."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Order]:
        """A page of orders."""
        asked = filter or OrderFilter()
        placed_from, placed_before = span(asked.placed_between)
        today, _ = await info.context.today()
        question = queries.OrderQuestion(
            statuses=distinct(asked.status),
            customer_id=optional_key(asked.customer_id, "Customer", "customerId"),
            region=asked.region,
            placed_from=placed_from,
            placed_before=placed_before,
            overdue_on=today,
            is_overdue=asked.overdue_milestone,
            search=asked.search,
        )
        sorting = _sorting(sort or [])
        found: Connection[Order] = await listed(
            info,
            lambda session, question, page: queries.orders(session, question, sorting, page),
            queries.count_orders,
            question,
            PageArguments(first, after, last, before),
            Order.of,
        )
        return found

    @strawberry.field(
        description="The whole story of an order by time: commands, milestones, payments, "
        "reservations, shipments and tracking, inspections; the last 200 entries, unless said "
        "otherwise. Null when there is no such order that you may see.",
        extensions=[Needs(Action.VIEW_ORDERS)],
        metadata={SIZE: MAX_PAGE_SIZE},
    )
    async def order_timeline(
        self,
        info: Info,
        order_id: OrderId = None,
        order_number: OrderNumber = None,
        locale: LocaleArgument = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> list[TimelineEntry] | None:
        """Everything that happened to one order."""
        order = await _order(info, order_id, order_number)
        if order is None:
            return None
        entries = await info.context.load.timeline_by_order.load(order.row.id)
        return paged_timeline(
            entries, PageArguments(first, after, last, before), language_of(info, locale)
        )


async def _order(info: Info, id: str | None, number: str | None) -> Order | None:
    key = optional_key(id, "Order", "id")
    if key is not None:
        return await order_by_key(info.context, key)
    if number is None:
        return None
    row = await info.context.load.order_by_number.load(number)
    return None if row is None else Order.of(row)


def _sorting(wanted: list[OrderSort]) -> Sorting:
    if len(wanted) > 3:
        raise InvalidInput(msg("lists.SORT_BY_THREE"), field="sort")
    if not wanted:
        return queries.NEWEST_FIRST
    return queries.sorting([each.name for each in wanted])

"""Whom to talk to at a customer, and what it has traded (P2)."""

import datetime as dt

import strawberry

from domain.roles import Action
from gql.nodes import Node, findable, found_by, global_id
from gql.permissions import ForOurPeople
from gql.scalars import BigInt, Money
from persistence.parties.customers import TradingHistory as TradingView
from persistence.tables import CustomerContactRow


@strawberry.type(description="A person to talk to at a customer (P2).")
class CustomerContact(Node):
    """A contact."""

    row: strawberry.Private[CustomerContactRow]
    name: str = strawberry.field(description="The person's name.")
    position: str | None = strawberry.field(description="What the person does there.")
    phone: str | None = strawberry.field(description="Telephone.")
    email: str | None = strawberry.field(description="E-mail.")
    is_main: bool = strawberry.field(description="Whether to talk to this person first.")
    is_erased: bool = strawberry.field(description="Whether the personal data was erased.")
    version: int = strawberry.field(description="Counts its changes.")

    @classmethod
    def of(cls, row: CustomerContactRow) -> "CustomerContact":
        """The contact of a row."""
        return cls(
            id=global_id("CustomerContact", row.id),
            row=row,
            name=row.name,
            position=row.position,
            phone=row.phone,
            email=row.email,
            is_main=row.is_main,
            is_erased=row.erased_at is not None,
            version=row.version,
        )

    @strawberry.field(description="What else one should know.", extensions=[ForOurPeople()])
    async def note(self) -> str | None:
        """Our own words."""
        return self.row.note


_contact_by_key = found_by(CustomerContact.of, lambda load: load.contact)


@strawberry.type(description="What a customer has traded so far; cancelled orders don't count.")
class TradingHistory:
    """Trade in figures."""

    orders: int = strawberry.field(description="How many orders.")
    open_orders: int = strawberry.field(description="Of these, neither delivered nor closed.")
    units_ordered: BigInt = strawberry.field(description="Units ordered.")
    units_shipped: BigInt = strawberry.field(description="Units shipped.")
    value: Money = strawberry.field(description="The orders' totals together.")
    paid: Money = strawberry.field(description="Receipts and deposits together.")
    first_order_at: dt.datetime | None = strawberry.field(description="Its first order.")
    last_order_at: dt.datetime | None = strawberry.field(description="Its latest order.")

    @classmethod
    def of(cls, view: TradingView, currency: str) -> "TradingHistory":
        """The figures of one customer."""
        return cls(
            orders=view.orders,
            open_orders=view.open_orders,
            units_ordered=BigInt(view.units_ordered),
            units_shipped=BigInt(view.units_shipped),
            value=Money.of(view.value, currency),
            paid=Money.of(view.paid, currency),
            first_order_at=view.first_order_at,
            last_order_at=view.last_order_at,
        )


findable(CustomerContact, Action.VIEW_CUSTOMERS, _contact_by_key)

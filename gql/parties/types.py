"""Regions, warehouses, stores and customers."""

import datetime as dt
from typing import Annotated

import strawberry

from domain.currencies import CurrencyCode
from domain.parties.vocabularies import (
    CustomerClass,
    CustomerKind,
    PaymentTerms,
    StoreKind,
    WarehouseKind,
)
from domain.roles import Action
from gql.connections import (
    listing,
    pages,
)
from gql.context import Info
from gql.input_changes import Narrowing
from gql.language import LocaleArgument, pick
from gql.nodes import Node, findable, found_by, global_id, optional_key, related
from gql.parties.contacts import CustomerContact, TradingHistory
from gql.permissions import Needs
from gql.pricing import PricePlan, plan_by_key
from gql.references import CUSTOMER_FUNDS, ORDER, CustomerFundsRef, OrderRef
from gql.scalars import Money
from gql.vocabularies import distinct
from persistence.orders import queries as order_queries
from persistence.parties import queries
from persistence.tables import CustomerRow, RegionRow, StoreRow, WarehouseRow


@strawberry.type(description="A sales region.")
class Region(Node):
    """A region of the company."""

    row: strawberry.Private[RegionRow]
    code: str = strawberry.field(description="The company's own code.")

    @classmethod
    def of(cls, row: RegionRow) -> "Region":
        """The region of a row."""
        return cls(id=global_id("Region", row.id), row=row, code=row.code)

    @strawberry.field(description="Its name.")
    def name(self, info: Info, locale: LocaleArgument = None) -> str:
        """The name in a language."""
        return pick(info, locale, self.row.name, self.row.name_zh)


region_by_key = found_by(Region.of, lambda load: load.region)


@strawberry.type(description="A place that holds stock.")
class Warehouse(Node):
    """A central warehouse, or a region's own."""

    row: strawberry.Private[WarehouseRow]
    code: str = strawberry.field(description="The company's own code.")
    kind: WarehouseKind = strawberry.field(description="What it is for.")

    @classmethod
    def of(cls, row: WarehouseRow) -> "Warehouse":
        """The warehouse of a row."""
        return cls(
            id=global_id("Warehouse", row.id),
            row=row,
            code=row.code,
            kind=row.kind,
        )

    @strawberry.field(description="Its name.")
    def name(self, info: Info, locale: LocaleArgument = None) -> str:
        """The name in a language."""
        return pick(info, locale, self.row.name, self.row.name_zh)

    region = related(
        Region | None,
        "The region whose own it is; none for a central one.",
        region_by_key,
        "region_id",
    )


warehouse_by_key = found_by(Warehouse.of, lambda load: load.warehouse)


@strawberry.type(description="A direct or joint store of a region.")
class Store(Node):
    """A store; its tier orders it within its region."""

    row: strawberry.Private[StoreRow]
    code: str = strawberry.field(description="The company's own code.")
    kind: StoreKind = strawberry.field(description="Whose it is.")
    tier: str = strawberry.field(description="Its tier, such as A.")
    version: int = strawberry.field(description="Counts its changes.")

    @classmethod
    def of(cls, row: StoreRow) -> "Store":
        """The store of a row."""
        return cls(
            id=global_id("Store", row.id),
            row=row,
            code=row.code,
            kind=row.kind,
            tier=row.tier,
            version=row.version,
        )

    @strawberry.field(description="Its name.")
    def name(self, info: Info, locale: LocaleArgument = None) -> str:
        """The name in a language."""
        return pick(info, locale, self.row.name, self.row.name_zh)

    region = related(Region, "The region it belongs to.", region_by_key, "region_id")


store_by_key = found_by(Store.of, lambda load: load.store)


@strawberry.type(description="Whoever orders from us.")
class Customer(Node):
    """A franchisee, distributor, export customer, or own region as a customer."""

    row: strawberry.Private[CustomerRow]
    code: str = strawberry.field(description="The company's own code.")
    kind: CustomerKind = strawberry.field(description="What kind of customer it is.")
    customer_class: CustomerClass = strawberry.field(description="How it is classed.")
    payment_terms: PaymentTerms = strawberry.field(description="When it pays.")
    currency: CurrencyCode = strawberry.field(description="The currency of its account.")
    rank: int = strawberry.field(description="Its rank among the franchisees; 1 is first (P7).")
    created_at: dt.datetime = strawberry.field(description="When it was entered here.")
    version: int = strawberry.field(description="Counts its changes.")

    @classmethod
    def of(cls, row: CustomerRow) -> "Customer":
        """The customer of a row."""
        return cls(
            id=global_id("Customer", row.id),
            row=row,
            code=row.code,
            kind=row.kind,
            customer_class=row.customer_class,
            payment_terms=row.payment_terms,
            currency=CurrencyCode(row.currency),
            rank=row.rank,
            created_at=row.created_at,
            version=row.version,
        )

    @strawberry.field(description="Its name.")
    def name(self, info: Info, locale: LocaleArgument = None) -> str:
        """The name in a language."""
        return pick(info, locale, self.row.name, self.row.name_zh)

    @strawberry.field(
        description="Its own credit limit; null: what policy and payment terms say (F2).",
        extensions=[Needs(Action.VIEW_FUNDS)],
    )
    def credit_limit(self) -> Money | None:
        """Its limit."""
        limit = self.row.credit_limit
        return None if limit is None else Money.of(limit, self.row.currency)

    @strawberry.field(description="Its rank among the unfunded; null: the same as its rank (A5).")
    def reserve_rank(self) -> int | None:
        """Its rank for reservations."""
        return self.row.reserve_rank

    @strawberry.field(
        description="Who of us is responsible for it.", extensions=[Needs(Action.VIEW_SUPPLY)]
    )
    async def salesperson(self, info: Info) -> str | None:
        """Its salesperson's subject."""
        if self.row.salesperson_id is None:
            return None
        person = await info.context.load.person.load(self.row.salesperson_id)
        return None if person is None else str(person.subject)

    price_plan = related(
        PricePlan | None,
        "The price plan it is on; null: list prices (P3).",
        plan_by_key,
        "price_plan_id",
    )

    @strawberry.field(description="Whom to talk to there, the main contact first (P2).")
    async def contacts(self, info: Info) -> list[CustomerContact]:
        """Its contacts."""
        rows = await info.context.load.contacts_by_customer.load(self.row.id)
        return [CustomerContact.of(row) for row in rows]

    @strawberry.field(description="What it has traded so far (P2).")
    async def trading_history(self, info: Info) -> TradingHistory:
        """Its trade in figures."""
        view = await info.context.load.trading_by_customer.load(self.row.id)
        return TradingHistory.of(view, self.row.currency)

    region = related(
        Region | None,
        "The region it belongs to, where it belongs to one.",
        region_by_key,
        "region_id",
    )

    orders = pages(
        OrderRef,
        "Its orders, the newest first.",
        order_queries.orders_by_customer,
        order_queries.count_orders_by_customer,
        made=ORDER.of,
    )
    funds = related(
        CustomerFundsRef,
        "What it can spend now, and from what.",
        CUSTOMER_FUNDS.get,
        "id",
        extensions=[Needs(Action.VIEW_FUNDS)],
    )


customer_by_key = found_by(Customer.of, lambda load: load.customer)


@strawberry.input(description="Which customers to list; what is left out or empty does not narrow.")
class CustomerFilter(Narrowing):
    """A question about customers."""

    kind: list[CustomerKind] | None = strawberry.field(
        default=None, description="Only these kinds."
    )
    customer_class: list[CustomerClass] | None = strawberry.field(
        default=None, description="Only these classes."
    )
    region: str | None = strawberry.field(default=None, description="Only this region, by code.")
    search: str | None = strawberry.field(
        default=None, description="Only those whose code or name contains this."
    )

    def question(self) -> queries.CustomerQuestion:
        """The question to the database."""
        return queries.CustomerQuestion(
            kinds=distinct(self.kind),
            classes=distinct(self.customer_class),
            region=self.region,
            search=self.search,
        )


@strawberry.type
class PartyQueries:
    """Root fields about parties."""

    @strawberry.field(
        description="A customer, by id or code; null when there is none that you may see.",
        extensions=[Needs(Action.VIEW_CUSTOMERS)],
    )
    async def customer(
        self,
        info: Info,
        id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The customer's id.")
        ] = None,
        code: Annotated[str | None, strawberry.argument(description="The customer's code.")] = None,
    ) -> Customer | None:
        """One customer."""
        key = optional_key(id, "Customer", "id")
        load = info.context.load
        row = None
        if key is not None:
            row = await load.customer.load(key)
        elif code is not None:
            row = await load.customer_by_code.load(code)
        return None if row is None else Customer.of(row)

    customers = listing(
        Customer,
        "Customers, by code.",
        Action.VIEW_CUSTOMERS,
        queries.customers,
        queries.count_customers,
        CustomerFilter,
    )


findable(Region, Action.VIEW_CUSTOMERS, region_by_key)
findable(Store, Action.VIEW_SUPPLY, store_by_key)
findable(Warehouse, Action.VIEW_CUSTOMERS, warehouse_by_key)
findable(Customer, Action.VIEW_CUSTOMERS, customer_by_key)

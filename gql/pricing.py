"""Price plans, and what a SKU costs on a day."""

import datetime as dt
from typing import Annotated

import strawberry

from domain.currencies import CurrencyCode
from domain.errors import InvalidInput
from domain.messages import msg
from domain.pricing import CreatePricePlan, SetPrices
from domain.roles import Action
from gql import contract
from gql.connections import listing
from gql.context import Info
from gql.limits import MAX_PAGE_SIZE
from gql.mutations import REFUSALS, UserError
from gql.nodes import Node, findable, found_by, global_id
from gql.permissions import ForOurPeople, Needs
from gql.scalars import Money
from persistence import pricing as queries
from persistence.tables import PricePlanPriceRow, PricePlanRow
from services.pricing import create_price_plan, prices_at, set_prices


@strawberry.type(description="A price of a plan from a day on.")
class PlanPrice:
    """A price as it was entered."""

    row: strawberry.Private[PricePlanPriceRow]
    price: Money = strawberry.field(description="Price of a unit.")
    valid_from: dt.date = strawberry.field(description="The first day on which it holds.")
    valid_to: dt.date | None = strawberry.field(
        description="The last day; null: until another begins."
    )
    entered_by: str = strawberry.field(description="Who entered it.")
    entered_at: dt.datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: PricePlanPriceRow, currency: str) -> "PlanPrice":
        """The price of a row."""
        return cls(
            row=row,
            price=Money.of(row.unit_price, currency),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            entered_by=row.entered_by,
            entered_at=row.entered_at,
        )

    @strawberry.field(description="Why, where that was said.", extensions=[ForOurPeople()])
    async def reason(self) -> str | None:
        """Our own words."""
        return self.row.reason


@strawberry.type(description="A list of prices that customers are put on (P3).")
class PricePlan(Node):
    """A plan."""

    row: strawberry.Private[PricePlanRow]
    code: str = strawberry.field(description="The company's own code.")
    name: str = strawberry.field(description="Its name.")
    currency: CurrencyCode = strawberry.field(description="The currency of its prices.")
    version: int = strawberry.field(description="Counts its changes.")

    @classmethod
    def of(cls, row: PricePlanRow) -> "PricePlan":
        """The plan of a row."""
        return cls(
            id=global_id("PricePlan", row.id),
            row=row,
            code=row.code,
            name=row.name,
            currency=CurrencyCode(row.currency),
            version=row.version,
        )

    @strawberry.field(description="Every price it ever had for a SKU, the earliest first.")
    async def prices(
        self, info: Info, sku: Annotated[str, strawberry.argument(description="The SKU, by code.")]
    ) -> list[PlanPrice]:
        """The history of a SKU's price."""
        async with info.context.uow() as uow:
            keys = await queries.sku_keys(uow.session, [sku])
            if sku not in keys:
                return []
            rows = await queries.prices_of_sku(uow.session, self.row.id, keys[sku])
        return [PlanPrice.of(row, self.row.currency) for row in rows]


plan_by_key = found_by(PricePlan.of, lambda load: load.price_plan)


@strawberry.type(description="What a unit costs on a day.")
class SkuPrice:
    """A price that holds."""

    sku: str = strawberry.field(description="The SKU, by code.")
    price: Money = strawberry.field(description="Price of a unit.")
    is_from_plan: bool = strawberry.field(
        description="Whether a price plan says so, and not the list price."
    )
    valid_from: dt.date | None = strawberry.field(
        description="Since when the plan says so; null for a list price."
    )


@strawberry.type(description="The plan, or every reason why nothing was changed.")
class PricePlanPayload:
    """The answer to `pricePlanCreate` and `priceSet`."""

    price_plan: PricePlan | None = strawberry.field(description="The plan.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type
class PricingQueries:
    """Root fields about prices."""

    price_plans = listing(
        PricePlan,
        "Price plans, by code (P3).",
        Action.VIEW_PRICES,
        queries.plans,
        queries.count_plans,
    )

    @strawberry.field(
        description="What up to 200 SKUs cost on a day, for a customer or under a plan.",
        extensions=[Needs(Action.VIEW_PRICES)],
    )
    async def prices(
        self,
        info: Info,
        skus: Annotated[list[str], strawberry.argument(description="SKUs by code.")],
        customer: Annotated[
            str | None, strawberry.argument(description="The customer, by code.")
        ] = None,
        plan: Annotated[str | None, strawberry.argument(description="The plan, by code.")] = None,
        on: Annotated[
            dt.date | None, strawberry.argument(description="The day; none = today.")
        ] = None,
    ) -> list[SkuPrice]:
        """Prices that hold."""
        if len(skus) > MAX_PAGE_SIZE:
            raise InvalidInput(msg("lists.MOST_SKUS", most=MAX_PAGE_SIZE), field="skus")
        today, _ = await info.context.today()
        async with info.context.uow() as uow:
            found = await prices_at(uow, skus, on or today, customer=customer, plan=plan)
        return [
            SkuPrice(
                sku=code,
                price=Money.of(found[code].price, found[code].currency),
                is_from_plan=found[code].from_plan,
                valid_from=found[code].valid_from,
            )
            for code in skus
            if code in found
        ]


_mutation = contract.answered_with(PricePlanPayload, "price_plan", plan_by_key)


@strawberry.type
class PricingMutations:
    """Root fields that change prices."""

    price_plan_create = _mutation(CreatePricePlan, create_price_plan, "The plan.")
    price_set = _mutation(SetPrices, set_prices, "The prices.")


findable(PricePlan, Action.VIEW_PRICES, plan_by_key)

"""What departments send to set master data."""

import datetime as dt
from decimal import Decimal

import strawberry

from domain.master_data import Area, PaymentTerms, Value, launch_plan_of
from domain.seasons import SellingSeason
from gql.input_changes import stated
from gql.mutations import KEY
from services.master_data import NewValue, SetMasterData

EXPECTED = "Refused when the object has another version by now."


@strawberry.input(description="From which day, why, and under which key.")
class MasterDataInput:
    """What all of these have in common."""

    valid_from: dt.date | None = strawberry.field(
        default=None, description="The first day on which it holds; none = today, at once."
    )
    reason: str | None = strawberry.field(default=None, description="Why; kept in the history.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def command(self, area: Area, action: str, changes: list[NewValue]) -> SetMasterData:
        """The command of a whole list."""
        return SetMasterData(area, tuple(changes), action, self.valid_from, self.reason)


@strawberry.input(description="One item of a list of changes.")
class ItemInput:
    """What every item may say."""

    expected_version: int | None = strawberry.field(default=None, description=EXPECTED)

    def new(self, value: Value, *codes: str) -> NewValue:
        """The value for one object."""
        return NewValue(codes, value, self.expected_version)


@strawberry.input(description="A product's rank.")
class ProductRankInput(ItemInput):
    """Rank of a product."""

    product: str = strawberry.field(description="The product, by code.")
    rank: int | None = stated("Its rank; 1 is first.", null="it is taken out of a season's plan")


@strawberry.input(description="Ranks of products, in general or in a season's plan.")
class ProductRankSetInput(MasterDataInput):
    """Ranks to set."""

    season: SellingSeason | None = strawberry.field(
        default=None, description="The season whose plan it is; none = the general rank."
    )
    ranks: list[ProductRankInput] = strawberry.field(description="All are taken, or none.")

    def as_command(self) -> SetMasterData:
        """The command."""
        area = Area.PRODUCT_RANK if self.season is None else launch_plan_of(self.season)
        changes = [each.new(each.rank, each.product) for each in self.ranks]
        return self.command(area, "productRankSet", changes)


@strawberry.input(description="A season's whole launch plan (产品上市计划).")
class LaunchPlanUpdateInput(MasterDataInput):
    """A plan in place of the one there is."""

    season: SellingSeason = strawberry.field(description="The season.")
    ranks: list[ProductRankInput] = strawberry.field(
        description="Every product of the plan; those left out lose their place in it."
    )


@strawberry.input(description="A franchisee's rank.")
class CustomerRankInput(ItemInput):
    """Rank of a customer."""

    customer: str = strawberry.field(description="The customer, by code.")
    rank: int | None = stated(
        "Its rank; 1 is first.", null="as among the funded, which only the unfunded can be"
    )


@strawberry.input(description="Ranks of franchisees.")
class CustomerRankSetInput(MasterDataInput):
    """Ranks to set."""

    among_unfunded: bool = strawberry.field(
        default=False, description="Whether they count only among those without funds (A5)."
    )
    ranks: list[CustomerRankInput] = strawberry.field(description="All are taken, or none.")

    def as_command(self) -> SetMasterData:
        """The command."""
        area = Area.RESERVE_RANK if self.among_unfunded else Area.CUSTOMER_RANK
        changes = [each.new(each.rank, each.customer) for each in self.ranks]
        return self.command(area, "customerRankSet", changes)


@strawberry.input(description="A store's tier.")
class StoreTierInput(ItemInput):
    """Tier of a store."""

    store: str = strawberry.field(description="The store, by code.")
    tier: str = strawberry.field(description="One of the policy's tiers, such as A.")


@strawberry.input(description="Tiers of stores.")
class StoreTierSetInput(MasterDataInput):
    """Tiers to set."""

    tiers: list[StoreTierInput] = strawberry.field(description="All are taken, or none.")

    def as_command(self) -> SetMasterData:
        """The command."""
        changes = [each.new(each.tier, each.store) for each in self.tiers]
        return self.command(Area.STORE_TIER, "storeTierSet", changes)


@strawberry.input(description="A customer's credit limit.")
class CreditLimitInput(ItemInput):
    """Limit of a customer."""

    customer: str = strawberry.field(description="The customer, by code.")
    limit: Decimal | None = stated(
        "In the currency of its account.", null="what policy and payment terms say"
    )


@strawberry.input(description="Credit limits of customers.")
class CreditLimitSetInput(MasterDataInput):
    """Limits to set."""

    limits: list[CreditLimitInput] = strawberry.field(description="All are taken, or none.")

    def as_command(self) -> SetMasterData:
        """The command."""
        changes = [each.new(each.limit, each.customer) for each in self.limits]
        return self.command(Area.CREDIT_LIMIT, "creditLimitSet", changes)


@strawberry.input(description="A customer's payment terms.")
class CustomerTermsInput(ItemInput):
    """Terms of a customer."""

    customer: str = strawberry.field(description="The customer, by code.")
    terms: PaymentTerms = strawberry.field(description="When it pays.")


@strawberry.input(description="Payment terms of customers.")
class PaymentTermsSetInput(MasterDataInput):
    """Terms to set."""

    terms: list[CustomerTermsInput] = strawberry.field(description="All are taken, or none.")

    def as_command(self) -> SetMasterData:
        """The command."""
        changes = [each.new(each.terms, each.customer) for each in self.terms]
        return self.command(Area.PAYMENT_TERMS, "paymentTermsSet", changes)


@strawberry.input(description="A salesperson's quota of guarantees.")
class GuaranteeQuotaInput(ItemInput):
    """Quota of a person."""

    person: str = strawberry.field(description="The salesperson, by subject.")
    quota: Decimal | None = stated("In the company's currency.", null="nothing may be guaranteed")


@strawberry.input(description="Quotas of guarantees (担保).")
class GuaranteeQuotaSetInput(MasterDataInput):
    """Quotas to set."""

    quotas: list[GuaranteeQuotaInput] = strawberry.field(description="All are taken, or none.")

    def as_command(self) -> SetMasterData:
        """The command."""
        changes = [each.new(each.quota, each.person) for each in self.quotas]
        return self.command(Area.GUARANTEE_QUOTA, "guaranteeQuotaSet", changes)


@strawberry.input(description="A store's safety stock of a SKU.")
class SafetyStockInput(ItemInput):
    """Safety stock."""

    store: str = strawberry.field(description="The store, by code.")
    sku: str = strawberry.field(description="The SKU, by code.")
    units: int = strawberry.field(description="How many it should hold.")


@strawberry.input(description="Safety stock of stores.")
class SafetyStockSetInput(MasterDataInput):
    """Safety stock to set."""

    stocks: list[SafetyStockInput] = strawberry.field(description="All are taken, or none.")

    def as_command(self) -> SetMasterData:
        """The command."""
        changes = [each.new(each.units, each.store, each.sku) for each in self.stocks]
        return self.command(Area.SAFETY_STOCK, "safetyStockSet", changes)


@strawberry.input(description="A region's reserve of a SKU.")
class RegionReserveInput(ItemInput):
    """Reserve."""

    region: str = strawberry.field(description="The region, by code.")
    sku: str = strawberry.field(description="The SKU, by code.")
    units: int = strawberry.field(description="How many it should hold.")


@strawberry.input(description="Reserves of regions (备货).")
class RegionReserveSetInput(MasterDataInput):
    """Reserves to set."""

    reserves: list[RegionReserveInput] = strawberry.field(description="All are taken, or none.")

    def as_command(self) -> SetMasterData:
        """The command."""
        changes = [each.new(each.units, each.region, each.sku) for each in self.reserves]
        return self.command(Area.REGION_RESERVE, "regionReserveSet", changes)

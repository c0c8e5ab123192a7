"""What departments can ask of master data: values from a day on, and calling planned ones off (P7).

A set of master data is an area, an item that names its object by one code or two and then gives its
value, and a command with a list of such items. The API, the permission and the audit log follow.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from domain.commands import command, contract_fields, described, part, shared, stated
from domain.master_data.areas import RULES, Area, launch_plan_of
from domain.master_data.values import Value
from domain.parties.vocabularies import PaymentTerms
from domain.roles import Action
from domain.seasons import SellingSeason

ALL_OR_NONE = "All are taken, or none."


@dataclass(frozen=True, slots=True)
class NewValue:
    """One object's value; the object by its code, or by two, such as store and SKU."""

    object: tuple[str, ...]
    value: Value
    expected_version: int | None = None


@shared
class Item:
    """One item of a list: after this field the codes of its object, and last the value."""

    expected_version: int | None = described(
        "Refused when the object has another version by now.", default=None
    )

    def new_value(self) -> NewValue:
        """The value for its object."""
        said = [getattr(self, field.name) for field, _ in contract_fields(type(self))]
        return NewValue(tuple(said[1:-1]), said[-1], said[0])


@shared
class SetValues:
    """From which day, why, and under which key."""

    # Whose values they are, where it is always the same area.
    of: ClassVar[Area]

    valid_from: dt.date | None = described(
        "The first day on which it holds; none = today, at once.", default=None
    )
    reason: str | None = described("Why; kept in the history.", default=None)

    @property
    def area(self) -> Area:
        """The area whose values are set."""
        return self.of

    def new_values(self) -> tuple[NewValue, ...]:
        """The values of its list, which is its last field."""
        *_, (listed, _) = contract_fields(type(self))
        return tuple(each.new_value() for each in getattr(self, listed.name))


@part("ProductRankInput")
class ProductRank(Item):
    """A product's rank."""

    product: str = described("The product, by code.")
    rank: int | None = stated("Its rank; 1 is first.", null="it is taken out of a season's plan")


@command(
    "productRankSet",
    RULES[Area.PRODUCT_RANK].action,
    title=("Rank products", "设定产品优先级"),
    history=("Products ranked", "已设定产品优先级"),
    input_description="Ranks of products, in general or in a season's plan.",
)
class RankProducts(SetValues):
    """PRODUCT ranks products, in general or in a season's launch plan (P3, P7)."""

    season: SellingSeason | None = described(
        "The season whose plan it is; none = the general rank.", default=None, kw_only=True
    )
    ranks: tuple[ProductRank, ...] = described(ALL_OR_NONE)

    @property
    def area(self) -> Area:
        """The season's plan, or the general ranks."""
        return Area.PRODUCT_RANK if self.season is None else launch_plan_of(self.season)


@command(
    "launchPlanUpdate",
    RULES[Area.SPRING_SUMMER_PLAN].action,
    title=("Replace a launch plan", "更新产品上市计划"),
    history=("Launch plan replaced", "已更新产品上市计划"),
    input_description="A season's whole launch plan (产品上市计划).",
)
class ReplaceLaunchPlan(SetValues):
    """PRODUCT puts a season's whole launch plan in place of the old one (P3, P7)."""

    season: SellingSeason = described("The season.")
    ranks: tuple[ProductRank, ...] = described(
        "Every product of the plan; those left out lose their place in it."
    )

    @property
    def area(self) -> Area:
        """The season's plan."""
        return launch_plan_of(self.season)

    def in_place_of(self, planned: Collection[str]) -> tuple[NewValue, ...]:
        """The plan's values, and none for those products of the old plan that it leaves out."""
        listed = {each.product for each in self.ranks}
        dropped = (NewValue((code,), None) for code in planned if code not in listed)
        return (*self.new_values(), *dropped)


@part("CustomerRankInput")
class CustomerRank(Item):
    """A franchisee's rank."""

    customer: str = described("The customer, by code.")
    rank: int | None = stated(
        "Its rank; 1 is first.", null="as among the funded, which only the unfunded can be"
    )


@command(
    "customerRankSet",
    RULES[Area.CUSTOMER_RANK].action,
    title=("Rank franchisees", "设定加盟商优先级"),
    history=("Franchisees ranked", "已设定加盟商优先级"),
    input_description="Ranks of franchisees.",
)
class RankCustomers(SetValues):
    """CHANNEL ranks franchisees; `customerRankProposal` computes what it could be."""

    among_unfunded: bool = described(
        "Whether they count only among those without funds (A5).", default=False, kw_only=True
    )
    ranks: tuple[CustomerRank, ...] = described(ALL_OR_NONE)

    @property
    def area(self) -> Area:
        """The ranks among the funded, or those among the unfunded."""
        return Area.RESERVE_RANK if self.among_unfunded else Area.CUSTOMER_RANK


@part("StoreTierInput")
class StoreTier(Item):
    """A store's tier."""

    store: str = described("The store, by code.")
    tier: str = described("One of the policy's tiers, such as A.")


@command(
    "storeTierSet",
    RULES[Area.STORE_TIER].action,
    title=("Set store tiers", "设定店铺级别"),
    history=("Store tiers set", "已设定店铺级别"),
    input_description="Tiers of stores.",
)
class SetStoreTiers(SetValues):
    """PRODUCT or CHANNEL sets tiers of stores (P4, P7)."""

    of = Area.STORE_TIER

    tiers: tuple[StoreTier, ...] = described(ALL_OR_NONE)


@part("CreditLimitInput")
class CreditLimit(Item):
    """A customer's credit limit."""

    customer: str = described("The customer, by code.")
    limit: Decimal | None = stated(
        "In the currency of its account.", null="what policy and payment terms say"
    )


@command(
    "creditLimitSet",
    RULES[Area.CREDIT_LIMIT].action,
    title=("Set credit limits", "设定信用额度"),
    history=("Credit limits set", "已设定信用额度"),
    input_description="Credit limits of customers.",
)
class SetCreditLimits(SetValues):
    """FINANCE sets credit limits (F2, P7)."""

    of = Area.CREDIT_LIMIT

    limits: tuple[CreditLimit, ...] = described(ALL_OR_NONE)


@part("CustomerTermsInput")
class CustomerTerms(Item):
    """A customer's payment terms."""

    customer: str = described("The customer, by code.")
    terms: PaymentTerms = described("When it pays.")


@command(
    "paymentTermsSet",
    RULES[Area.PAYMENT_TERMS].action,
    title=("Set payment terms", "设定付款条件"),
    history=("Payment terms set", "已设定付款条件"),
    input_description="Payment terms of customers.",
)
class SetPaymentTerms(SetValues):
    """FINANCE sets payment terms, which decide about credit (P2, F2)."""

    of = Area.PAYMENT_TERMS

    terms: tuple[CustomerTerms, ...] = described(ALL_OR_NONE)


@part("GuaranteeQuotaInput")
class GuaranteeQuota(Item):
    """A salesperson's quota of guarantees."""

    person: str = described("The salesperson, by subject.")
    quota: Decimal | None = stated("In the company's currency.", null="nothing may be guaranteed")


@command(
    "guaranteeQuotaSet",
    RULES[Area.GUARANTEE_QUOTA].action,
    title=("Set guarantee quotas", "设定担保额度"),
    history=("Guarantee quotas set", "已设定担保额度"),
    input_description="Quotas of guarantees (担保).",
)
class SetGuaranteeQuotas(SetValues):
    """FINANCE sets how much each salesperson may guarantee (F2, P7)."""

    of = Area.GUARANTEE_QUOTA

    quotas: tuple[GuaranteeQuota, ...] = described(ALL_OR_NONE)


@part("SafetyStockInput")
class SafetyStock(Item):
    """A store's safety stock of a SKU."""

    store: str = described("The store, by code.")
    sku: str = described("The SKU, by code.")
    units: int = described("How many it should hold.")


@command(
    "safetyStockSet",
    RULES[Area.SAFETY_STOCK].action,
    title=("Set safety stock", "设定安全库存"),
    history=("Safety stock set", "已设定安全库存"),
    input_description="Safety stock of stores.",
)
class SetSafetyStock(SetValues):
    """Planners set the safety stock of stores (P4)."""

    of = Area.SAFETY_STOCK

    stocks: tuple[SafetyStock, ...] = described(ALL_OR_NONE)


@part("RegionReserveInput")
class RegionReserve(Item):
    """A region's reserve of a SKU."""

    region: str = described("The region, by code.")
    sku: str = described("The SKU, by code.")
    units: int = described("How many it should hold.")


@command(
    "regionReserveSet",
    RULES[Area.REGION_RESERVE].action,
    title=("Set regional reserves", "设定区域备货"),
    history=("Regional reserves set", "已设定区域备货"),
    input_description="Reserves of regions (备货).",
)
class SetRegionReserves(SetValues):
    """Planners set the reserves of regions (P4)."""

    of = Area.REGION_RESERVE

    reserves: tuple[RegionReserve, ...] = described(ALL_OR_NONE)


@command(
    "masterDataWithdraw",
    Action.VIEW_MASTER_DATA,
    title=("Call planned values off", "撤回计划的主数据变更"),
    history=("Planned values called off", "已撤回计划的主数据变更"),
    input_description="Planned changes to call off.",
)
class WithdrawValues:
    """Call planned values off before their day; each is for the department that sets it. What is in
    force is changed by a new value (P7).
    """

    change_ids: tuple[int, ...] = described(
        "The changes' ids; one to 200.", name="ids", id_of="MasterDataChange"
    )
    reason: str = described("Why; kept with the changes.")

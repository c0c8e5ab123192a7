"""What departments set: of which things, who sets it, and what its values look like (P7)."""

from dataclasses import dataclass
from enum import StrEnum

from domain.roles import Action
from domain.seasons import SellingSeason
from domain.vocabulary import Vocabulary, word


class Area(Vocabulary):
    """A kind of value that departments set (P7).

    Each has its own history and counts its own changes.
    """

    PRODUCT_RANK = word("Rank of a product", "产品优先级", "General rank of a product.")
    SPRING_SUMMER_PLAN = word(
        "Launch plan of spring and summer",
        "春夏季产品上市计划",
        "Place in the launch plan of spring and summer.",
    )
    AUTUMN_WINTER_PLAN = word(
        "Launch plan of autumn and winter",
        "秋冬季产品上市计划",
        "Place in the launch plan of autumn and winter.",
    )
    CUSTOMER_RANK = word("Rank of a franchisee", "加盟商优先级")
    RESERVE_RANK = word(
        "Rank of an unfunded franchisee",
        "无款加盟商优先级",
        "Rank of a franchisee among the unfunded.",
    )
    CREDIT_LIMIT = word("Credit limit", "信用额度", "Credit limit of a customer.")
    PAYMENT_TERMS = word("Payment terms", "付款条件", "Payment terms of a customer.")
    STORE_TIER = word("Store tier", "店铺级别", "Tier of a store.")
    SAFETY_STOCK = word("Safety stock", "安全库存", "Safety stock of a store's SKU.")
    REGION_RESERVE = word("Regional reserve", "区域备货", "Reserve of a region's SKU (备货).")
    GUARANTEE_QUOTA = word(
        "Guarantee quota", "担保额度", "How much a salesperson may guarantee (担保)."
    )


class Kind(StrEnum):
    """What values look like."""

    RANK = "RANK"
    UNITS = "UNITS"
    AMOUNT = "AMOUNT"
    TIER = "TIER"
    TERMS = "TERMS"


@dataclass(frozen=True, slots=True)
class AreaRule:
    """Who sets an area, of which things (one code, or two), and whether a value may be taken away.

    meaning_of_none: what holds where there is no value; None where there must be one.
    """

    action: Action
    kind: Kind
    things: tuple[str, ...]
    meaning_of_none: str | None = None


RULES: dict[Area, AreaRule] = {
    Area.PRODUCT_RANK: AreaRule(Action.SET_LAUNCH_PLAN, Kind.RANK, ("product",)),
    Area.SPRING_SUMMER_PLAN: AreaRule(
        Action.SET_LAUNCH_PLAN, Kind.RANK, ("product",), "the product's general rank"
    ),
    Area.AUTUMN_WINTER_PLAN: AreaRule(
        Action.SET_LAUNCH_PLAN, Kind.RANK, ("product",), "the product's general rank"
    ),
    Area.CUSTOMER_RANK: AreaRule(Action.SET_CUSTOMER_RANKS, Kind.RANK, ("customer",)),
    Area.RESERVE_RANK: AreaRule(
        Action.SET_CUSTOMER_RANKS, Kind.RANK, ("customer",), "its rank among the funded"
    ),
    Area.CREDIT_LIMIT: AreaRule(
        Action.SET_CREDIT, Kind.AMOUNT, ("customer",), "what policy and payment terms say"
    ),
    Area.PAYMENT_TERMS: AreaRule(Action.SET_CREDIT, Kind.TERMS, ("customer",)),
    Area.STORE_TIER: AreaRule(Action.SET_CHANNEL_RANKS, Kind.TIER, ("store",)),
    Area.SAFETY_STOCK: AreaRule(Action.SET_STOCK_TARGETS, Kind.UNITS, ("store", "SKU")),
    Area.REGION_RESERVE: AreaRule(Action.SET_STOCK_TARGETS, Kind.UNITS, ("region", "SKU")),
    Area.GUARANTEE_QUOTA: AreaRule(
        Action.SET_GUARANTEE_QUOTAS, Kind.AMOUNT, ("person",), "no guarantees at all"
    ),
}


def launch_plan_of(season: SellingSeason) -> Area:
    """The area that ranks products in a selling season."""
    return (
        Area.SPRING_SUMMER_PLAN
        if season == SellingSeason.SPRING_SUMMER
        else Area.AUTUMN_WINTER_PLAN
    )

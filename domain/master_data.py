"""Master data that departments set: who sets what, which values can be, and from which day (P7).

A value is valid from a day until the next one's day. Of two for the same day the one entered last
counts; nothing is set for a day that is over, since runs have used what held then.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from domain.errors import InvalidInput
from domain.limits import MOST_MONEY, MOST_UNITS
from domain.messages import Message, msg
from domain.money import check_amount
from domain.roles import Action
from domain.seasons import SellingSeason
from domain.vocabulary import Vocabulary, word

Value: TypeAlias = int | str | Decimal | None

# Far beyond any company's lists, and inside what the allocator takes.
HIGHEST_RANK = 1_000_000_000


class PaymentTerms(Vocabulary):
    """When a customer pays."""

    PREPAID = word("Prepaid", "款到发货", "Before the goods leave.")
    TT_DEPOSIT = word(
        "Deposit by transfer", "T/T（预付定金）", "Deposit by transfer, the rest later."
    )
    LC = word("Letter of credit", "信用证（L/C）", "By letter of credit.")
    OPEN_ACCOUNT = word("Open account", "放账", "On open account.")
    DA = word("Documents against acceptance", "承兑交单")
    COD = word("Cash on delivery", "货到付款", "On delivery.")
    MONTHLY = word("Monthly", "月结", "Month by month.")


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


def check_value(area: Area, value: Value, tiers: Iterable[str], currency: str) -> None:
    """Refuse a value that the area cannot take. Raises InvalidInput with what it takes instead.

    currency: of the amounts, which are no finer than its minor unit.
    """
    rule = RULES[area]
    if value is None:
        if rule.meaning_of_none is None:
            raise InvalidInput(msg("master.NO_VALUE"), field="value")
        return
    match rule.kind:
        case Kind.RANK:
            _whole(value, 1, HIGHEST_RANK, msg("master.RANK"))
        case Kind.UNITS:
            _whole(value, 0, MOST_UNITS, msg("master.UNITS"))
        case Kind.AMOUNT:
            _money(value, currency)
        case Kind.TIER:
            _word(value, tuple(tiers), msg("master.TIER"))
        case Kind.TERMS:
            _word(value, tuple(PaymentTerms), msg("master.PAYMENT_TERMS"))


@dataclass(frozen=True, slots=True)
class Dated:
    """A value from a day on; `entered` counts up, so that the later of two entries is known."""

    effective_from: dt.date
    entered: int
    value: Value


def in_force(history: Iterable[Dated], day: dt.date) -> Dated | None:
    """What holds on that day; None before the first value's day."""
    begun = [each for each in history if each.effective_from <= day]
    return max(begun, key=lambda each: (each.effective_from, each.entered), default=None)


def check_day(valid_from: dt.date, today: dt.date) -> None:
    """Refuse a day that is over. Raises InvalidInput."""
    if valid_from < today:
        raise InvalidInput(
            msg("master.DAY_OVER", valid_from=valid_from, today=today),
            field="validFrom",
        )


def _whole(value: Value, least: int, most: int, what: Message) -> None:
    if not isinstance(value, int) or not least <= value <= most:
        raise InvalidInput(
            msg("master.WHOLE_NUMBER", what=what, least=least, most=most), field="value"
        )


def _money(value: Value, currency: str) -> None:
    if not isinstance(value, Decimal) or not value.is_finite() or not 0 <= value <= MOST_MONEY:
        raise InvalidInput(msg("master.AMOUNT", most=MOST_MONEY), field="value")
    check_amount(value, currency, "value")


def _word(value: Value, allowed: tuple[str, ...], what: Message) -> None:
    if value not in allowed:
        raise InvalidInput(msg("master.ONE_OF", what=what, allowed=allowed), field="value")

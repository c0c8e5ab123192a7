"""Which price holds on a day (P3)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from domain.commands import command, described, part
from domain.currencies import CurrencyCode
from domain.limits import CODE, MOST_PRICE, NAME, PLACES, Range, Text
from domain.messages import msg
from domain.objections import Objection
from domain.roles import Action


@command(
    "pricePlanCreate",
    Action.SET_PRICES,
    title=("Make a price plan", "新建价格方案"),
    history=("Price plan made", "已新建价格方案"),
    input_description="A plan to make.",
)
class CreatePricePlan:
    """PRODUCT makes a price plan (P3).

    Until it has prices, its customers pay list prices.
    """

    code: str = described("The company's own code.", limit=Text(CODE))
    name: str = described("Its name.", limit=Text(NAME))
    currency: CurrencyCode = described("The currency of its prices.")


@part("PriceInput")
class NewPrice:
    """A SKU's price from a day on."""

    sku: str = described("The SKU, by code.")
    price: Decimal = described("Price of a unit; six decimals at most.", limit=Range(0, MOST_PRICE))
    valid_from: dt.date | None = described(
        "The first day on which it holds; none = today.", default=None
    )
    valid_to: dt.date | None = described("The last day; none: until another begins.", default=None)


@command(
    "priceSet",
    Action.SET_PRICES,
    title=("Set prices", "设定价格"),
    history=("Prices set", "已设定价格"),
    input_description="Prices of a plan.",
)
class SetPrices:
    """PRODUCT sets prices of a plan from a day on (P3)."""

    plan: str = described("The plan, by code.")
    prices: tuple[NewPrice, ...] = described("All are taken, or none.")
    reason: str | None = described("Why; kept in the history.", default=None)
    expected_version: int | None = described(
        "Refused when the plan has another version by now.", default=None
    )


def object_to_price(price: Decimal) -> Objection | None:
    """A unit price is nothing or more, in six decimals at most, whatever its currency (P3)."""
    if 0 <= price <= MOST_PRICE and price == round(price, PLACES):
        return None
    return Objection(
        msg("values.NO_PRICE"), msg("values.PRICE_RANGE", most=MOST_PRICE, places=PLACES)
    )


@dataclass(frozen=True, slots=True)
class DatedPrice:
    """A price from a day on, up to and with its last day where it has one."""

    price: Decimal
    valid_from: dt.date
    valid_to: dt.date | None
    entered: int

    def holds_on(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def price_on(prices: Iterable[DatedPrice], day: dt.date) -> DatedPrice | None:
    """Of the prices that hold, the one begun last, and of those the one entered last.

    So a price for March alone interrupts a price without an end, which holds again in April.
    """
    holding = [each for each in prices if each.holds_on(day)]
    return max(holding, key=lambda each: (each.valid_from, each.entered), default=None)

"""Which price holds on a day (P3)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from domain.limits import MOST_PRICE, PLACES
from domain.messages import msg
from domain.objections import Objection


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

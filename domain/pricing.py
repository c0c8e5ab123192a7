"""Which price holds on a day (P3)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


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

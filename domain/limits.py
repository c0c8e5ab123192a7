"""How long a text may be, how large a number, and which days there are.

The tables' columns have these widths, and the API's inputs are held to them before anything is
done.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.messages import Message, msg

# Characters. A code names a thing, a name is for people, a text is a reason or a statement.
CODE: Final = 64
NAME: Final = 200
TEXT: Final = 2_000
# No text that the API takes is longer; only a template is as long.
LONGEST: Final = 4_000
# A bank's or customer's own number of a paper, and what is noted beside it.
REFERENCE: Final = 100
# A bank slip's number: beside it the ledger writes the key of the order that it pays for.
SLIP: Final = 64
MEMO: Final = 500
UNIT: Final = 16
EMAIL: Final = 320

# The allocator's own limit of a claim (docs/reference/allocation-files.md).
MOST_UNITS: Final = 20_000_000
# 9 x 10^14 cents: all sums of money stay inside 64-bit integers.
MOST_MONEY: Final = 9_000_000_000_000
# A unit price has eighteen digits, six of them behind the point; no other number has more there.
PLACES: Final = 6
MOST_PRICE: Final = 999_999_999_999
# Days of a contract's terms: ten years.
MOST_DAYS: Final = 3_650
# A number of days in a policy, or any other whole number in one that counts nothing larger: with a
# hundred years no date passes the ends of the calendar.
MOST_POLICY_DAYS: Final = 36_500

# Days that an order of goods can have to do with; a walk over working days between them is short.
FIRST_DAY: Final = dt.date(1970, 1, 1)
LAST_DAY: Final = dt.date(2099, 12, 31)

_SMALLEST = Decimal(1).scaleb(-PLACES)


@dataclass(frozen=True)
class Text:
    """A text that says something, of this many characters at most."""

    longest: int = TEXT

    def fault(self, value: str) -> Message | None:
        """What is wrong with it, and what to do; None when it fits."""
        if len(value) > self.longest:
            return msg("values.LONG_TEXT", characters=len(value), longest=self.longest)
        # Spaces, and marks that nobody sees, say nothing.
        if not any(letter.isprintable() and not letter.isspace() for letter in value):
            return msg("values.BLANK_TEXT")
        return None

    def __str__(self) -> str:
        return f"At most {self.longest:,} characters."


@dataclass(frozen=True)
class Range:
    """A number from the least to the most, both included."""

    least: int
    most: int

    def fault(self, value: int | Decimal) -> Message | None:
        """What is wrong with it, and what to do; None when it fits."""
        if not self.least <= value <= self.most:
            return msg("values.NUMBER_FROM_TO", number=value, least=self.least, most=self.most)
        if isinstance(value, Decimal) and value != value.quantize(_SMALLEST):
            return msg("values.NUMBER_DECIMALS", number=value, places=PLACES)
        return None

    def __str__(self) -> str:
        return f"From {self.least:,} to {self.most:,}."


Limit = Text | Range

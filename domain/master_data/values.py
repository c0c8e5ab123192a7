"""Values of master data: which can be, and from which day they hold (P7).

A value is valid from a day until the next one's day. Of two for the same day the one entered last
counts; nothing is set for a day that is over, since runs have used what held then.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from domain.errors import InvalidInput
from domain.limits import MOST_MONEY, MOST_UNITS
from domain.master_data.areas import RULES, Area, Kind
from domain.messages import Message, msg
from domain.money import check_amount
from domain.parties.vocabularies import PaymentTerms

Value: TypeAlias = int | str | Decimal | None

# Far beyond any company's lists, and inside what the allocator takes.
HIGHEST_RANK = 1_000_000_000


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

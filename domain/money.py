"""Rounding of money: amounts half-even to the minor unit, the allocator's prices up."""

from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal

CENT = Decimal("0.01")
CENTS_PER_UNIT = 100


def line_amount(unit_price: Decimal, units: int) -> Decimal:
    """What so many units cost, rounded half-even to the minor unit."""
    return (unit_price * units).quantize(CENT, rounding=ROUND_HALF_EVEN)


def price_cents(unit_price: Decimal) -> int:
    """A unit price in whole cents, rounded up, so that a hold never undercuts the debit."""
    return int((unit_price * CENTS_PER_UNIT).to_integral_value(rounding=ROUND_CEILING))


def to_cents(amount: Decimal) -> int:
    """An amount with two decimals in cents; more decimals are an error, not rounded away."""
    cents = amount * CENTS_PER_UNIT
    if cents != cents.to_integral_value():
        raise ValueError(f"{amount} has more than two decimals")
    return int(cents)


def from_cents(cents: int) -> Decimal:
    """Cents as an amount with two decimals."""
    return (Decimal(cents) / CENTS_PER_UNIT).quantize(CENT)


def shown(price: Decimal) -> str:
    """A price as people write it: two decimals, or as many more as it needs."""
    short = price.normalize()
    exponent = short.as_tuple().exponent
    if isinstance(exponent, int) and exponent > -2:
        short = short.quantize(CENT)
    return format(short, "f")

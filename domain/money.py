"""Money by its currency: how fine an amount is, how it is rounded, counted and written.

An amount has the decimals of its currency's minor unit (ISO 4217) and is rounded half-even; a unit
price keeps six. What people enter is never rounded: too fine an amount is refused.
"""

from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal

from domain.currencies import minor_units
from domain.messages import msg
from domain.objections import Objection, refuse

CENT = Decimal("0.01")


def minor_unit(currency: str) -> Decimal:
    """The least amount of a currency: 1 of JPY, 0.01 of CNY, 0.001 of KWD."""
    return Decimal(1).scaleb(-minor_units(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount half-even to the minor unit, with just its decimals (`rounded_amount` in SQL)."""
    return amount.quantize(minor_unit(currency), rounding=ROUND_HALF_EVEN)


def line_amount(unit_price: Decimal, units: int, currency: str) -> Decimal:
    """What this many units cost, rounded half-even to the minor unit."""
    return rounded(unit_price * units, currency)


def percent_of(amount: Decimal, percent: Decimal, currency: str) -> Decimal:
    """A percentage of an amount, half-even to the minor unit."""
    return rounded(amount * percent / 100, currency)


def to_minor(amount: Decimal, currency: str) -> int:
    """An amount counted in minor units; a finer one is an error, not rounded away."""
    units = amount.scaleb(minor_units(currency))
    if units != units.to_integral_value():
        raise ValueError(f"{amount} is finer than {minor_unit(currency)} {currency}")
    return int(units)


def from_minor(units: int, currency: str) -> Decimal:
    """Minor units as an amount with the currency's decimals."""
    return Decimal(units).scaleb(-minor_units(currency))


def price_in_minor(unit_price: Decimal, currency: str) -> int:
    """A unit price in minor units, rounded up, so that a hold never undercuts the debit."""
    return int(unit_price.scaleb(minor_units(currency)).to_integral_value(rounding=ROUND_CEILING))


def object_to_amount(amount: Decimal, currency: str) -> Objection | None:
    """An amount is no finer than its currency's minor unit."""
    if not amount.is_finite():
        return Objection(msg("values.NO_AMOUNT"), msg("values.GIVE_A_NUMBER"))
    if amount == rounded(amount, currency):
        return None
    places = minor_units(currency)
    allowed = (
        msg("values.NO_DECIMALS"),
        msg("values.ONE_DECIMAL"),
        msg("values.TWO_DECIMALS"),
        msg("values.THREE_DECIMALS"),
    )[places]
    return Objection(
        msg("values.TOO_FINE", currency=currency, allowed=allowed),
        msg("values.ROUND_TO", unit=minor_unit(currency)),
    )


def check_amount(amount: Decimal, currency: str, field: str = "amount") -> None:
    """Refuse an amount that is finer than its currency. Raises InvalidInput."""
    refuse(amount, object_to_amount(amount, currency), field)


def plain(amount: Decimal) -> Decimal:
    """An amount of any currency with two decimals, or three where the third says something.

    Where the currency is at hand, `written` is right.
    """
    two = amount.quantize(CENT, rounding=ROUND_HALF_EVEN)
    return two if two == amount else amount.normalize()


def written(amount: Decimal, currency: str) -> Decimal:
    """An amount or a price with the currency's decimals, or as many more as it needs."""
    least = minor_units(currency)
    short = amount.normalize()
    exponent = short.as_tuple().exponent
    return short.quantize(minor_unit(currency)) if _places(exponent) < least else short + 0


def shown(price: Decimal, currency: str) -> str:
    """A price as people write it: the currency's decimals, or as many more as it needs."""
    return format(written(price, currency), "f")


def _places(exponent: object) -> int:
    return -exponent if isinstance(exponent, int) else 0

"""Scalars and small value types that every area uses."""

import datetime as dt
from decimal import Decimal
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from domain.currencies import MOST_DECIMALS, CurrencyCode, object_to_currency
from domain.days import object_to_kept_day
from domain.limits import FIRST_DAY, LAST_DAY
from domain.messages import msg
from domain.money import written
from gql.errors import NotReadable

BigInt = NewType("BigInt", int)
# A mapping of anything, such as what an audit entry kept; never a place for what has a type.
Json = NewType("Json", object)

_DIGITS = 30


def _big_int(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise NotReadable(msg("values.BIG_INT"))
    try:
        return int(value[:_DIGITS]) if isinstance(value, str) else value
    except ValueError as error:
        raise NotReadable(msg("values.NO_WHOLE_NUMBER", value=str(value)[:40])) from error


def _currency(value: object) -> str:
    code = value if isinstance(value, str) else ""
    objection = object_to_currency(code)
    if objection is not None:
        raise NotReadable(objection.about(f"{value!r:.20}"))
    return code


def _instant(value: object) -> dt.datetime:
    if not isinstance(value, str) or len(value) > 40:
        raise NotReadable(msg("values.DATE_TIME"))
    try:
        instant = dt.datetime.fromisoformat(value)
    except ValueError as error:
        raise NotReadable(msg("values.NO_DATE_TIME", value=value)) from error
    if instant.tzinfo is None:
        raise NotReadable(msg("values.NO_TIME_ZONE", value=value))
    # Before it is brought to UTC, which fails at the ends of time.
    _within_days(instant.date())
    return instant.astimezone(dt.UTC)


def _day(value: object) -> dt.date:
    try:
        day = dt.date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise NotReadable(msg("values.DATE")) from error
    _within_days(day)
    return day


def _within_days(day: dt.date) -> None:
    objection = object_to_kept_day(day)
    if objection is not None:
        raise NotReadable(objection.about(day))


def _utc(value: dt.datetime) -> str:
    """RFC 3339 in UTC; fractions of a second only where there are some."""
    return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str):
        # A float has lost its digits before it comes here.
        raise NotReadable(msg("values.DECIMAL_AS_TEXT"))
    text = str(value)
    try:
        number = Decimal(text) if len(text) <= _DIGITS else Decimal("NaN")
    except ArithmeticError:
        number = Decimal("NaN")
    if not number.is_finite():
        raise NotReadable(msg("values.NO_DECIMAL", value=text[:40]))
    return number


def _plain(value: Decimal) -> str:
    """Never in exponent form: 0.00 stays 0.00, and 1E+3 is 1000."""
    return format(value, "f")


SCALARS: dict[object, ScalarDefinition] = {
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number beyond 32 bits; sent as text, so that no client rounds it.",
        serialize=str,
        parse_value=_big_int,
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="A currency by ISO 4217, such as CNY.",
        serialize=str,
        parse_value=_currency,
    ),
    Json: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
    dt.date: strawberry.scalar(
        name="Date",
        description=f"A day such as 2026-03-01; given, from {FIRST_DAY} to {LAST_DAY}.",
        serialize=dt.date.isoformat,
        parse_value=_day,
    ),
    dt.datetime: strawberry.scalar(
        name="DateTime",
        description="An instant by RFC 3339; always in UTC in answers. Given, of the days of Date.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
        serialize=_utc,
        parse_value=_instant,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description="A decimal number as text; its digits are exact.",
        serialize=_plain,
        parse_value=_decimal,
    ),
}


@strawberry.type(description="An amount in one currency.")
class Money:
    """An amount; unit prices keep six decimals, sums have the currency's minor unit."""

    amount: Decimal = strawberry.field(description="The amount, exact.")
    currency: CurrencyCode = strawberry.field(description="Its currency.")

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> "Money":
        """Money from two columns: a sum with its currency's decimals, a price with its six."""
        exponent = amount.as_tuple().exponent
        if not isinstance(exponent, int) or exponent >= -MOST_DECIMALS:
            amount = written(amount, currency)
        return cls(amount=amount, currency=CurrencyCode(currency))


@strawberry.input(description="A span of days, both ends included.")
class DateRange:
    """From and to, either may be open."""

    from_: dt.date | None = strawberry.field(
        name="from", default=None, description="The first day; none = no beginning."
    )
    to: dt.date | None = strawberry.field(default=None, description="The last day; none = no end.")


@strawberry.input(description="A span of time: from the beginning up to, but without, the end.")
class DateTimeRange:
    """From and before, either may be open."""

    from_: dt.datetime | None = strawberry.field(
        name="from", default=None, description="The first instant; none = no beginning."
    )
    before: dt.datetime | None = strawberry.field(
        default=None, description="The first instant that no longer counts; none = no end."
    )


def span(given: DateTimeRange | None) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Both ends of a span that may be left out."""
    return (None, None) if given is None else (given.from_, given.before)

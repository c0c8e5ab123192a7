"""Rounding of money, ranks by funds, and working days of China."""

import datetime as dt
from decimal import Decimal

import pytest

from domain.allocation import ranks_by_funds
from domain.calendar import (
    BusinessCalendar,
    announced_until,
    is_working_day,
    unannounced_years,
    working_days_after,
)
from domain.currencies import CURRENCIES, check_currency, minor_units
from domain.errors import InvalidInput
from domain.money import (
    check_amount,
    from_minor,
    line_amount,
    object_to_amount,
    percent_of,
    price_in_minor,
    rounded,
    shown,
    to_minor,
)


def test_amounts_round_half_even_and_prices_up() -> None:
    """F1: 3 x 0.335 is 1.005, an amount of 1.00; a price of 3.333333 counts as 334 cents."""
    assert line_amount(Decimal("0.335"), 3, "CNY") == Decimal("1.00")
    assert line_amount(Decimal("0.345"), 3, "CNY") == Decimal("1.04")
    assert price_in_minor(Decimal("3.333333"), "CNY") == 334
    assert price_in_minor(Decimal("3.33"), "CNY") == 333


def test_cents_and_amounts_are_the_same_money() -> None:
    """F1: nothing is rounded away on the way; a third decimal is an error."""
    assert to_minor(Decimal("-12.34"), "CNY") == -1234
    assert from_minor(-1234, "CNY") == Decimal("-12.34")
    with pytest.raises(ValueError, match="finer than"):
        to_minor(Decimal("0.001"), "CNY")


def test_the_minor_unit_is_the_currency_s() -> None:
    """F6: yen have no decimals, dinars of Kuwait three, most two; nothing has more than three."""
    assert [minor_units(code) for code in ("JPY", "KRW", "CNY", "USD", "KWD", "BHD")] == [
        *(0, 0, 2, 2),
        *(3, 3),
    ]
    assert {minor_units(code) for code in CURRENCIES} == {0, 2, 3}


@pytest.mark.parametrize(
    ("price", "units", "currency", "amount"),
    [
        ("100.5", 3, "JPY", "302"),
        ("0.5", 1, "JPY", "0"),
        ("1.5", 1, "JPY", "2"),
        ("0.00125", 10, "KWD", "0.012"),
        ("0.333333", 3, "KWD", "1.000"),
        ("10", 1, "CNY", "10.00"),
    ],
)
def test_a_line_s_amount_is_rounded_to_its_currency(
    price: str, units: int, currency: str, amount: str
) -> None:
    """F6: half-even to the minor unit, written with just its decimals."""
    assert str(line_amount(Decimal(price), units, currency)) == amount


def test_minor_units_and_amounts_are_the_same_money() -> None:
    """F6: counted in minor units and back; a finer amount is an error; prices are rounded up."""
    assert to_minor(Decimal("302"), "JPY") == 302
    assert to_minor(Decimal("-12.34"), "CNY") == -1234
    assert to_minor(Decimal("1.5"), "KWD") == 1500
    assert str(from_minor(1500, "KWD")) == "1.500"
    assert str(from_minor(302, "JPY")) == "302"
    assert price_in_minor(Decimal("100.5"), "JPY") == 101
    assert price_in_minor(Decimal("3.333333"), "KWD") == 3334
    with pytest.raises(ValueError, match=r"10\.5 is finer than 1 JPY"):
        to_minor(Decimal("10.5"), "JPY")


def test_what_people_enter_is_refused_and_not_rounded() -> None:
    """F6: 10.50 of JPY is refused, with its remedy; 10.00 is 10."""
    assert object_to_amount(Decimal("10.00"), "JPY") is None
    assert object_to_amount(Decimal("10.005"), "KWD") is None
    for amount, currency, message in (
        ("10.50", "JPY", "10.50 is too fine: JPY has no decimals. Round it to 1."),
        ("10.005", "CNY", "10.005 is too fine: CNY has two decimals. Round it to 0.01."),
    ):
        with pytest.raises(InvalidInput) as refused:
            check_amount(Decimal(amount), currency)
        assert (str(refused.value), refused.value.field) == (message, "amount")


def test_per_cents_and_prices_follow_the_currency() -> None:
    """O7: 30 % of 1,005 JPY is 302 (301.5 half-even); a price shows the decimals it needs."""
    assert str(percent_of(Decimal(1005), Decimal(30), "JPY")) == "302"
    assert str(rounded(Decimal("2.0005"), "KWD")) == "2.000"
    assert shown(Decimal("100.500000"), "JPY") == "100.5"
    assert shown(Decimal("100.000000"), "JPY") == "100"
    assert shown(Decimal("9.9"), "CNY") == "9.90"
    assert shown(Decimal("9.9"), "KWD") == "9.900"
    assert shown(Decimal("1E+3"), "JPY") == "1000"


def test_what_is_no_currency_is_refused_without_a_guess() -> None:
    """P7: ABC has three letters and is none."""
    check_currency("CNY")
    with pytest.raises(InvalidInput, match=r"'ABC' is no currency\. Write its ISO 4217 code of"):
        check_currency("ABC")


def test_larger_funds_come_first_and_equal_funds_tie() -> None:
    """A3: under policy FUNDS the ranks of 50, 80, 50 are 2, 1, 2."""
    funds = {"F1": Decimal(50), "F2": Decimal(80), "F3": Decimal("50.00")}
    assert ranks_by_funds(funds) == {"F1": 2, "F2": 1, "F3": 2}


def test_chinas_new_year_has_holidays_and_make_up_days() -> None:
    """P6: in 2025 Tuesday 28 January is free, and people work on Sunday 26 January."""
    assert not is_working_day(dt.date(2025, 1, 28), "CN")
    assert is_working_day(dt.date(2025, 1, 26), "CN")
    assert not is_working_day(dt.date(2025, 2, 9), "CN")


def test_working_days_are_counted_after_the_first() -> None:
    """P6: from Friday to Monday is one working day; to the same day none."""
    friday = dt.date(2026, 11, 20)
    assert working_days_after(friday, dt.date(2026, 11, 23), "CN") == 1
    assert working_days_after(friday, friday, "CN") == 0


def test_a_calendar_says_how_far_its_make_up_days_are_known() -> None:
    """P6: China announces them year by year, Germany has none; a company's own fill the gap."""
    known = announced_until("CN")
    assert known is not None
    assert (known.month, known.day) == (12, 31)
    assert known.year >= 2026
    assert announced_until("DE") is None
    following, later = known.year + 1, dt.date(known.year + 2, 1, 5)
    assert unannounced_years(BusinessCalendar(), known) == []
    assert unannounced_years(BusinessCalendar(), later) == [following, following + 1]
    assert unannounced_years(BusinessCalendar("DE"), later) == []
    # A holiday of the company's own says nothing of the country's; a make-up day does.
    own = {dt.date(following, 5, 9): True, dt.date(following + 1, 5, 2): False}
    assert unannounced_years(BusinessCalendar("CN", own), later) == [following + 1]

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
from domain.money import from_cents, line_amount, price_cents, to_cents


def test_amounts_round_half_even_and_prices_up() -> None:
    """F1: 3 x 0.335 is 1.005, an amount of 1.00; a price of 3.333333 counts as 334 cents."""
    assert line_amount(Decimal("0.335"), 3) == Decimal("1.00")
    assert line_amount(Decimal("0.345"), 3) == Decimal("1.04")
    assert price_cents(Decimal("3.333333")) == 334
    assert price_cents(Decimal("3.33")) == 333


def test_cents_and_amounts_are_the_same_money() -> None:
    """F1: nothing is rounded away on the way; a third decimal is an error."""
    assert to_cents(Decimal("-12.34")) == -1234
    assert from_cents(-1234) == Decimal("-12.34")
    with pytest.raises(ValueError, match="more than two decimals"):
        to_cents(Decimal("0.001"))


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

"""How much of a customer's money counts, in sentences with numbers."""

import datetime as dt
from decimal import Decimal

import pytest

from domain.calendar import BusinessCalendar
from domain.funding import FundsFacts, available_funds, stale_figures
from domain.policy import Policy


def facts(**given: object) -> FundsFacts:
    """A customer who pays by slip, with nothing; `given` says what is different."""
    values: dict[str, object] = {
        "payment_terms": "PREPAID",
        "balance": Decimal(0),
        "credit_limit": Decimal(0),
        "guarantees": Decimal(0),
        "extensions": Decimal(0),
        "last_month_unpaid": False,
        "open_order_value": Decimal(0),
    }
    return FundsFacts(**(values | given))  # type: ignore[arg-type]  # a test's shorthand


def total(**given: object) -> Decimal:
    return available_funds(facts(**given), Policy()).total


def test_balance_credit_guarantees_and_extensions_add_up() -> None:
    """F2: 100 + 50 + 20 + 30 is 200."""
    funds = total(
        balance=Decimal(100),
        credit_limit=Decimal(50),
        guarantees=Decimal(20),
        extensions=Decimal(30),
    )
    assert funds == Decimal(200)


def test_a_debt_uses_up_credit_but_never_goes_below_nothing() -> None:
    """F2: owing 80 of a limit of 100 leaves 20; owing 180 leaves nothing."""
    assert total(balance=Decimal(-80), credit_limit=Decimal(100)) == Decimal(20)
    assert total(balance=Decimal(-180), credit_limit=Decimal(100)) == Decimal(0)


def test_who_pays_by_slip_and_has_no_limit_of_its_own_gets_the_default() -> None:
    """F2: 1,000 by default, another number by policy, and 0 where the own limit is 0."""
    assert total(credit_limit=None) == Decimal(1000)
    policy = Policy(default_credit_limit=Decimal(250))
    assert available_funds(facts(credit_limit=None), policy).total == Decimal(250)
    assert total(credit_limit=Decimal(0)) == Decimal(0)


@pytest.mark.parametrize("terms", ["MONTHLY", "OPEN_ACCOUNT", "DA", "LC"])
def test_on_account_without_a_limit_funds_are_the_value_of_open_orders(terms: str) -> None:
    """F2: owing 300 with open orders of 500, the solver sees 500: nothing binds."""
    given = available_funds(
        facts(
            payment_terms=terms,
            credit_limit=None,
            balance=Decimal(-300),
            open_order_value=Decimal(500),
        ),
        Policy(),
    )
    assert given.unlimited
    assert given.total == Decimal(500)


def test_monthly_with_last_month_unpaid_has_nothing_until_settled() -> None:
    """F2: neither balance nor limit counts; once settled both do."""
    monthly = facts(payment_terms="MONTHLY", balance=Decimal(70), credit_limit=Decimal(30))
    assert available_funds(monthly, Policy()).total == Decimal(100)
    unpaid = facts(
        payment_terms="MONTHLY",
        balance=Decimal(70),
        credit_limit=Decimal(30),
        last_month_unpaid=True,
    )
    blocked = available_funds(unpaid, Policy())
    assert blocked.blocked
    assert blocked.total == Decimal(0)


FRIDAY, MONDAY = dt.date(2013, 11, 29), dt.date(2013, 12, 2)


def stale(today: dt.date, **confirmed_on: dt.date | None) -> list[str]:
    found = stale_figures(confirmed_on, today, Policy(), BusinessCalendar())
    return [str(message) for message in found]


def test_figures_older_than_a_working_day_are_reported() -> None:
    """A3: Friday's figures hold on Monday; on Tuesday they are two working days old."""
    assert stale(MONDAY, F1=FRIDAY, F2=MONDAY) == []
    tuesday = dt.date(2013, 12, 3)
    assert stale(tuesday, F1=FRIDAY, F2=tuesday) == [
        "Funds were last confirmed on 2013-11-29, 2 working days ago."
    ]
    assert stale(tuesday) == []


def test_funds_that_were_never_confirmed_are_reported() -> None:
    """A3: beside figures of today too, by customer, the first five of many."""
    assert stale(MONDAY, F1=MONDAY, F3=None, F2=None) == [
        "Funds were never confirmed of F2, F3: FINANCE confirms them daily."
    ]
    many = {f"C{place}": None for place in range(1, 8)}
    assert stale(dt.date(2013, 12, 3), F1=FRIDAY, **many) == [
        "Funds were last confirmed on 2013-11-29, 2 working days ago.",
        "Funds were never confirmed of C1, C2, C3, C4, C5 and 2 more: FINANCE confirms them daily.",
    ]

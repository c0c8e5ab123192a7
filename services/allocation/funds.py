"""From what the database knows of a customer's money to what the rules of funding ask for."""

from decimal import Decimal
from typing import Any

from domain.funding import FundsFacts


def facts_of(row: Any, open_order_value: Decimal) -> FundsFacts:
    """What the rules of funding need to know, from a row of the funds query."""
    return FundsFacts(
        payment_terms=row.payment_terms,
        balance=row.balance,
        credit_limit=row.credit_limit,
        guarantees=row.guarantees,
        extensions=row.extensions,
        last_month_unpaid=row.blocked,
        open_order_value=open_order_value,
    )

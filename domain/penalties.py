"""Penalties: which rules raise them, whom they fall on, and how a case is named (P8).

A case's name makes a penalty unique: whoever comes by again finds it raised already.
"""

from decimal import Decimal
from enum import StrEnum

from domain import limits
from domain.errors import InvalidInput
from domain.policy import Policy


class PenaltyRule(StrEnum):
    """Rules that put an amount on somebody."""

    SPECIAL_ORDER_NOT_PICKED_UP = "SPECIAL_ORDER_NOT_PICKED_UP"
    DEMAND_PLAN_LATE = "DEMAND_PLAN_LATE"
    RELEASE_MISSED = "RELEASE_MISSED"


def amount_of(rule: PenaltyRule, policy: Policy) -> Decimal:
    """What the rule costs under the policy in force."""
    return policy.penalty_amounts[rule]


def special_order_case(order_number: str) -> str:
    """O7: a special order not picked up in time costs its region's manager once."""
    return order_number


def check_reason(reason: str | None) -> str:
    """A waiver says why. Raises InvalidInput."""
    said = (reason or "").strip()
    if not 1 <= len(said) <= limits.TEXT:
        raise InvalidInput(f"Say why, in 1 to {limits.TEXT} characters.", field="reason")
    return said

"""Penalties: which rules raise them, whom they fall on, and how a case is named (P8).

A case's name makes a penalty unique: whoever comes by again finds it raised already.
"""

from decimal import Decimal

from domain import limits
from domain.commands import command, described
from domain.errors import InvalidInput
from domain.messages import msg
from domain.policy import Policy
from domain.roles import Action
from domain.vocabulary import Vocabulary, word


@command(
    "penaltyWaive",
    Action.WAIVE_PENALTIES,
    title=("Waive a penalty", "免除扣款"),
    history=("Penalty waived", "已免除扣款"),
    input_description="A penalty to let off.",
)
class WaivePenalty:
    """The general manager or deputy lets a penalty off, with a reason (P8)."""

    penalty_id: int = described("The penalty's id.", name="id", id_of="Penalty")
    reason: str = described("Why.")
    expected_version: int | None = described(
        "Refused when the penalty has another version by now.", default=None
    )


class PenaltyRule(Vocabulary):
    """A rule that charges an amount to a person or region (P8)."""

    SPECIAL_ORDER_NOT_PICKED_UP = word(
        "Special order not picked up in time",
        "特殊订单逾期未提货",
        "A special order was not picked up in time; on the region's manager (O7).",
    )
    DEMAND_PLAN_LATE = word(
        "Demand plan late",
        "需求计划逾期未报",
        "A region's demand plan came late, or not at all (O8).",
    )
    RELEASE_MISSED = word(
        "Release missed", "订单漏下发", "A release of orders was missed; on SALES_ADMIN (O8)."
    )


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
        raise InvalidInput(msg("penalties.SAY_WHY", most=limits.TEXT), field="reason")
    return said

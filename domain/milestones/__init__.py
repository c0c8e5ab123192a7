"""Milestones of an order: templates as data, estimates that follow, states and flow (M1-M7)."""

from domain.milestones.order_steps import ORDER_MILESTONE_STEPS, ORDER_MILESTONES
from domain.milestones.states import (
    days_late,
    expected_on,
    milestone_state,
)
from domain.milestones.steps import MilestoneStep

__all__ = [
    "ORDER_MILESTONES",
    "ORDER_MILESTONE_STEPS",
    "MilestoneStep",
    "days_late",
    "expected_on",
    "milestone_state",
]

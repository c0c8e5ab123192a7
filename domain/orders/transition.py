"""One act on an order as data: from which states, by whom, under which conditions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.orders.context import Context
from domain.orders.facts import (
    AWAITING_CONFIRMATION,
    CONFIRMED,
    DELIVERED,
    NEEDS_INFO,
    RECEIVED,
    SHIPPED,
    UNDER_CHECK,
    UNDER_REVIEW,
    OrderFacts,
)
from domain.orders.guards import Guard
from domain.orders.possible import Inputs
from domain.roles import Action

SAME: tuple[str, ...] = ()

INTAKE = (RECEIVED, NEEDS_INFO, UNDER_CHECK)
WORKING = (UNDER_CHECK, UNDER_REVIEW, AWAITING_CONFIRMATION)
BOUND = (AWAITING_CONFIRMATION, CONFIRMED)
REVIEWED = (UNDER_REVIEW, AWAITING_CONFIRMATION, CONFIRMED)
BEGUN = (*INTAKE, *REVIEWED)
LATE = (CONFIRMED, SHIPPED, DELIVERED)


@dataclass(frozen=True)
class Transition:
    """One act. `targets` are the states it may lead to; empty when the state stays.

    inputs: what to try before it is offered, where the effect may refuse every input; see
    `domain.orders.possible`.
    """

    name: str
    deed: type
    action: Action
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    guards: tuple[Guard, ...]
    effect: Callable[[OrderFacts, Any, Context], OrderFacts]
    title: tuple[str, str]
    inputs: Inputs | None = None

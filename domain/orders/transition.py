"""One act on an order as data: from which states, by whom, under which conditions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.orders.context import Context
from domain.orders.facts import OrderFacts
from domain.orders.guards import Guard
from domain.orders.possible import Inputs
from domain.orders.vocabularies import OrderStatus
from domain.roles import Action

SAME: tuple[str, ...] = ()

INTAKE = (OrderStatus.RECEIVED, OrderStatus.NEEDS_INFO, OrderStatus.UNDER_CHECK)
WORKING = (OrderStatus.UNDER_CHECK, OrderStatus.UNDER_REVIEW, OrderStatus.AWAITING_CONFIRMATION)
BOUND = (OrderStatus.AWAITING_CONFIRMATION, OrderStatus.CONFIRMED)
REVIEWED = (OrderStatus.UNDER_REVIEW, OrderStatus.AWAITING_CONFIRMATION, OrderStatus.CONFIRMED)
BEGUN = (*INTAKE, *REVIEWED)
LATE = (OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.DELIVERED)


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

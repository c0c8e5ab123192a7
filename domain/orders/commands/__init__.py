"""What can be done to an order, each command with its rule beside it (O1-O7, O14, O15)."""

from collections.abc import Mapping

from domain.orders.commands import (
    approval,
    changes,
    confirmation,
    decision,
    deposits,
    fulfilment,
    intake,
    production,
    review,
)
from domain.orders.transition import Transition, transitions_in

# In the order of an order's way, which is that of the schema's mutations.
TRANSITIONS: Mapping[str, Transition] = {
    row.name: row
    for module in (
        intake,
        approval,
        review,
        decision,
        confirmation,
        changes,
        production,
        deposits,
        fulfilment,
    )
    for row in transitions_in(module.__name__)
}

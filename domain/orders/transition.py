"""A command on an order with its rule: from which states, under which conditions, what becomes."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self, TypeVar, dataclass_transform

from domain.commands import Command, Title, about, changing, described, record, stated
from domain.orders.context import Context
from domain.orders.guards import Guard
from domain.orders.order import Order
from domain.orders.vocabularies import OrderStatus
from domain.roles import Action

ORDER = "Order"

SAME: tuple[str, ...] = ()

INTAKE = (OrderStatus.RECEIVED, OrderStatus.NEEDS_INFO, OrderStatus.UNDER_CHECK)
WORKING = (OrderStatus.UNDER_CHECK, OrderStatus.UNDER_REVIEW, OrderStatus.AWAITING_CONFIRMATION)
BOUND = (OrderStatus.AWAITING_CONFIRMATION, OrderStatus.CONFIRMED)
REVIEWED = (OrderStatus.UNDER_REVIEW, OrderStatus.AWAITING_CONFIRMATION, OrderStatus.CONFIRMED)
BEGUN = (*INTAKE, *REVIEWED)
LATE = (OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.DELIVERED)


@dataclass(frozen=True, slots=True)
class Detail:
    """What the history says of a command: a fact, or the field of the entry that it wrote.

    label: what people call it; None for the name of a fact, or one that the timeline knows.
    """

    name: str
    fact: str
    field: str | None = None
    label: Title | None = None


class OrderCommand(ABC):
    """Something to be done to an order."""

    @abstractmethod
    def effect(self, facts: Order, context: Context) -> Order:
        """The order after it; raises OrderRefused where this input cannot be accepted."""

    @classmethod
    def attempts(cls, facts: Order, context: Context) -> Iterator[Self] | None:
        """Inputs to try before it is offered, the likeliest first, where every one may be refused.

        Guards look at the order alone; whether an input is accepted is for the effect to say. What
        the attempts lack is given as the reasons why not. None where some input always will do.
        """
        return None


@dataclass(frozen=True, kw_only=True)
class Transition(Command):
    """A row of the table with its rule.

    targets: the states that it may lead to; empty when the state stays. customers_see: what of it
    a customer reads in the history; None hides it altogether. staff_see: what our people read too.
    """

    kind: type[OrderCommand]
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    guards: tuple[Guard, ...]
    customers_see: tuple[Detail, ...] | None
    staff_see: tuple[Detail, ...]


C = TypeVar("C", bound=OrderCommand)

_BY_KIND: dict[type, Transition] = {}


@dataclass_transform(frozen_default=True, field_specifiers=(described, changing, stated))
def order_command(
    name: str,
    action: Action,
    *,
    title: Title,
    history: Title,
    sources: tuple[str, ...],
    targets: tuple[str, ...] = SAME,
    guards: tuple[Guard, ...] = (),
    customers_see: tuple[Detail, ...] | None = None,
    staff_see: tuple[Detail, ...] = (),
    input_description: str | None = None,
) -> Callable[[type[C]], type[C]]:
    """Make a class a command on an order: a frozen data class and a row with its rule."""

    def written(kind: type[C]) -> type[C]:
        made = dataclass(frozen=True)(kind)
        text = about(made)
        row = Transition(
            name=name,
            kind=made,
            action=action,
            subject=ORDER,
            description=text,
            input_description=input_description or text,
            title=title,
            history=history,
            sources=sources,
            targets=targets,
            guards=guards,
            customers_see=customers_see,
            staff_see=staff_see,
        )
        record(row)
        _BY_KIND[made] = row
        return made

    return written


def transition_of(command: OrderCommand) -> Transition:
    """The row of a command on an order."""
    return _BY_KIND[type(command)]


def transitions_in(module: str) -> Iterator[Transition]:
    """The rows that a module writes, in their order."""
    for row in _BY_KIND.values():
        if row.kind.__module__ == module:
            yield row

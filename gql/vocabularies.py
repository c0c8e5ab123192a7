"""GraphQL enums from the vocabularies of the domain.

Made before any other module of this package is imported: a field that names a vocabulary is then
one of its enum.
"""

from typing import TypeVar

import strawberry

from domain.orders import vocabularies as orders
from domain.roles import Role
from domain.vocabulary import Vocabulary

Words = TypeVar("Words", bound=type[Vocabulary])


def enum_of(words: Words, name: str | None = None) -> Words:
    """The vocabulary as a GraphQL enum: its name, its docstring's first line, its words.

    It is the vocabulary itself, so that resolvers give and take its members.
    """
    enum = strawberry.enum(words, name=name, description=words.about())
    definition = enum.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        member = words[value.name]
        value.description = member.description or f"{member.english}."
    return words


VOCABULARIES: tuple[type[Vocabulary], ...] = (
    enum_of(Role, "RoleName"),
    enum_of(orders.OrderStatus),
    enum_of(orders.OrderChannel),
    enum_of(orders.OrderUrgency),
    enum_of(orders.OrderFulfilment),
    enum_of(orders.Irregularity),
    enum_of(orders.OfferKind),
    enum_of(orders.ReviewKind),
    enum_of(orders.ReviewVerdict),
    enum_of(orders.ReviewOutcome),
    enum_of(orders.ExtensionAnswer),
    enum_of(orders.ChangeKind),
    enum_of(orders.ChangeState),
    enum_of(orders.GateItem),
    enum_of(orders.DepositState),
)

"""GraphQL enums from the vocabularies of the domain.

Made before any other module of this package is imported: a field that names a vocabulary is then
one of its enum.
"""

from collections.abc import Sequence
from typing import TypeVar

import strawberry

from domain import (
    allocation,
    funding,
    kpis,
    penalties,
    production,
    roles,
    scenarios,
    seasons,
    shipments,
    timeline,
)
from domain.master_data import areas
from domain.milestones import vocabularies as milestones
from domain.orders import vocabularies as orders
from domain.parties import vocabularies as parties
from domain.tasks import vocabularies as tasks
from domain.vocabulary import Vocabulary
from persistence.kpis import registry

Words = TypeVar("Words", bound=type[Vocabulary])
W = TypeVar("W", bound=Vocabulary)


# Where the schema calls a vocabulary otherwise than the code.
_NAMES: dict[type[Vocabulary], str] = {
    roles.Role: "RoleName",
    areas.Area: "MasterDataArea",
    penalties.PenaltyRule: "PenaltyRuleName",
}


def name_of(words: type[Vocabulary]) -> str:
    """What the schema calls a vocabulary."""
    return _NAMES.get(words, words.__name__)


def enum_of(words: Words) -> Words:
    """The vocabulary as a GraphQL enum: its name, its docstring's first line, its words.

    It is the vocabulary itself, so that resolvers give and take its members.
    """
    enum = strawberry.enum(words, name=name_of(words), description=words.about())
    definition = enum.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = words[value.name].meaning
    return words


def distinct(asked: Sequence[W] | None) -> list[W]:
    """The words that a filter asks for, each once: a list of a thousand costs no more than one."""
    return list(dict.fromkeys(asked or ()))


VOCABULARIES: tuple[type[Vocabulary], ...] = (
    enum_of(roles.Role),
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
    enum_of(timeline.TimelineKind),
    enum_of(milestones.MilestoneState),
    enum_of(milestones.MilestoneChangeKind),
    enum_of(milestones.AnchorEvent),
    enum_of(milestones.ContractTerm),
    enum_of(tasks.TaskState),
    enum_of(production.StageState),
    enum_of(production.InspectionKind),
    enum_of(production.InspectionResult),
    enum_of(shipments.ShipmentStatus),
    enum_of(parties.CustomerKind),
    enum_of(parties.CustomerClass),
    enum_of(parties.StoreKind),
    enum_of(parties.WarehouseKind),
    enum_of(funding.PaymentStatus),
    enum_of(parties.PaymentTerms),
    enum_of(areas.Area),
    enum_of(penalties.PenaltyRule),
    enum_of(seasons.Season),
    enum_of(seasons.SellingSeason),
    enum_of(allocation.AllocationRunStatus),
    enum_of(allocation.AllocationTrigger),
    enum_of(allocation.AllocationStage),
    enum_of(allocation.AllocationReason),
    enum_of(allocation.ReservationStatus),
    enum_of(scenarios.ScenarioStatus),
    enum_of(scenarios.ComparisonGroup),
    enum_of(registry.KpiCode),
    enum_of(kpis.KpiGroup),
    enum_of(kpis.KpiUnit),
    enum_of(kpis.KpiDirection),
)

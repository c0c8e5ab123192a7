"""The schema as a contract: printed, described, guarded, and in the words of the tables."""

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
)

from domain import milestones
from domain.allocation import REASON_TEXTS
from domain.master_data import Area
from domain.milestones import steps
from domain.penalties import PenaltyRule
from domain.policy import SELLING_SEASONS
from domain.production import STAGE_STATES
from domain.roles import EXACTLY, MAY, Action, Role
from gql import enums, work_enums
from gql.master_data.types import MasterDataArea
from gql.nodes import KINDS
from gql.penalties import PenaltyRuleName
from gql.schema import schema
from persistence.tables import allocation, catalog, funding, parties, production, shipments
from persistence.tables import milestones as milestone_tables
from persistence.tasks import queries as task_queries
from services import kpis
from services.scenarios.comparison import GROUPS
from services.timeline import reading as timelines

REPOSITORY = Path(__file__).parents[2]
CORE = schema._schema
ROOTS = ("Query", "Mutation", "Subscription")

WORDS: list[tuple[type[Enum], Any]] = [
    (MasterDataArea, list(Area)),
    (PenaltyRuleName, list(PenaltyRule)),
    (enums.MilestoneState, milestones.MILESTONE_STATES),
    (enums.ShipmentStatus, shipments.SHIPMENT_STATUSES),
    (enums.PaymentStatus, funding.HOLD_STATUSES),
    (enums.CustomerKind, parties.CUSTOMER_KINDS),
    (enums.PaymentTerms, parties.PAYMENT_TERMS),
    (enums.StoreKind, parties.STORE_KINDS),
    (enums.WarehouseKind, parties.WAREHOUSE_KINDS),
    (enums.Season, catalog.SEASONS),
    (enums.SellingSeason, SELLING_SEASONS),
    (enums.AllocationRunStatus, allocation.RUN_STATUSES),
    (enums.AllocationTrigger, allocation.RUN_TRIGGERS),
    (enums.ReservationStatus, allocation.RESERVATION_STATUSES),
    (enums.ScenarioStatus, allocation.SCENARIO_STATUSES),
    (enums.KpiGroup, kpis.FILL_GROUPS),
    (work_enums.AnchorEvent, steps.ANCHOR_EVENTS),
    (work_enums.ContractTerm, [term.upper() for term in steps.CONTRACT_TERMS]),
    (work_enums.MilestoneChangeKind, milestone_tables.MILESTONE_CHANGES),
    (work_enums.TaskState, task_queries.TASK_STATES),
    (work_enums.InspectionKind, production.INSPECTION_KINDS),
    (work_enums.InspectionResult, production.INSPECTION_RESULTS),
    (work_enums.StageState, STAGE_STATES),
    (enums.ComparisonGroup, [group.upper() for group in GROUPS]),
]


def our_types() -> Iterator[GraphQLNamedType]:
    return (kind for name, kind in CORE.type_map.items() if not name.startswith("__"))


def test_the_published_schema_is_up_to_date() -> None:
    """`make schema` prints it anew."""
    assert (REPOSITORY / "schema.graphql").read_text() == schema.as_str() + "\n"


def test_every_type_field_argument_and_value_is_described() -> None:
    missing = []
    for kind in our_types():
        if not kind.description:
            missing.append(kind.name)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for name, field in kind.fields.items():
                if not field.description:
                    missing.append(f"{kind.name}.{name}")
                for argument, definition in getattr(field, "args", {}).items():
                    if not definition.description:
                        missing.append(f"{kind.name}.{name}({argument})")
        if isinstance(kind, GraphQLEnumType):
            missing += [
                f"{kind.name}.{word}"
                for word, value in kind.values.items()
                if not value.description
            ]
    assert missing == []


def test_every_root_field_says_which_action_it_needs() -> None:
    """P1: a root field without an action could be read by everybody."""
    found = {}
    for root in ROOTS:
        kind = CORE.type_map[root]
        assert isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items():
            definition = field.extensions["strawberry-definition"]
            found[f"{root}.{name}"] = definition.metadata.get("action")
    assert len(found) > 30
    assert [name for name, action in found.items() if not isinstance(action, Action)] == []


def test_every_action_is_given_to_somebody() -> None:
    """P1 P7: each action has a line; ADMIN may all but what is a named department's alone."""
    assert set(MAY) == set(Action)
    assert all(MAY.values())
    assert {action for action, roles in MAY.items() if Role.ADMIN not in roles} == set(EXACTLY)


def test_every_type_with_an_id_is_found_by_node() -> None:
    nodes = {kind.name for kind in CORE.get_possible_types(CORE.type_map["Node"])}  # type: ignore[arg-type]  # Node is an interface
    assert nodes == set(KINDS)


@pytest.mark.parametrize(("enum", "words"), WORDS, ids=[enum.__name__ for enum, _ in WORDS])
def test_enums_have_the_words_of_the_domain(enum: type[Enum], words: Any) -> None:
    assert {member.name for member in enum} == set(words)


def test_timeline_kinds_are_those_that_are_told() -> None:
    told = {
        value
        for name, value in vars(timelines).items()
        if name.isupper() and name == value and isinstance(value, str)
    }
    assert {kind.name for kind in enums.TimelineKind} == told


def test_reasons_are_those_with_words() -> None:
    """A9: every reason can be shown and said."""
    assert {reason.name for reason in enums.AllocationReason} == set(REASON_TEXTS)


def test_the_names_that_others_call_are_there() -> None:
    """docs/reference/graphql.md: scripts outside use these names."""
    query = CORE.type_map["Query"]
    assert isinstance(query, GraphQLObjectType)
    assert set(query.fields) >= {
        "viewer", "node", "nodes", "order", "orders", "orderTimeline", "milestones", "shipments",
        "customer", "customers", "goodsReceipts", "stock", "funds", "jobs", "allocationRun",
        "allocationRuns", "reservations", "scenario", "scenarios", "scenarioComparison", "kpis",
        "auditLog",
    }  # fmt: skip
    order = CORE.type_map["Order"]
    assert isinstance(order, GraphQLObjectType)
    assert set(order.fields) >= {
        "orderNumber", "status", "customer", "lines", "milestones", "shipments", "payments",
        "timeline", "total", "placedAt", "promisedOn", "version",
    }  # fmt: skip
    milestone = CORE.type_map["Milestone"]
    assert isinstance(milestone, GraphQLObjectType)
    assert set(milestone.fields) >= {
        "number", "code", "label", "ownerRole", "estimatedOn", "closedOn", "closedBy", "state",
        "daysLate", "attendees",
    }  # fmt: skip

"""The schema as a contract: printed, described, guarded, and in the words of the tables."""

import re
from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
)

from allocator import reasons
from domain.allocation import (
    AllocationReason,
)
from domain.kpis import KpiGroup
from domain.roles import EXACTLY, MAY, Action, Role
from domain.timeline import TimelineKind
from domain.vocabulary import Vocabulary
from gql.nodes import KINDS
from gql.schema import schema
from gql.vocabularies import VOCABULARIES
from persistence.kpis.registry import KpiCode

REPOSITORY = Path(__file__).parents[2]
CORE = schema._schema
ROOTS = ("Query", "Mutation", "Subscription")

# What only the API speaks of.
WORDS_OF_THE_API = {"Locale", "OrderSort", "TemplateForm"}


def our_types() -> Iterator[GraphQLNamedType]:
    return (kind for name, kind in CORE.type_map.items() if not name.startswith("__"))


def test_the_published_schema_is_up_to_date() -> None:
    """`make schema` prints it again."""
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


def test_every_action_is_given_to_a_role() -> None:
    """P1 P7: each action has a line; ADMIN may all but what is a named department's alone."""
    assert set(MAY) == set(Action)
    assert all(MAY.values())
    assert {action for action, roles in MAY.items() if Role.ADMIN not in roles} == set(EXACTLY)


def test_every_type_with_an_id_is_found_by_node() -> None:
    nodes = {kind.name for kind in CORE.get_possible_types(CORE.type_map["Node"])}  # type: ignore[arg-type]  # Node is an interface
    assert nodes == set(KINDS)


def test_every_enum_is_a_vocabulary_of_the_domain() -> None:
    enums = {kind.name: kind for kind in our_types() if isinstance(kind, GraphQLEnumType)}
    assert {
        name for name, kind in enums.items() if not issubclass(kind.wrapped_cls, Vocabulary)
    } == WORDS_OF_THE_API
    assert {kind.wrapped_cls for name, kind in enums.items() if name not in WORDS_OF_THE_API} == {
        *VOCABULARIES
    }


def test_every_kind_of_timeline_entry_is_made_somewhere() -> None:
    made = "".join(path.read_text() for path in (REPOSITORY / "services/timeline").glob("*.py"))
    assert [kind for kind in TimelineKind if not re.search(rf"TimelineKind\.{kind}\b", made)] == []


def test_reasons_are_those_of_the_allocator() -> None:
    """A9: every reason can be shown and said."""
    assert set(AllocationReason) == {*reasons.ORDER, *reasons.ALONE}


def test_fill_rates_can_be_grouped_as_the_schema_says() -> None:
    assert set(KpiGroup) == set(KpiCode.FILL_RATE_UNITS.definition.source.groups)


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

"""What our people note for each other is not the customer's to read (P1).

The whole schema is walked as a customer and as our people, with a word of ours in every text that
the tables keep; a new text is held to this from its first day.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace

import psycopg
import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    Undefined,
    get_named_type,
)
from psycopg import sql
from sqlalchemy import String, select

from domain import limits
from domain.messages import literal
from domain.principals import SYSTEM
from domain.roles import MAY, Role
from gql.context import Deps
from gql.limits import Limits
from gql.nodes import global_id
from gql.schema import schema
from persistence.tables import Base, CustomerRow, OrderEventRow, OrderRow, TaskRow
from tests.conftest import TestDatabase
from tests.gql.company import shared_out
from tests.gql.conftest import Client
from tests.gql.story import Story
from tests.milestones import start_milestones

pytestmark = pytest.mark.usefixtures("tiny_company")

OURS = "hopeless"
DEEPEST = 4
# What a customer said, is asked about, or is shown; and what a carrier said.
THEIRS = {
    "order_changes.agreement",
    "order_changes.delivery_address",
    "order_complaints.answer",
    "order_complaints.text",
    "order_lines.specification",
    "order_lives.confirmation_remarks",
    "order_lives.delivery_address",
    "order_reviews.agreement",
    "order_reviews.solution",
    "tracking_events.note",
}


def texts() -> set[str]:
    """Every column that has room for sentences."""
    return {
        f"{name}.{column.name}"
        for name, table in Base.metadata.tables.items()
        for column in table.columns
        if isinstance(column.type, String) and (column.type.length or 0) >= limits.MEMO
    }


@pytest.fixture
def api_deps(api_deps: Deps) -> Deps:
    """The walk is wide and deep."""
    most = 2**63 - 1
    return replace(api_deps, limits=Limits(99, most, most, most, most))


def test_every_text_is_theirs_or_ours() -> None:
    assert texts() >= THEIRS


async def test_a_customer_reads_no_word_of_ours(client: Client, database: TestDatabase) -> None:
    """P1 P2 O12: notes on contact, inspection, order, price and step, wherever they are reached."""
    order = await company(client)
    planted = plant(database)
    customer = await client.customer_token("F1")
    theirs = await walk(client, customer, order, frozenset({Role.CUSTOMER}))
    assert theirs.count('"O1"') > 3
    leaked = sorted(each for each in planted if f"{OURS} {each}" in theirs)
    assert leaked == []
    # The same walk finds them where our people read them.
    ours = await walk(client, client.token(Role.ADMIN), order, frozenset({Role.ADMIN}))
    found = {each for each in planted if f"{OURS} {each}" in ours}
    assert found >= {
        "customer_contacts.note",
        "milestone_events.reason",
        "milestones.note",
        "order_events.reason",
        "orders.note",
        "price_plan_prices.reason",
        "quality_inspections.corrective_action",
        "quality_inspections.note",
        "tasks.note",
    }


async def company(client: Client) -> str:
    """Order O1 of customer F1, with everything that has room for a note; its id."""
    deps = client.dependencies
    await shared_out(deps)
    story = Story(client)
    await story.mutate(
        Role.PRODUCT, "pricePlanCreate", "pricePlan { id }", code="P1", name="P", currency="CNY"
    )
    prices = [{"sku": "TEE-40", "price": "10.00"}]
    await story.mutate(Role.PRODUCT, "priceSet", "pricePlan { id }", plan="P1", prices=prices)
    file = {"code": "F1", "pricePlan": "P1", "contacts": [{"name": "Ms Chen"}]}
    await story.mutate(Role.SALES, "customerUpdate", "customer { id }", **file)
    async with deps.unit_of_work(SYSTEM) as uow:
        key = await uow.session.scalar(select(OrderRow.id).where(OrderRow.order_number == "O1"))
        customer = await uow.session.scalar(select(CustomerRow.id).where(CustomerRow.code == "F1"))
        assert key is not None
        assert customer is not None
        await start_milestones(uow, key)
        of_order = {"order_id": key, "customer_id": customer}
        uow.session.add(OrderEventRow(**of_order, at=uow.now, kind="NOTED", actor="test"))
        uow.session.add(
            TaskRow(
                **of_order,
                kind="K",
                title=literal("Call").to_json(),
                owner_role="SALES",
                due_on=dt.date(2013, 12, 2),
                raised_at=uow.now,
                raised_by="test",
            )
        )
    order = global_id("Order", key)
    booked = {"kind": "OWN", "plannedOn": "2013-12-31"}
    answer = await story.mutate(
        Role.QUALITY, "inspectionBook", "inspection { id }", orderId=order, **booked
    )
    held = {"id": answer["inspection"]["id"], "result": "FAILED", "inspectedOn": "2013-11-29"}
    await story.mutate(Role.QUALITY, "inspectionRecord", "inspection { id }", **held)
    for name, shown, given in (
        ("materialPurchaseRecord", "materialPurchase { id }", {"material": "Cotton"}),
        ("productionProgressRecord", "productionStage { id }", {"stage": "SEWING"}),
    ):
        await story.mutate(Role.PURCHASING, name, shown, orderId=order, **given)
    opened = {"id": order, "text": "torn"}
    await story.mutate(Role.AFTER_SALES, "complaintOpen", "order { id }", **opened)
    return order


def plant(database: TestDatabase) -> set[str]:
    """Write a word of ours into every text of every row; the columns that have it."""
    planted = set()
    with psycopg.connect(**database.superuser.for_libpq(), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for each in sorted(texts() - THEIRS):
            table, column = each.split(".")
            statement = sql.SQL("UPDATE {} SET {} = {}").format(
                sql.Identifier(table), sql.Identifier(column), sql.Literal(f"{OURS} {each}")
            )
            if connection.execute(statement).rowcount:
                planted.add(each)
    assert len(planted) > 10
    return planted


async def walk(client: Client, token: str, order: str, roles: frozenset[Role]) -> str:
    """All that these roles may read, from every root field, as one text."""
    root = schema._schema.query_type
    assert root is not None
    known = {"id": order, "orderId": order, "orderNumber": "O1", "code": "F1", "customer": "F1"}
    known |= {"sku": "TEE-40", "plan": "P1"}
    read = []
    for name, field in root.fields.items():
        if not may(field, roles):
            continue
        given = arguments(field.args, known, name)
        if given is None:
            continue
        asked = f"{{ {name}{given} {Selection(roles, known).of(get_named_type(field.type))} }}"
        answer = (await client.post(asked, token=token)).json()
        if "errors" in answer:
            # A root field that needs an object of another kind than the order.
            assert {each["extensions"]["code"] for each in answer["errors"]} <= {
                "BAD_USER_INPUT",
                "INVALID_INPUT",
            }, (name, answer["errors"][:2])
        read.append(str(answer))
    return "\n".join(read).replace("'", '"')


def may(field: GraphQLField, roles: frozenset[Role]) -> bool:
    action = field.extensions["strawberry-definition"].metadata.get("action")
    return action is None or not MAY[action].isdisjoint(roles)


def arguments(
    args: Mapping[str, GraphQLArgument], known: Mapping[str, str], name: str
) -> str | None:
    """Arguments that have to be given, and those that name the order or its customer."""
    given = []
    for each, argument in args.items():
        needed = isinstance(argument.type, GraphQLNonNull) and argument.default_value is Undefined
        kind = get_named_type(argument.type)
        if each in known and isinstance(kind, GraphQLScalarType):
            # Of two ways to name it, one: `order(id:)` and `customer(code:)`.
            if needed or (each == "id" and name in ("order", "node")) or (each == "code"):
                given.append(f'{each}: "{known[each]}"')
        elif each == "skus":
            given.append('skus: ["TEE-40"]')
        elif needed:
            return None
    return f"({', '.join(given)})" if given else ""


class Selection:
    """Every field that the roles may read of a root field, and of what it leads to.

    From one type to another it goes once, by whatever way: the objects are the same.
    """

    def __init__(self, roles: frozenset[Role], known: Mapping[str, str]) -> None:
        self.roles = roles
        self.known = known
        self.gone: set[tuple[str, str]] = set()

    def of(self, kind: GraphQLNamedType, above: str = "", depth: int = 0) -> str:
        """The selection of a type's fields; none of a type that has none."""
        if isinstance(kind, GraphQLScalarType | GraphQLEnumType):
            return ""
        if isinstance(kind, GraphQLUnionType | GraphQLInterfaceType):
            # The node that is asked for is the order.
            found = [
                f"... on {each.name} {self.of(each, above, depth)}"
                for each in schema._schema.get_possible_types(kind)
                if kind.name != "Node" or each.name == "Order"
            ]
            return f"{{ __typename {' '.join(found)} }}"
        assert isinstance(kind, GraphQLObjectType)
        if (above, kind.name) in self.gone or depth > DEEPEST:
            return "{ __typename }"
        self.gone.add((above, kind.name))
        return f"{{ __typename {' '.join(self._fields(kind, depth))} }}"

    def _fields(self, kind: GraphQLObjectType, depth: int) -> Iterator[str]:
        for name, field in kind.fields.items():
            given = arguments(field.args, self.known, name)
            if may(field, self.roles) and given is not None:
                inner = self.of(get_named_type(field.type), kind.name, depth + 1)
                # Fields of one name and two types stand in one answer only under two names.
                yield f"{kind.name}_{name}: {name}{given} {inner}"

"""No input of any mutation or query ends in INTERNAL_ERROR: what does not fit is refused by name.

The probes are made from the schema itself, so that a new input is held to this from its first day.
"""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    Undefined,
    get_named_type,
)
from psycopg import sql
from sqlalchemy import update

from domain import limits
from domain.principals import SYSTEM
from domain.roles import Role
from gql.context import Deps
from gql.documents import values_at_fault
from gql.limits import Limits
from gql.nodes import global_id, key_of, read_global_id
from gql.schema import schema
from persistence.tables import Base, OrderLineRow
from tests.conftest import TestDatabase
from tests.gql.company import add_orders
from tests.gql.conftest import Client
from tests.gql.story import ORDER, Story

pytestmark = pytest.mark.usefixtures("tiny_company")

TOO_LONG = "x" * limits.LONGEST
BLANK = " \u3000\u200b "
# Each names the scalar that refuses it, or the door.
MALFORMED: dict[str, list[Any]] = {
    "String": ["a\0b", "x" * (limits.LONGEST + 1)],
    "ID": ["a\0b"],
    "Int": [2**31, -(2**31) - 1],
    "Decimal": ["NaN", "Infinity", "9" * 31],
    "BigInt": ["x", "1e30"],
    "Date": ["0001-01-01", "1969-12-31", "2100-01-01", "9999-12-31"],
    "DateTime": ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"],
}
# Well formed, and each must be refused before anything is done.
REFUSED: dict[str, list[Any]] = {
    "String": [TOO_LONG, BLANK, ""],
    "Decimal": ["1e30", "-1e30", "1e1000000", "1E-999999", "0.0000001"],
}
# The ends of what may be taken: done or refused, but never an error.
EXTREME: dict[str, list[Any]] = {
    "ID": [BLANK],
    "Int": [2**31 - 1, -(2**31)],
    "BigInt": [str(2**63 - 1), str(10**25)],
    "Decimal": [str(limits.MOST_MONEY), "0.000001"],
    "Date": [str(limits.FIRST_DAY), str(limits.LAST_DAY)],
    "DateTime": ["1970-01-01T00:00:00+14:00", "2099-12-31T23:59:59-12:00"],
    "JSON": [None, [], {"": ""}, 1e308, {"country": "x" * limits.LONGEST}],
}
# A template's text may be as long as the door takes.
AS_LONG_AS_THE_DOOR = {("milestoneTemplateKeep", ("template",))}
SAMPLES = {
    "String": "x",
    "Int": 1,
    "BigInt": "1",
    "Decimal": "1.00",
    "Date": "2013-12-02",
    "DateTime": "2013-12-02T08:00:00Z",
    "Boolean": False,
    "CurrencyCode": "CNY",
    "JSON": {"reservation_days": 9},
}
# What names of the tiny company the fields mean.
KNOWN = {
    "customer": "N1",
    "sku": "TEE-40",
    "warehouse": "C",
    "region": "airport",
    "regions": "airport",
    "store": "S1",
    "product": "TEE",
    "tier": "A",
    "person": "service:admin",
    "plan": "P1",
    "pricePlan": None,
    "salesperson": None,
    "baseRunId": None,
}
# Whose id `id` is, where the mutation's name does not begin with it.
IDS = {
    "orderId": "Order",
    "complaint": "Order",
    "deposit": "Order",
    "pickup": "Order",
    "work": "Order",
    "production": "Order",
    "order": "Order",
    "milestone": "Milestone",
    "task": "Task",
    "clock": "Clock",
    "inspection": "Inspection",
    "penalty": "Penalty",
    "scenario": "Scenario",
    "allocation": "AllocationRun",
    "contact": "CustomerContact",
    "customer": "CustomerContact",
    "master": "MasterDataChange",
}

Path = tuple[str, ...]


@dataclass(frozen=True)
class Leaf:
    """A place of an input where a value stands; its description states its own limit."""

    path: Path
    kind: str
    description: str = ""

    def extremes(self) -> list[Any]:
        """The ends of what may stand there."""
        if self.kind != "String":
            return EXTREME.get(self.kind, [])
        stated = re.search(r"At most ([\d,]+) characters", self.description)
        # Four bytes each: characters are counted, not bytes.
        return ["\U0001f9e5" * (int(stated[1].replace(",", "")) if stated else limits.TEXT)]


def leaves(kind: GraphQLInputType, path: Path = (), description: str = "") -> Iterator[Leaf]:
    """All places of an input; of a list its first item."""
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            inner = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
            more = ("0",) if isinstance(inner, GraphQLList) else ()
            yield from leaves(field.type, (*path, name, *more), field.description or "")
    elif not isinstance(named, GraphQLEnumType):
        yield Leaf(path, named.name, description)


def sample(kind: GraphQLInputType, field: str, mutation: str) -> Any:
    """An input of the right shape, all fields given."""
    if isinstance(kind, GraphQLNonNull):
        return sample(kind.of_type, field, mutation)
    if isinstance(kind, GraphQLList):
        return [sample(kind.of_type, field, mutation)]
    if isinstance(kind, GraphQLInputObjectType):
        return {
            name: sample(each.type, name, mutation)
            for name, each in kind.fields.items()
            if name not in ("idempotencyKey", "expectedVersion")
        }
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if field in KNOWN:
        return KNOWN[field]
    if kind.name == "ID":
        whose = next(IDS[each] for each in IDS if field == each or mutation.startswith(each))
        return global_id(whose, 1)
    return SAMPLES[kind.name]


def put(given: Any, path: Path, value: Any) -> Any:
    """The input with another value at a place."""
    changed = copy.deepcopy(given)
    holder = changed
    for step, following in zip(path, (*path[1:], ""), strict=True):
        key: Any = int(step) if isinstance(holder, list) else step
        if not following:
            holder[key] = value
        elif holder.get(key) is None if isinstance(holder, dict) else False:
            holder[key] = {}
        holder = holder[key]
    return changed


def mutations() -> Iterator[tuple[str, GraphQLInputObjectType]]:
    """Every mutation with the type of its input."""
    root = schema._schema.mutation_type
    assert root is not None
    for name, field in root.fields.items():
        kind = get_named_type(field.args["input"].type)
        assert isinstance(kind, GraphQLInputObjectType)
        yield name, kind


def document(name: str, kind: str, probes: int = 1) -> str:
    """One mutation, `probes` times in a document, each with an input of its own."""
    variables = ", ".join(f"$i{place}: {kind}!" for place in range(probes))
    acts = " ".join(
        f"a{place}: {name}(input: $i{place}) {{ userErrors {{ code field message }} }}"
        for place in range(probes)
    )
    return f"mutation ({variables}) {{ {acts} }}"


class Counter:
    """Counts the rows of all tables, beside the application and its rights."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.question = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {}, count(*) FROM {}").format(name, sql.Identifier(name))
            for name in sorted(Base.metadata.tables)
        )

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        return dict(self.connection.execute(self.question, prepare=True).fetchall())


@pytest.fixture
def counter(database: TestDatabase) -> Iterator[Counter]:
    """A counter of this test's database."""
    with psycopg.connect(**database.superuser.for_libpq(), autocommit=True) as connection:
        yield Counter(connection)


@pytest.fixture
def api_deps(api_deps: Deps) -> Deps:
    """Many probes go into one request."""
    return replace(api_deps, limits=Limits(15, 10_000, 100_000, 100_000, 1_000_000))


@pytest.fixture
async def company(client: Client) -> dict[str, int]:
    """A company with an order that was taken in, and one with milestones; keys by type."""
    story = await Story(client).begin()
    await story.do(Role.SALES, "orderPlace", customer="N1", **ORDER)
    await story.mutate(
        Role.ADMIN, "pricePlanCreate", "pricePlan { id }", code="P1", name="P", currency="CNY"
    )
    await add_orders(client.dependencies, "F1", 1)
    return {"Order": key_of(story.id, "Order", "id")}


def input_of(mutation: str, kind: GraphQLInputObjectType, keys: dict[str, int]) -> Any:
    """An input of the right shape for the company."""
    given = sample(kind, "input", mutation)
    for name in ("id", "orderId"):
        if name in given and read_global_id(given[name]) == ("Order", 1):
            given[name] = global_id("Order", keys["Order"])
    return given


async def test_what_no_field_can_take_is_refused_with_its_place(
    client: Client, company: dict[str, int], counter: Counter
) -> None:
    """NUL, half a surrogate, a day or number out of all bounds: 400 with the place in the input."""
    before, token = counter.rows(), of_all_roles(client)
    wrong = []
    for name, kind in mutations():
        given = input_of(name, kind, company)
        for leaf in leaves(kind):
            for value in MALFORMED.get(leaf.kind, []):
                changed = put(given, leaf.path, value)
                answer = (
                    await client.post(document(name, kind.name), {"i0": changed}, token=token)
                ).json()
                (error,) = answer.get("errors", [{"extensions": {}, "message": "done"}])
                steps = "".join(f"[{step}]" if step.isdigit() else f".{step}" for step in leaf.path)
                # The door knows the variable; a scalar knows the place in it.
                place = "$i0" if leaf.kind in ("String", "ID") else f"at {steps}:"
                if error["extensions"].get("code") != "BAD_USER_INPUT" or (
                    place not in error["message"]
                ):
                    wrong.append(f"{name}{steps} {value!r:.30}: {error['message']:.150}")
    assert not wrong, "\n".join(wrong)
    assert counter.rows() == before


async def test_every_text_and_number_that_does_not_fit_is_refused_with_its_path(
    client: Client, company: dict[str, int], counter: Counter
) -> None:
    """Too long, blank, too large: INVALID_INPUT with the field's path, and nothing has changed."""
    before, token = counter.rows(), of_all_roles(client)
    probed, wrong = 0, []
    for name, kind in mutations():
        given = input_of(name, kind, company)
        probes = [
            (leaf, value)
            for leaf in leaves(kind)
            for value in REFUSED.get(leaf.kind, [])
            if value != TOO_LONG or (name, leaf.path) not in AS_LONG_AS_THE_DOOR
        ]
        if not probes:
            continue
        inputs = {
            f"i{place}": put(given, leaf.path, value) for place, (leaf, value) in enumerate(probes)
        }
        found = await client.ask(document(name, kind.name, len(probes)), inputs, token=token)
        for place, (leaf, value) in enumerate(probes):
            path = ".".join(leaf.path)
            errors = [(each["code"], each["field"]) for each in found[f"a{place}"]["userErrors"]]
            if errors != [("INVALID_INPUT", path)]:
                wrong.append(f"{name} {path} {value!r:.20}: {errors}")
        probed += len(probes)
    assert not wrong, "\n".join(wrong)
    assert probed > 200
    assert counter.rows() == before


async def test_the_ends_of_what_fits_are_done_or_refused_but_no_error(
    client: Client, company: dict[str, int], counter: Counter
) -> None:
    """Longest texts, greatest numbers, first and last days reach the columns they end in."""
    wrong = []
    before, token = counter.rows(), of_all_roles(client)
    for name, kind in mutations():
        given = input_of(name, kind, company)
        for leaf in leaves(kind):
            for value in leaf.extremes():
                changed = put(given, leaf.path, value)
                body = (
                    await client.post(document(name, kind.name), {"i0": changed}, token=token)
                ).json()
                codes = [error["extensions"]["code"] for error in body.get("errors", [])]
                after = counter.rows()
                refused = codes or body["data"]["a0"]["userErrors"]
                if "INTERNAL_ERROR" in codes or (refused and after != before):
                    wrong.append(f"{name} {leaf.path} {value!r:.30}: {body!s:.300}")
                before = after
    assert not wrong, "\n".join(wrong)


def of_all_roles(client: Client) -> str:
    """The token of one whose roles together may do everything."""
    return client.token(Role.ADMIN, Role.FINANCE, Role.PRODUCT, Role.CHANNEL)


def queries() -> Iterator[tuple[str, str, list[tuple[Leaf, dict[str, Any]]]]]:
    """Every query that takes something: its name, its document, and where values stand."""
    root = schema._schema.query_type
    assert root is not None
    for name, field in root.fields.items():
        if not field.args:
            continue
        named = get_named_type(field.type)
        shows = "" if isinstance(named, GraphQLEnumType | GraphQLScalarType) else "{ __typename }"
        declared = ", ".join(f"${each}: {arg.type}" for each, arg in field.args.items())
        given = ", ".join(f"{each}: ${each}" for each in field.args)
        needed = {
            each: sample(arg.type, each, "order")
            for each, arg in field.args.items()
            if isinstance(arg.type, GraphQLNonNull) and arg.default_value is Undefined
        }
        places = [
            (leaf, needed)
            for each, arg in field.args.items()
            for leaf in leaves(arg.type, (each, "0") if is_list(arg.type) else (each,))
        ]
        yield name, f"query ({declared}) {{ {name}({given}) {shows} }}", places


def is_list(kind: GraphQLInputType) -> bool:
    """Whether it takes a list."""
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)


def with_value(given: dict[str, Any], path: Path, value: Any) -> Any:
    """Arguments with nothing but what is needed, and a value at a place."""
    inner = value
    for step in reversed(path[1:]):
        inner = [inner] if step == "0" else {step: inner}
    return {**given, path[0]: inner}


async def test_no_argument_of_a_query_is_an_error_of_ours(
    client: Client, company: dict[str, int]
) -> None:
    wrong, probed, token = [], 0, of_all_roles(client)
    for name, asked, places in queries():
        for leaf, needed in places:
            refused = [*MALFORMED.get(leaf.kind, []), *REFUSED.get(leaf.kind, [])]
            for value in (*refused, *leaf.extremes()):
                answer = await client.codes(
                    asked, with_value(needed, leaf.path, value), token=token
                )
                probed += 1
                if "INTERNAL_ERROR" in answer:
                    wrong.append(f"{name} {leaf.path} {value!r:.30}")
    assert not wrong, "\n".join(wrong)
    assert probed > 300


async def test_half_a_surrogate_pair_is_refused_at_the_door() -> None:
    """JSON can write it, no encoding can: a socket's variables may carry it."""
    (error,) = values_at_fault({"input": {"lines": [{"sku": "a\ud800"}]}})
    assert error.extensions == {"code": "BAD_USER_INPUT"}
    assert "$input" in error.message


async def test_the_longest_texts_go_through_an_order_s_life(client: Client) -> None:
    """What is accepted at the beginning breaks nothing later: the check writes it to columns (O1).

    The customer's last order has as long a specification, so that both stand in one doubt.
    """
    story = Story(client)
    longest = "x" + "\x01" * (limits.TEXT - 1)
    async with client.dependencies.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(update(OrderLineRow).values(specification=f"y{longest[1:]}"))
    placed = {
        **ORDER,
        "orderNumber": "\U0001f9e5" * limits.CODE,
        "customerPo": "\U0001f9e5" * limits.CODE,
        "note": longest,
        "deliveryAddress": longest,
        "lines": [{**ORDER["lines"][0], "specification": longest}],
    }
    await story.do(Role.SALES, "orderPlace", customer="F1", **placed)
    assert await story.do(Role.SALES, "orderAcknowledge") == "RECEIVED"
    assert await story.do(Role.SALES, "orderCheck") == "UNDER_CHECK"
    doubts = (await story.read(Role.SALES, "doubts { code }"))["doubts"]
    assert [doubt["code"] for doubt in doubts] == ["SPECIFICATION_DIFFERS"]
    await story.do(Role.SALES_MANAGER, "orderCancel", reason=longest)


async def test_lines_that_cost_more_than_any_account_holds_are_refused(
    client: Client, counter: Counter
) -> None:
    """Each price and number fits, their product does not (O1)."""
    story = await Story(client).begin()
    line = {
        "lineNo": 1,
        "sku": "TEE-40",
        "units": limits.MOST_UNITS,
        "unitPrice": str(limits.MOST_PRICE),
    }
    placed = {**ORDER, "customer": "N1", "lines": [line]}
    before = counter.rows()
    payload = await story.answer(Role.SALES, "orderPlace", "order { id }", **placed)
    assert payload["order"] is None
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == ("TOTAL_TOO_LARGE", "lines")
    assert counter.rows() == before


async def test_who_may_not_act_is_not_shown_what_fits(client: Client) -> None:
    """Rights come before limits."""
    story = await Story(client).begin()
    await story.forbidden(Role.WAREHOUSE, "orderPlace", customer="N1", orderNumber=BLANK, **ORDER)

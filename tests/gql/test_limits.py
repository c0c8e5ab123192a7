"""Documents that ask for too much are refused before they run, and quickly."""

import pytest
from graphql import OperationDefinitionNode, get_operation_ast, parse

from domain.roles import Role
from gql.documents import Document, Documents
from gql.limits import MOST, Limits, Weight, refuse_what_exceeds, sizes_of_variables, weigh
from gql.schema import schema
from tests.gql.conftest import Client

pytestmark = pytest.mark.usefixtures("tiny_company")

LIST = """
query ($first: Int = 20) {
  orders(first: $first) { nodes {
    orderNumber
    milestones { number code }
    shipments { carrier trackingEvents { at code } }
  } }
}
"""


def weight_of(document: str, **variables: object) -> Weight:
    ast = parse(document)
    operation = get_operation_ast(ast)
    assert isinstance(operation, OperationDefinitionNode)
    return weigh(schema._schema, ast, operation, sizes_of_variables(operation, variables))


def doubling(count: int, inner: str = "subject") -> str:
    """Fragments that each name the next one twice: 2^count of the last, in a few tokens each."""
    parts = [f"fragment F{i} on Viewer {{ ...F{i + 1} ...F{i + 1} }}" for i in range(count)]
    parts.append(f"fragment F{count} on Viewer {{ {inner} }}")
    return "query { viewer { ...F0 } } " + " ".join(parts)


def test_cost_counts_the_objects_that_may_come_back() -> None:
    """One connection, 20 orders of 1 + 17 milestones + 3 shipments with 5 events each."""
    assert weight_of(LIST).cost == 1 + 20 * (1 + 17 + 3 * (1 + 5))
    assert weight_of(LIST, first=1).cost == 1 + 1 * (1 + 17 + 3 * (1 + 5))
    assert weight_of(LIST).depth == 5


def test_leaves_are_free_and_edges_cost_as_much_as_nodes() -> None:
    nodes = weight_of("{ orders(first: 7) { nodes { id status placedAt } } }")
    edges = weight_of(
        "{ orders(first: 7) { edges { cursor node { id } } pageInfo { endCursor } } }"
    )
    assert nodes.cost == edges.cost == 8


def test_the_length_of_a_list_of_ids_counts() -> None:
    document = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert weight_of(document, ids=["a", "b", "c"]).cost == 3
    assert weight_of('{ nodes(ids: ["a", "b"]) { id } }').cost == 2


def test_fragments_weigh_as_if_written_out() -> None:
    spread = "{ orders(first: 3) { ...P } } fragment P on OrderConnection { nodes { a: id b: id } }"
    plain = "{ orders(first: 3) { nodes { a: id b: id } } }"
    assert weight_of(spread) == weight_of(plain) == Weight(3, 2, 4, 4)


def test_thirty_doubling_fragments_are_weighed_at_once() -> None:
    """330 tokens: a walk of 2^30 steps would not end before the suite is given up."""
    weight = weight_of(doubling(30, "a: subject"))
    assert weight.aliases == MOST
    refused = refuse_what_exceeds(weight, Limits())
    assert [(error.extensions or {})["code"] for error in refused] == ["ALIAS_LIMIT", "FIELD_LIMIT"]


def nested(levels: int, first: str = "first: 200") -> str:
    """Customers of orders of customers ...: each level asks for two hundred times as much."""
    opened = f"orders({first}) {{ nodes {{ customer {{ " * levels
    return f"{{ customers({first}) {{ nodes {{ {opened} id {'} } } ' * levels} }} }} }}"


def test_figures_stop_growing_far_below_what_json_can_hold() -> None:
    """200^13 objects pass 64 bits, 2^100 aliases too."""
    assert weight_of(nested(12)).cost == MOST
    assert weight_of(doubling(100, "a: subject")) == Weight(2, MOST, MOST, 1)


@pytest.mark.parametrize("given", [-(2**40), -1, 0, 1, 2**40, True, 1.5])
def test_no_number_of_a_client_makes_the_rest_cheap(given: object) -> None:
    """A size below nothing is refused when its field runs; until then it counts as none."""
    orders = "orders(first: 100) { nodes { id } }"
    dear = weight_of(f"{{ {orders} }}").cost
    by_first = "query ($n: Int) { mine: orders(first: $n) { nodes { id } } " + orders + " }"
    assert dear < weight_of(by_first, n=given).cost <= dear + 201
    by_ids = "query ($n: [ID!]!) { nodes(ids: $n) { id } " + orders + " }"
    assert dear < weight_of(by_ids, n=given).cost <= dear + 200


@pytest.mark.parametrize("literal", ["-5", "5", "0", "999999999999999999999999", '"a"', '["a"]'])
def test_a_value_in_place_of_a_list_is_one_at_least(literal: str) -> None:
    assert 1 <= weight_of(f"{{ nodes(ids: {literal}) {{ id }} }}").cost <= 200


def test_a_mutation_costs_more_than_a_query() -> None:
    document = "mutation { allocationRequest { allocationRun { id } } }"
    assert weight_of(document).cost == 2 + 10


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (
            "{ customer " + "{ orders(first: 1) { nodes { customer " * 5 + "{ id" + " }" * 17,
            "DEPTH_LIMIT",
        ),
        ("{ viewer { " + " ".join(f"a{i}: subject" for i in range(51)) + " } }", "ALIAS_LIMIT"),
        ("{ viewer { " + "subject " * 2_000 + "} }", "GRAPHQL_PARSE_FAILED"),
        (
            "{ customers(first: 200) { nodes { orders(first: 200) { nodes { id } } } } }",
            "COST_LIMIT",
        ),
        (doubling(30), "FIELD_LIMIT"),
        ("{" * 1_999, "GRAPHQL_PARSE_FAILED"),
        ("{ a" * 600 + " }" * 600, "GRAPHQL_PARSE_FAILED"),
        ("{ viewer { " + "... { " * 300 + "subject" + " }" * 302, "GRAPHQL_PARSE_FAILED"),
    ],
    ids=["depth", "aliases", "tokens", "cost", "doubling", "braces", "deep", "inline"],
)
async def test_too_much_is_refused_by_name(client: Client, document: str, code: str) -> None:
    assert await client.codes(document) == [code]


@pytest.mark.parametrize("transport", ["post", "get"])
async def test_a_cost_beyond_64_bits_is_refused_like_any_other(
    client: Client, transport: str
) -> None:
    """328 bytes, and once an answer of status 500."""
    document = "{customers(first:200){nodes{" + "orders(first:200){nodes{customer{" * 8
    document += "id" + "}}}" * 8 + "}}}"
    assert len(document) < 400
    if transport == "get":
        headers = {"Authorization": f"Bearer {client.token(Role.ADMIN)}"}
        answer = await client.http.get("/graphql", params={"query": document}, headers=headers)
    else:
        answer = await client.post(document)
    # The newer form of answer says by its status that nothing ran.
    assert answer.status_code == {"get": 200, "post": 400}[transport]
    codes = {error["extensions"]["code"] for error in answer.json()["errors"]}
    assert codes == {"DEPTH_LIMIT", "COST_LIMIT"}
    assert answer.json()["extensions"]["cost"] == {"requested": MOST, "limit": 10_000}


async def test_the_dearest_admitted_document_is_validated(client: Client) -> None:
    """Nineteen hundred times one field: comparing each with each is cut short by the library."""
    document = "{ viewer { " + "subject " * 1_900 + "} }"
    assert await client.codes(document) == ["GRAPHQL_VALIDATION_FAILED"]


async def test_cost_is_shown(client: Client) -> None:
    answer = (await client.post(LIST, {"first": 2})).json()
    assert answer["extensions"]["cost"] == {"requested": 73, "limit": 10_000}


@pytest.mark.parametrize(
    ("document", "variables", "code"),
    [
        ('{ orders(first: 201) { totalCount } }', {}, "INVALID_INPUT"),
        ('{ orders(first: -1) { totalCount } }', {}, "INVALID_INPUT"),
        ('{ orders(first: 1, last: 1) { totalCount } }', {}, "INVALID_INPUT"),
        ('{ orders(after: "nonsense") { totalCount } }', {}, "INVALID_INPUT"),
        (r'{ order(orderNumber: "A\u0000") { id } }', {}, "BAD_USER_INPUT"),
        ("{ orders(first: " + "9" * 5_000 + ") { totalCount } }", {}, "BAD_USER_INPUT"),
        ("{ orders(first: 1." + "9" * 5_000 + ") { totalCount } }", {}, "BAD_USER_INPUT"),
        ("query ($n: String) { order(orderNumber: $n) { id } }", {"n": "A\0"}, "BAD_USER_INPUT"),
        ("query ($n: String) { order(orderNumber: $n) { id } }", {"n": "A" * 4_001},
         "BAD_USER_INPUT"),
        ("query ($f: OrderFilter) { orders(filter: $f) { totalCount } }",
         {"f": {"search": "x\0"}}, "BAD_USER_INPUT"),
        # What a person writes is never read as a sentence of a rule.
        ("query ($n: String) { order(orderNumber: $n) { id } }",
         {"n": ' {"key": "milestones.ORDER_CLOSED"}'}, "BAD_USER_INPUT"),
        (r'{ order(orderNumber: "{\"key\": \"orders.LINE\"}") { id } }', {}, "BAD_USER_INPUT"),
    ],
)  # fmt: skip
async def test_values_out_of_range_are_the_clients_fault(
    client: Client, document: str, variables: dict[str, object], code: str
) -> None:
    assert await client.codes(document, variables) == [code]


async def test_introspection_is_answered_and_cannot_be_nested(client: Client) -> None:
    answer = await client.ask("{ __schema { types { fields { name type { name } } } } }")
    assert len(answer["__schema"]["types"]) > 50
    deep = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    assert set(await client.codes(deep)) == {"GRAPHQL_VALIDATION_FAILED"}


def test_introspection_can_be_turned_off() -> None:
    documents = Documents(Limits(), introspection=False)
    for text, refused in (("{ __schema { types { name } } }", True), ("{ __typename }", False)):
        _, errors = documents.admit(schema, Document(parse(text)), None, {})
        assert bool(errors) is refused

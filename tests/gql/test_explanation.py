"""The explanation of a line of a plan, as a client asks for it."""

from decimal import Decimal

import pytest

from allocator import explain, problem_from, solve
from domain.roles import Role
from gql.allocation.explanations import ExplanationDetails
from services.allocation import explanation
from tests.allocator.worlds import line, world
from tests.gql.company import shared_out
from tests.gql.conftest import Client

pytestmark = pytest.mark.usefixtures("tiny_company")

LINES = """{ allocationRuns(first: 1) { nodes { lines(first: 10, filter: { onlyShort: true }) {
  nodes { id claim explanation { sentence } } } } } }"""
DETAILS = """query ($id: ID!) { node(id: $id) { ... on AllocationLine { explanation { details {
  level position rule values { name value } wanted given reasons
  winners { claim outlet position sameLevel units pieces } winnersPieces moreWinners
  blocking { claim reasons missingPieces missingFunds } moreBlocking
  changes { what subject amount gives more fills }
  supply { warehouse units } funds { used fromBalance } displaced { claim missing } moreDisplaced
} } } } }"""


async def line_ids(client: Client) -> dict[str, str]:
    nodes = (await client.ask(LINES))["allocationRuns"]["nodes"][0]["lines"]["nodes"]
    return {node["claim"]: node["id"] for node in nodes}


async def test_one_line_is_explained_with_all_its_data(client: Client) -> None:
    """A9: level and rule, winners, what would change it."""
    await shared_out(client.dependencies)
    key = (await line_ids(client))["L:O2/0001"]
    details = (await client.ask(DETAILS, {"id": key}))["node"]["explanation"]["details"]
    assert details["rule"] == "FUNDED_ORDERS_BY_RANK_THEN_LAUNCH"
    assert details["values"][0] == {"name": "rank", "value": "2"}
    assert (details["level"][:2], details["position"]) == ([1, 2], 1)
    assert (details["wanted"], details["given"], details["reasons"]) == (3, 0, ["FUNDS"])
    assert details["winners"] == [
        {
            "claim": "L:O1/0001",
            "outlet": "F1",
            "position": 0,
            "sameLevel": False,
            "units": 4,
            "pieces": "4",
        }
    ]
    assert (details["winnersPieces"], details["moreWinners"]) == ("4", 0)
    assert [(c["what"], c["gives"], c["fills"]) for c in details["changes"]] == [
        ("FUNDS", 1, False),
        ("FUNDS", 3, True),
    ]
    assert (details["blocking"], details["moreBlocking"]) == ([], 0)
    assert (details["supply"], details["funds"], details["displaced"]) == ([], None, [])


def test_the_lines_that_block_a_whole_order_are_listed_with_what_lacks() -> None:
    """A9: 3.40 of 10.00 are there, and four pieces of K2 for five."""
    tables = world(
        supply=[{"sku_id": "K1", "units": 9}, {"sku_id": "K2", "units": 4}],
        franchisees=[{"franchisee_id": "F", "balance_cents": 340}, {"franchisee_id": "G"}],
        orders=[{"order_id": "O", "ship_complete": 1}],
        order_lines=[line("1", 5), line("2", 5, "K2")],
    )
    problem = problem_from(tables)
    found = explain(problem, solve(problem), "L:1", counterfactuals=False)
    details = ExplanationDetails.of(found, "CNY")
    assert [
        (one.claim, [reason.name for reason in one.reasons], one.missing_pieces, one.missing_funds)
        for one in details.blocking
    ] == [("L:1", ["FUNDS"], 0, Decimal("1.60")), ("L:2", ["SUPPLY", "FUNDS"], 1, Decimal("6.60"))]


async def test_a_page_of_lines_is_explained_in_sentences_only(client: Client) -> None:
    """Every explanation is a solve: one at a time."""
    await shared_out(client.dependencies)
    page = LINES.replace("sentence", "details { rule }")
    assert await client.codes(page) == ["COST_LIMIT"]
    (sentence,) = {
        node["explanation"]["sentence"]
        for node in (await client.ask(LINES))["allocationRuns"]["nodes"][0]["lines"]["nodes"]
        if node["claim"] == "L:O2/0001"
    }
    assert "wants 3, given 0" in sentence


async def test_an_explanation_that_takes_too_long_says_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A9: the field fails with a code of the reference, and the line can still be read."""
    await shared_out(client.dependencies)
    key = (await line_ids(client))["L:O2/0001"]
    monkeypatch.setattr(explanation, "TIME_LIMIT_S", 0.0)
    assert await client.codes(DETAILS, {"id": key}) == ["TIMEOUT"]
    monkeypatch.undo()
    assert await client.codes(DETAILS, {"id": key}) == []


async def test_a_customer_may_not_read_lines_of_plans(client: Client) -> None:
    """P1: the permission is the line's."""
    await shared_out(client.dependencies)
    key = (await line_ids(client))["L:O2/0001"]
    token = await client.customer_token("F2")
    assert await client.codes(DETAILS, {"id": key}, token=token) == ["FORBIDDEN"]
    planner = client.token(Role.PLANNING)
    assert await client.codes(DETAILS, {"id": key}, token=planner) == []

"""Keyset connections: pages in both directions, ties, new rows in between, sorting, filters."""

from typing import Any

import pytest

from tests.gql.company import add_orders
from tests.gql.conftest import Client

pytestmark = pytest.mark.usefixtures("tiny_company")

PAGE = """query ($first: Int, $after: String, $last: Int, $before: String, $sort: [OrderSort!]) {
  orders(first: $first, after: $after, last: $last, before: $before, sort: $sort,
         filter: { search: "N-" }) {
    totalCount
    edges { cursor node { orderNumber } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""


async def page(client: Client, **variables: Any) -> tuple[list[str], dict[str, Any]]:
    found = (await client.ask(PAGE, variables))["orders"]
    return [edge["node"]["orderNumber"] for edge in found["edges"]], found["pageInfo"]


async def seven_orders(client: Client) -> list[str]:
    """N-F1-006 down to N-F1-000: newest first."""
    await add_orders(client.dependencies, "F1", 7)
    return [f"N-F1-{place:03}" for place in reversed(range(7))]


@pytest.mark.parametrize(
    "sort",
    [
        None,
        ["PLACED_AT_ASC"],
        ["ORDER_NUMBER_DESC"],
        # All seven have one status: the second key and the id decide.
        ["STATUS_ASC", "PLACED_AT_DESC"],
    ],
)
async def test_pages_put_together_are_the_whole_list(
    client: Client, sort: list[str] | None
) -> None:
    newest_first = await seven_orders(client)
    expected = newest_first[::-1] if sort == ["PLACED_AT_ASC"] else newest_first
    forwards: list[str] = []
    after = None
    while True:
        numbers, info = await page(client, first=3, after=after, sort=sort)
        forwards += numbers
        after = info["endCursor"]
        if not info["hasNextPage"]:
            break
    assert forwards == expected
    backwards: list[str] = []
    before = None
    while True:
        numbers, info = await page(client, last=3, before=before, sort=sort)
        backwards = numbers + backwards
        before = info["startCursor"]
        if not info["hasPreviousPage"]:
            break
    assert backwards == expected


async def test_a_row_that_comes_in_between_is_neither_repeated_nor_skipped(client: Client) -> None:
    newest_first = await seven_orders(client)
    numbers, info = await page(client, first=3)
    await add_orders(client.dependencies, "F2", 9)
    rest, _ = await page(client, first=100, after=info["endCursor"])
    assert [number for number in numbers + rest if "F1" in number] == newest_first
    assert len(set(rest)) == len(rest)


async def test_a_page_of_nothing_has_no_cursors(client: Client) -> None:
    numbers, info = await page(client, first=0)
    assert numbers == []
    assert (info["startCursor"], info["endCursor"]) == (None, None)


async def test_a_cursor_of_another_order_is_refused(client: Client) -> None:
    await seven_orders(client)
    _, info = await page(client, first=1, sort=["ORDER_NUMBER_ASC"])
    assert await client.codes(PAGE, {"after": info["endCursor"]}) == ["INVALID_INPUT"]


async def test_nested_pages_are_pages_too(client: Client) -> None:
    await seven_orders(client)
    document = """query ($after: String) { customer(code: "F1") {
      orders(first: 2, after: $after) { totalCount nodes { orderNumber }
                                        pageInfo { hasNextPage endCursor } } } }"""
    first = (await client.ask(document))["customer"]["orders"]
    assert [node["orderNumber"] for node in first["nodes"]] == ["N-F1-006", "N-F1-005"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (8, True)
    second = await client.ask(document, {"after": first["pageInfo"]["endCursor"]})
    numbers = [node["orderNumber"] for node in second["customer"]["orders"]["nodes"]]
    assert numbers == ["N-F1-004", "N-F1-003"]


@pytest.mark.parametrize(
    ("filter", "count"),
    [
        ({}, 6),
        ({"status": ["SHIPPED"]}, 4),
        ({"status": ["SHIPPED", "CONFIRMED"]}, 6),
        ({"region": "Shenzhen"}, 1),
        ({"search": "n-f1-00"}, 4),
        ({"search": "franchisee f2"}, 1),
        ({"search": "100%"}, 0),
        ({"overdueMilestone": True}, 4),
        ({"overdueMilestone": False}, 2),
        ({"placedBetween": {"from": "2013-11-02T00:00:00Z"}}, 4),
        ({"placedBetween": {"before": "2013-11-02T00:00:00+08:00"}}, 2),
        ({"placedBetween": {"from": "2013-11-02T00:00:00Z", "before": "2013-11-04T00:00:00Z"}}, 2),
    ],
)
async def test_filters_narrow(client: Client, filter: dict[str, Any], count: int) -> None:
    """O1 and O2 of the tiny company, and four orders of F1 that have left."""
    await add_orders(client.dependencies, "F1", 4)
    document = "query ($filter: OrderFilter) { orders(filter: $filter) { totalCount } }"
    answer = await client.ask(document, {"filter": filter})
    assert answer == {"orders": {"totalCount": count}}

"""Mutations: the changed object, refusals as data, once per key."""

from typing import Any

import pytest
from sqlalchemy import func, select

from domain.principals import SYSTEM
from domain.roles import Role
from persistence.tables import AllocationRunRow, AuditRow, OutboxRow, ScenarioRow
from services.scenarios.use_cases import run_scenario
from tests.gql.company import shared_out
from tests.gql.conftest import Client

pytestmark = pytest.mark.usefixtures("tiny_company")

RECEIVE = """mutation ($input: GoodsReceiveInput!) { goodsReceive(input: $input) {
  goodsReceipt { receiptNumber recordedBy warehouse { code }
                 lines { nodes { units sku { code } } } }
  allocationRun { status trigger }
  userErrors { __typename code field message ... on NotFoundError { key } }
} }"""
REQUEST = """mutation ($input: AllocationRequestInput) { allocationRequest(input: $input) {
  allocationRun { id status requestedBy } userErrors { code field } } }"""
CANCEL = """mutation ($input: AllocationCancelInput!) { allocationCancel(input: $input) {
  allocationRun { status } userErrors { code field } } }"""


def receipt(**changes: Any) -> dict[str, Any]:
    lines = [{"sku": "TEE-40", "units": 12}]
    return {"input": {"receiptNumber": "GR-1", "warehouse": "C", "lines": lines, **changes}}


async def count(client: Client, table: Any) -> int:
    async with client.dependencies.unit_of_work(SYSTEM) as uow:
        return int(await uow.session.scalar(select(func.count()).select_from(table)) or 0)


async def test_goods_that_arrive_are_recorded_and_a_run_is_queued(client: Client) -> None:
    """A2: receipt, run and job in one act, by the warehouse's own hand."""
    token = client.token(Role.WAREHOUSE)
    answer = (await client.ask(RECEIVE, receipt(), token=token))["goodsReceive"]
    assert answer == {
        "goodsReceipt": {
            "receiptNumber": "GR-1",
            "warehouse": {"code": "C"},
            "recordedBy": "service:warehouse",
            "lines": {"nodes": [{"units": 12, "sku": {"code": "TEE-40"}}]},
        },
        "allocationRun": {"status": "QUEUED", "trigger": "GOODS_RECEIPT"},
        "userErrors": [],
    }
    assert await count(client, OutboxRow) == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"warehouse": "X"}, ("NotFoundError", "NOT_FOUND", "warehouse")),
        ({"lines": [{"sku": "X", "units": 1}]}, ("NotFoundError", "NOT_FOUND", "lines.sku")),
        ({"lines": []}, ("Refusal", "INVALID_INPUT", "lines")),
        ({"lines": [{"sku": "TEE-40", "units": 0}]}, ("Refusal", "INVALID_INPUT", "lines.units")),
    ],
)
async def test_a_refusal_is_data_and_nothing_was_done(
    client: Client, changes: dict[str, Any], error: tuple[str, str, str]
) -> None:
    answer = (await client.ask(RECEIVE, receipt(**changes)))["goodsReceive"]
    assert (answer["goodsReceipt"], answer["allocationRun"]) == (None, None)
    (shown,) = answer["userErrors"]
    assert (shown["__typename"], shown["code"], shown["field"]) == error
    assert await count(client, OutboxRow) == await count(client, AuditRow) == 0


async def test_the_same_key_acts_once_and_answers_alike(client: Client) -> None:
    variables = {"input": {"idempotencyKey": "k1"}}
    first = await client.ask(REQUEST, variables)
    assert await client.ask(REQUEST, variables) == first
    assert await count(client, AllocationRunRow) == 1
    assert await count(client, AuditRow) == 1
    # Another principal's key is another key; what it asks for is done by the run that waits.
    planner = client.token(Role.PLANNING)
    other = await client.ask(REQUEST, variables, token=planner)
    assert other["allocationRequest"]["allocationRun"]["requestedBy"] == "service:admin"
    assert await count(client, AllocationRunRow) == 1
    assert await count(client, AuditRow) == 2


async def test_the_same_key_with_other_input_is_refused(client: Client) -> None:
    await client.ask(RECEIVE, receipt(idempotencyKey="k1"))
    lines = [{"sku": "TEE-40", "units": 13}]
    again = await client.ask(RECEIVE, receipt(idempotencyKey="k1", lines=lines))
    (shown,) = again["goodsReceive"]["userErrors"]
    assert (shown["code"], shown["field"]) == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")


async def test_a_run_is_asked_for_and_called_off_once(client: Client) -> None:
    asked = (await client.ask(REQUEST))["allocationRequest"]
    assert asked["allocationRun"]["status"] == "QUEUED"
    variables = {"input": {"id": asked["allocationRun"]["id"]}}
    first = (await client.ask(CANCEL, variables))["allocationCancel"]
    assert first == {"allocationRun": {"status": "CANCELLED"}, "userErrors": []}
    second = (await client.ask(CANCEL, variables))["allocationCancel"]
    assert second == {
        "allocationRun": None,
        "userErrors": [{"code": "WRONG_STATE", "field": None}],
    }


async def test_mutations_of_one_request_run_one_after_the_other(client: Client) -> None:
    received = """goodsReceive(input: { receiptNumber: "GR-%s", warehouse: "C",
        lines: [{ sku: "TEE-40", units: 1 }] }) { goodsReceipt { id } }"""
    answer = await client.ask(f"mutation {{ a: {received % 1} b: {received % 2} }}")
    assert answer["a"]["goodsReceipt"]["id"] < answer["b"]["goodsReceipt"]["id"]


async def test_a_planner_asks_what_if(client: Client) -> None:
    """A10: with 30.00 for F2 its 3 tees ship instead of being reserved; nothing live moves."""
    await shared_out(client.dependencies)
    runs = await client.ask("{ allocationRuns { nodes { id } } }")
    run = runs["allocationRuns"]["nodes"][0]["id"]
    made = await client.ask(
        """mutation ($input: ScenarioCreateInput!) { scenarioCreate(input: $input) {
          scenario { id name status version baseRun { id } comparison { rowCount } }
          userErrors { code message } } }""",
        {
            "input": {
                "name": "F2 pays",
                "baseRunId": run,
                "funds": [{"customer": "F2", "available": "30.00"}],
            }
        },
    )
    scenario = made["scenarioCreate"]["scenario"]
    assert scenario == {
        "id": scenario["id"],
        "name": "F2 pays",
        "status": "DRAFT",
        "version": 1,
        "baseRun": {"id": run},
        "comparison": None,
    }
    asked = await client.ask(
        """mutation ($input: ScenarioRunInput!) { scenarioRun(input: $input) {
          scenario { status version } userErrors { code } } }""",
        {"input": {"id": scenario["id"], "expectedVersion": 1}},
    )
    assert asked["scenarioRun"] == {
        "scenario": {"status": "QUEUED", "version": 2},
        "userErrors": [],
    }
    async with client.dependencies.unit_of_work(SYSTEM) as uow:
        key = await uow.session.scalar(select(ScenarioRow.id))
    assert key is not None
    await run_scenario(key, client.dependencies)
    compared = await client.ask(
        """query ($id: ID!) { scenarioComparison(scenarioId: $id, groupBy: FRANCHISEE) {
          scenario { status } groupBy rowCount
          rows { key base { wanted shipped reserved shippedValue fillRate }
                 scenario { wanted shipped reserved shippedValue fillRate } } } }""",
        {"id": scenario["id"]},
    )
    comparison = compared["scenarioComparison"]
    assert comparison["scenario"] == {"status": "DONE"}
    assert comparison["rows"][0] == {
        "key": "F2",
        "base": {
            "wanted": "3",
            "shipped": "0",
            "reserved": "3",
            "shippedValue": "0.00",
            "fillRate": "1.0000",
        },
        "scenario": {
            "wanted": "3",
            "shipped": "3",
            "reserved": "0",
            "shippedValue": "30.00",
            "fillRate": "1.0000",
        },
    }


async def test_a_stale_version_is_refused_with_both_figures(client: Client) -> None:
    made = await client.ask('mutation { scenarioCreate(input: { name: "x" }) { scenario { id } } }')
    key = made["scenarioCreate"]["scenario"]["id"]
    answer = await client.ask(
        """mutation ($id: ID!) { scenarioRun(input: { id: $id, expectedVersion: 7 }) {
          scenario { id } userErrors {
            code ... on StaleVersionError { expectedVersion actualVersion } } } }""",
        {"id": key},
    )
    assert answer["scenarioRun"] == {
        "scenario": None,
        "userErrors": [
            {"code": "STALE_VERSION", "expectedVersion": 7, "actualVersion": 1},
        ],
    }

"""Penalties over HTTP (P8)."""

import pytest

from domain.penalties import PenaltyRule
from domain.principals import SYSTEM
from domain.roles import Role
from services.penalties import RaisePenalty, raise_penalty
from tests.gql.conftest import ERRORS, Client

pytestmark = pytest.mark.usefixtures("tiny_company")


async def test_a_penalty_is_listed_and_waived(client: Client) -> None:
    """P8: rule, region, case, amount; let off by a leader, with a reason."""
    async with client.dependencies.unit_of_work(SYSTEM) as uow:
        await raise_penalty(
            RaisePenalty(PenaltyRule.DEMAND_PLAN_LATE, "airport/2013-12", region="airport"), uow
        )
    listed = await client.ask(
        """{ penalties(filter: {region: "airport", isWaived: false}) { totalCount nodes {
             id rule case region { code } person order { id } amount { amount currency } } } }""",
        token=client.token(Role.SALES_ADMIN),
    )
    [penalty] = listed["penalties"]["nodes"]
    identity = penalty.pop("id")
    assert penalty == {
        "rule": "DEMAND_PLAN_LATE",
        "case": "airport/2013-12",
        "region": {"code": "airport"},
        "person": None,
        "order": None,
        "amount": {"amount": "100.00", "currency": "CNY"},
    }
    document = f"""mutation ($input: PenaltyWaiveInput!) {{ penaltyWaive(input: $input) {{
      penalty {{ waivedBy waiveReason version }} {ERRORS} }} }}"""
    sent = {"input": {"id": identity, "reason": "The line was down", "expectedVersion": 1}}
    clerk = client.token(Role.SALES_ADMIN)
    assert await client.codes(document, sent, token=clerk) == ["FORBIDDEN"]
    leader = client.token(Role.GENERAL_MANAGER)
    waived = (await client.ask(document, sent, token=leader))["penaltyWaive"]
    assert waived["penalty"] == {
        "waivedBy": "service:general_manager",
        "waiveReason": "The line was down",
        "version": 2,
    }
    again = (await client.ask(document, sent, token=leader))["penaltyWaive"]
    assert [each["code"] for each in again["userErrors"]] == ["WRONG_STATE"]

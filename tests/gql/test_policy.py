"""Policy, the order of regions and the calendar over HTTP; plans are withdrawn (P5-P7)."""

import datetime as dt

import pytest

from domain.roles import Role
from tests.clock import FixedClock
from tests.gql.conftest import ERRORS, Client
from tests.gql.test_master_data import ranks

pytestmark = pytest.mark.usefixtures("tiny_company")


POLICY = f"""mutation ($input: PolicyUpdateInput!) {{ policyUpdate(input: $input) {{
  policy {{ version effectiveFrom createdBy reason settings }} {ERRORS} }} }}"""


async def test_admin_changes_the_policy_from_a_day_on(client: Client) -> None:
    """P7: the version in force at an instant can be asked; a wrong setting is a refusal."""
    sent = {"settings": {"reservation_days": 10}, "validFrom": "2013-12-01", "expectedVersion": 1}
    policy = (await client.ask(POLICY, {"input": sent}))["policyUpdate"]["policy"]
    assert (policy["version"], policy["effectiveFrom"]) == (2, "2013-11-30T16:00:00Z")
    answer = await client.ask(
        """{ now: policy { version settings }
             then: policy(at: "2013-12-01T00:00:00Z") { version settings }
             never: policy(at: "1999-01-01T00:00:00Z") { version }
             policies { totalCount nodes { version } } }"""
    )
    assert [answer[name]["settings"]["reservation_days"] for name in ("now", "then")] == [15, 10]
    assert answer["never"] is None
    assert answer["policies"] == {"totalCount": 2, "nodes": [{"version": 2}, {"version": 1}]}
    for settings in ({"resrvation_days": 1}, {}, "x", ["x"], {"region_order": []}):
        refused = (await client.ask(POLICY, {"input": {"settings": settings}}))["policyUpdate"]
        assert refused["policy"] is None
        assert [each["code"] for each in refused["userErrors"]] == ["INVALID_INPUT"]
    stale = (await client.ask(POLICY, {"input": sent}))["policyUpdate"]["userErrors"]
    assert [(each["code"], each["actualVersion"]) for each in stale] == [("STALE_VERSION", 2)]
    planning = client.token(Role.PLANNING)
    assert await client.codes(POLICY, {"input": sent}, token=planning) == ["FORBIDDEN"]


async def test_regions_and_business_days_are_set(client: Client) -> None:
    """P5 P6: CHANNEL orders regions; PLANNING enters the company's days, everybody reads them."""
    order = await client.ask(
        """mutation { regionOrderSet(input: {season: AUTUMN_WINTER, regions: ["Shenzhen"]}) {
             policy { version settings } userErrors { code } } }""",
        token=client.token(Role.CHANNEL),
    )
    assert order["regionOrderSet"]["policy"]["settings"]["region_order"]["AUTUMN_WINTER"] == [
        "Shenzhen"
    ]
    await client.ask(
        """mutation { businessDaySet(input: {day: "2013-11-30", isWorking: true, name: "Stock"}) {
             businessDay { day isWorking isOwn name } userErrors { code } } }""",
        token=client.token(Role.PLANNING),
    )
    days = await client.ask(
        """{ businessDays(firstDay: "2013-11-29", lastDay: "2013-12-01") {
             day isWorking isOwn name } }""",
        token=await client.customer_token("F1"),
    )
    assert [tuple(each.values()) for each in days["businessDays"]] == [
        ("2013-11-29", True, False, None),
        ("2013-11-30", True, True, "Stock"),
        ("2013-12-01", False, False, None),
    ]
    removed = await client.ask(
        """mutation { businessDayRemove(input: {day: "2013-11-30"}) {
             businessDay { isWorking isOwn } userErrors { code } } }""",
        token=client.token(Role.PLANNING),
    )
    assert removed["businessDayRemove"]["businessDay"] == {"isWorking": False, "isOwn": False}


async def test_the_api_warns_of_a_calendar_that_ends_too_early(
    client: Client, clock: FixedClock
) -> None:
    """P6: our people are warned when today lies beyond the make-up days that are known."""
    sales = client.token(Role.SALES)
    assert (await client.ask("{ calendarWarnings }", token=sales))["calendarWarnings"] == []
    customer = await client.customer_token("F1")
    assert await client.codes("{ calendarWarnings }", token=customer) == ["FORBIDDEN"]
    clock.now = dt.datetime(2098, 6, 1, tzinfo=dt.UTC)
    found = await client.ask("{ calendarWarnings }", token=client.token(Role.SALES))
    (warning,) = found["calendarWarnings"]
    assert "dates in use reach to 2098-06-01" in warning


async def test_what_is_planned_is_withdrawn_by_who_may_set_it(client: Client) -> None:
    """P7: a rank by CHANNEL, a version of the policy by ADMIN; sent again it acts once."""
    channel = client.token(Role.CHANNEL)
    planned = ranks(("F2", 5), validFrom="2013-12-02")
    ids = "{ customerRankSet(input: $input) { changes { id } } }"
    found = await client.ask(
        f"mutation ($input: CustomerRankSetInput!) {ids}", planned, token=channel
    )
    (change,) = found["customerRankSet"]["changes"]
    withdraw = f"""mutation ($input: MasterDataWithdrawInput!) {{
      masterDataWithdraw(input: $input) {{
        changes {{ object withdrawnBy withdrawReason appliedAt }} {ERRORS} }} }}"""
    sent = {"input": {"ids": [change["id"]], "reason": "a slip", "idempotencyKey": "w1"}}
    refused = (await client.post(withdraw, sent, token=client.token(Role.SALES))).json()
    assert [error["extensions"]["code"] for error in refused["errors"]] == ["FORBIDDEN"]
    for _ in range(2):
        done = (await client.ask(withdraw, sent, token=channel))["masterDataWithdraw"]
        assert done == {
            "changes": [
                {
                    "object": "F2",
                    "withdrawnBy": "service:channel",
                    "withdrawReason": "a slip",
                    "appliedAt": None,
                }
            ],
            "userErrors": [],
        }
    settings = {"settings": {"reservation_days": 10}, "validFrom": "2013-12-02"}
    policy = (await client.ask(POLICY, {"input": settings}))["policyUpdate"]["policy"]
    call_off = f"""mutation ($input: PolicyWithdrawInput!) {{ policyWithdraw(input: $input) {{
      policy {{ version settings reason }} {ERRORS} }} }}"""
    wrong = {"input": {"version": 1, "reason": "x"}}
    errors = (await client.ask(call_off, wrong))["policyWithdraw"]["userErrors"]
    assert [each["code"] for each in errors] == ["WRONG_STATE"]
    sent = {"input": {"version": policy["version"], "reason": "not yet"}}
    left = (await client.ask(call_off, sent))["policyWithdraw"]
    assert left["userErrors"] == []
    assert left["policy"]["settings"]["reservation_days"] == 15
    assert left["policy"]["reason"] == f"Withdraws version {policy['version']}: not yet"

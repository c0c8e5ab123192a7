"""Policy, master data, prices, penalties, people and customers' files over HTTP (P1-P8)."""

import datetime as dt
from typing import Any

import pytest

from domain.penalties import PenaltyRule
from domain.principals import SYSTEM
from domain.roles import Role
from services.allocation.run import run_allocation
from services.penalties import RaisePenalty, raise_penalty
from tests.clock import FixedClock
from tests.gql.company import shared_out
from tests.gql.conftest import Client
from tests.services.test_allocation import arrive

pytestmark = pytest.mark.usefixtures("tiny_company")

ERRORS = """userErrors { __typename code field message
  ... on ItemError { index remedy } ... on StaleVersionError { expectedVersion actualVersion } }"""
CHANGES = f"""{{ changeCount validFrom isInForce
  changes {{ area object value previous validFrom version enteredBy reason areaVersion
             target {{ __typename ... on Customer {{ code rank version }} }} }} {ERRORS} }}"""
RANKS = (
    "mutation ($input: CustomerRankSetInput!) { customerRankSet(input: $input) " + CHANGES + " }"
)


def ranks(*items: tuple[Any, ...], **more: Any) -> dict[str, Any]:
    """Items of customer, rank and, where given, expected version."""
    listed = [
        dict(zip(("customer", "rank", "expectedVersion"), item, strict=False)) for item in items
    ]
    return {"input": {"ranks": listed, **more}}


async def test_channel_ranks_a_franchisee(client: Client) -> None:
    """P7: at once, with who, why and what held before; sent again it acts once."""
    token = client.token(Role.CHANNEL)
    sent = ranks(("F2", 5, 1), reason="Fewer orders", idempotencyKey="k1")
    first = await client.ask(RANKS, sent, token=token)
    assert first["customerRankSet"] == {
        "changeCount": 1,
        "validFrom": "2013-11-29",
        "isInForce": True,
        "changes": [
            {
                "area": "CUSTOMER_RANK",
                "object": "F2",
                "value": 5,
                "previous": 2,
                "validFrom": "2013-11-29",
                "version": 2,
                "enteredBy": "service:channel",
                "reason": "Fewer orders",
                "areaVersion": 1,
                "target": {"__typename": "Customer", "code": "F2", "rank": 5, "version": 2},
            }
        ],
        "userErrors": [],
    }
    assert await client.ask(RANKS, sent, token=token) == first


async def test_every_faulty_item_is_told_with_its_remedy(client: Client) -> None:
    """P7: three faults, nothing written."""
    token = client.token(Role.CHANNEL)
    answer = await client.ask(RANKS, ranks(("F1", 3), ("F9", 4), ("F2", 0, 9)), token=token)
    told = answer["customerRankSet"]
    assert (told["changeCount"], told["changes"], told["isInForce"]) == (0, [], False)
    assert [(each["__typename"], each["index"], each["field"]) for each in told["userErrors"]] == [
        ("ItemError", 1, "customer"),
        ("ItemError", 2, "expectedVersion"),
        ("ItemError", 2, "value"),
    ]
    assert all(each["remedy"] for each in told["userErrors"])
    alone = await client.ask(RANKS, ranks(("F2", 3, 9)), token=token)
    assert alone["customerRankSet"]["userErrors"] == [
        {
            "__typename": "StaleVersionError",
            "code": "STALE_VERSION",
            "field": "expectedVersion",
            "message": "The customer F2 is at version 1, not 9: read it again and repeat.",
            "expectedVersion": 9,
            "actualVersion": 1,
        }
    ]


SETS = {
    "productRankSet": ({"ranks": [{"product": "TEE", "rank": 4}]}, {Role.PRODUCT}),
    "launchPlanUpdate": (
        {"season": "SPRING_SUMMER", "ranks": [{"product": "TEE", "rank": 4}]},
        {Role.PRODUCT},
    ),
    "customerRankSet": (
        {"amongUnfunded": True, "ranks": [{"customer": "F1", "rank": 4}]},
        {Role.CHANNEL},
    ),
    "storeTierSet": (
        {"tiers": [{"store": "S1", "tier": "B"}]},
        {Role.PRODUCT, Role.CHANNEL},
    ),
    "creditLimitSet": ({"limits": [{"customer": "F1", "limit": "70.50"}]}, {Role.FINANCE}),
    "paymentTermsSet": ({"terms": [{"customer": "F1", "terms": "COD"}]}, {Role.FINANCE}),
    "safetyStockSet": (
        {"stocks": [{"store": "S1", "sku": "TEE-40", "units": 7}]},
        {Role.PLANNING, Role.PRODUCT, Role.ADMIN},
    ),
    "regionReserveSet": (
        {"reserves": [{"region": "Shenzhen", "sku": "TEE-40", "units": 7}]},
        {Role.PLANNING, Role.PRODUCT, Role.ADMIN},
    ),
}


@pytest.mark.parametrize("mutation", SETS)
async def test_each_department_sets_its_own(client: Client, mutation: str) -> None:
    """P7: by exactly the roles that the rules name; the others get FORBIDDEN."""
    sent, roles = SETS[mutation]
    kind = mutation[0].upper() + mutation[1:] + "Input"
    document = (
        f"mutation ($input: {kind}!) {{ {mutation}(input: $input)"
        f" {{ changeCount changes {{ value target {{ id }} }} {ERRORS} }} }}"
    )
    for role in (Role.SALES, Role.GENERAL_MANAGER, Role.CHANNEL, Role.FINANCE, Role.ADMIN):
        if role not in roles:
            token = client.token(role)
            assert await client.codes(document, {"input": sent}, token=token) == ["FORBIDDEN"]
    for role in roles:
        answer = await client.ask(document, {"input": sent}, token=client.token(role))
        assert answer[mutation]["userErrors"] == []
        assert answer[mutation]["changeCount"] == 1


async def test_plans_are_listed_and_told_for_a_day(client: Client) -> None:
    """P7: what is planned, what holds on which day, by whom; one question each."""
    channel = client.token(Role.CHANNEL)
    await client.ask(RANKS, ranks(("F2", 9), validFrom="2013-12-05"), token=channel)
    await client.ask(RANKS, ranks(("F2", 3)), token=channel)
    answer = await client.ask(
        """{ masterDataChanges(filter: {area: [CUSTOMER_RANK], isInForce: false}) {
               totalCount nodes { id object value appliedAt validFrom } }
             now: masterDataOn(area: CUSTOMER_RANK, codes: ["F2"]) { object value }
             then: masterDataOn(area: CUSTOMER_RANK, codes: ["F2"], on: "2013-12-05") { value }
             before: masterDataOn(area: CUSTOMER_RANK, codes: ["F2"], on: "2013-11-28") { value }
           }""",
        token=client.token(Role.ANALYST),
    )
    changes = answer["masterDataChanges"]
    assert changes["totalCount"] == 1
    identity = changes["nodes"][0].pop("id")
    assert changes["nodes"] == [
        {"object": "F2", "value": 9, "appliedAt": None, "validFrom": "2013-12-05"}
    ]
    assert (answer["now"], answer["then"], answer["before"]) == (
        [{"object": "F2", "value": 3}],
        [{"value": 9}],
        [{"value": 2}],
    )
    node = "query ($id: ID!) { node(id: $id) { ... on MasterDataChange { enteredBy } } }"
    assert (await client.ask(node, {"id": identity}))["node"] == {"enteredBy": "service:channel"}
    customer = await client.customer_token("F1")
    assert await client.codes("{ masterDataChanges { totalCount } }", token=customer) == [
        "FORBIDDEN"
    ]


async def test_a_proposal_explains_itself_beside_the_entered_rank(client: Client) -> None:
    """P7: figures for people; paged like every list."""
    document = """query ($after: String) { customerRankProposal(first: 1, after: $after) {
      totalCount pageInfo { hasNextPage endCursor }
      nodes { customer { code } proposedRank enteredRank figures { criterion text } } } }"""
    token = client.token(Role.CHANNEL)
    page = (await client.ask(document, token=token))["customerRankProposal"]
    assert page["nodes"] == [
        {
            "customer": {"code": "F1"},
            "proposedRank": 1,
            "enteredRank": 1,
            "figures": [
                {"criterion": "REGION", "text": "region airport is number 1 in SPRING_SUMMER"},
                {"criterion": "CLASS", "text": "class C"},
                {"criterion": "UNITS", "text": "4 units ordered in the last 365 days"},
            ],
        }
    ]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (2, True)
    after = {"after": page["pageInfo"]["endCursor"]}
    second = (await client.ask(document, after, token=token))["customerRankProposal"]
    assert [each["customer"]["code"] for each in second["nodes"]] == ["F2"]
    assert second["pageInfo"]["hasNextPage"] is False


async def test_a_run_tells_the_versions_it_used(client: Client) -> None:
    """P7: kept with the run, whatever is set afterwards."""
    await client.ask(RANKS, ranks(("F2", 5)), token=client.token(Role.CHANNEL))
    await run_allocation(await arrive(client.dependencies), client.dependencies)
    await client.ask(RANKS, ranks(("F2", 6)), token=client.token(Role.CHANNEL))
    answer = await client.ask("{ allocationRuns { nodes { policyVersion versions } } }")
    assert answer["allocationRuns"]["nodes"] == [
        {"policyVersion": 1, "versions": {"POLICY": 1, "CUSTOMER_RANK": 1}}
    ]


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
    for settings in ({"resrvation_days": 1}, {}, "x", {"region_order": []}):
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


async def test_a_calendar_that_ends_too_early_is_told_by_the_api(
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


async def test_prices_follow_plan_and_day(client: Client) -> None:
    """P3: PRODUCT makes a plan, SALES puts a customer on it, its own login sees its price."""
    product, sales = client.token(Role.PRODUCT), client.token(Role.SALES)
    await client.ask(
        """mutation { pricePlanCreate(input: {code: "VIP", name: "Good", currency: "CNY"}) {
             pricePlan { code version } userErrors { code } } }""",
        token=product,
    )
    entered = await client.ask(
        """mutation { priceSet(input: {plan: "VIP", expectedVersion: 1, reason: "Sale",
             prices: [{sku: "TEE-40", price: "9.25", validTo: "2013-12-05"}]}) {
             pricePlan { version prices(sku: "TEE-40") {
               price { amount } validFrom validTo enteredBy } } userErrors { code } } }""",
        token=product,
    )
    assert entered["priceSet"]["pricePlan"]["version"] == 2
    await client.ask(
        """mutation { customerUpdate(input: {code: "F1", pricePlan: "VIP"}) {
             customer { pricePlan { code } } userErrors { code } } }""",
        token=sales,
    )
    question = """{ prices(skus: ["TEE-40", "X"], customer: "F1") {
      sku price { amount currency } isFromPlan validFrom }
      later: prices(skus: ["TEE-40"], customer: "F1", on: "2013-12-06") { price { amount } }
      pricePlans { totalCount nodes { code } } }"""
    own = await client.ask(question, token=await client.customer_token("F1"))
    assert own["prices"] == [
        {
            "sku": "TEE-40",
            "price": {"amount": "9.250000", "currency": "CNY"},
            "isFromPlan": True,
            "validFrom": "2013-11-29",
        }
    ]
    assert own["later"] == [{"price": {"amount": "10.000000"}}]
    assert own["pricePlans"] == {"totalCount": 1, "nodes": [{"code": "VIP"}]}
    other = await client.customer_token("F2")
    assert (await client.ask("{ pricePlans { totalCount } }", token=other))["pricePlans"] == {
        "totalCount": 0
    }
    theirs = '{ prices(skus: ["TEE-40"], customer: "F1") { sku } }'
    assert await client.codes(theirs, token=other) == ["NOT_FOUND"]


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


async def test_people_are_added_and_shut_out(client: Client) -> None:
    """P1: by ADMIN; a customer's login is bound to its customer."""
    add = f"""mutation ($input: PersonAddInput!) {{ personAdd(input: $input) {{
      person {{ subject roles isActive version customer {{ code }} }} {ERRORS} }} }}"""
    sent = {"input": {"subject": "f1@example", "roles": ["CUSTOMER"], "customer": "F1"}}
    added = (await client.ask(add, sent))["personAdd"]
    assert added["person"] == {
        "subject": "f1@example",
        "roles": ["CUSTOMER"],
        "isActive": True,
        "version": 1,
        "customer": {"code": "F1"},
    }
    again = (await client.ask(add, sent))["personAdd"]["userErrors"]
    assert [(each["code"], each["field"]) for each in again] == [("INVALID_INPUT", "subject")]
    manager = client.token(Role.GENERAL_MANAGER)
    assert await client.codes(add, sent, token=manager) == ["FORBIDDEN"]
    update = f"""mutation ($input: PersonUpdateInput!) {{ personUpdate(input: $input) {{
      person {{ isActive version }} {ERRORS} }} }}"""
    gone = {"input": {"subject": "f1@example", "isActive": False, "expectedVersion": 1}}
    assert (await client.ask(update, gone))["personUpdate"]["person"] == {
        "isActive": False,
        "version": 2,
    }
    stale = (await client.ask(update, gone))["personUpdate"]["userErrors"]
    assert [each["code"] for each in stale] == ["STALE_VERSION"]
    people = await client.ask(
        "{ people(filter: {isActive: false}) { totalCount nodes { subject } } }", token=manager
    )
    assert people["people"] == {"totalCount": 1, "nodes": [{"subject": "f1@example"}]}


async def test_finance_sets_a_guarantor_s_quota_and_confirms_funds(client: Client) -> None:
    """F2 A3 P7: and reads them again; who may not see people is not shown the person."""
    finance = client.token(Role.FINANCE)
    await client.ask(
        """mutation { personAdd(input: {subject: "ann", roles: [SALES]}) {
             userErrors { code } } }"""
    )
    quota = await client.ask(
        """mutation { guaranteeQuotaSet(input: {quotas: [{person: "ann", quota: "500"}]}) {
             changes { id value target { ... on Person { subject guaranteeQuota } } } } }""",
        token=finance,
    )
    [change] = quota["guaranteeQuotaSet"]["changes"]
    assert (change["value"], change["target"]) == (
        "500.00",
        {"subject": "ann", "guaranteeQuota": "500.00"},
    )
    node = "query ($id: ID!) { node(id: $id) { ... on MasterDataChange { target { id } } } }"
    seen = await client.ask(node, {"id": change["id"]}, token=client.token(Role.QUALITY))
    assert seen["node"] == {"target": None}

    confirm = f"""mutation ($input: FundsConfirmInput!) {{ fundsConfirm(input: $input) {{
      customerCount {ERRORS} }} }}"""
    done = await client.ask(confirm, {"input": {}}, token=finance)
    assert done["fundsConfirm"] == {"customerCount": 2, "userErrors": []}
    bad = {"input": {"customers": [{"customer": "F9"}, {"customer": "F1", "expectedVersion": 1}]}}
    refused = (await client.ask(confirm, bad, token=finance))["fundsConfirm"]
    assert [(each["code"], each["index"]) for each in refused["userErrors"]] == [
        ("NOT_FOUND", 0),
        ("STALE_VERSION", 1),
    ]
    funds = await client.ask("{ funds { nodes { confirmedOn } } }", token=finance)
    assert funds["funds"]["nodes"] == [{"confirmedOn": "2013-11-29"}] * 2


async def test_a_customer_s_file_is_opened_and_read(client: Client) -> None:
    """P2: before its first order, with whom to talk to and what it traded."""
    await shared_out(client.dependencies)
    document = f"""mutation ($input: CustomerCreateInput!) {{ customerCreate(input: $input) {{
      customer {{ code rank customerClass paymentTerms creditLimit {{ amount }} reserveRank
                 contacts {{ name isMain }} funds {{ balance {{ amount }} }} }} {ERRORS} }} }}"""
    sent = {
        "input": {
            "code": "F3",
            "name": "Franchisee three",
            "kind": "FRANCHISEE",
            "contacts": [{"name": "Zhao", "isMain": True}],
        }
    }
    sales = client.token(Role.SALES)
    assert (await client.ask(document, sent, token=sales))["customerCreate"]["customer"] == {
        "code": "F3",
        "rank": 3,
        "customerClass": "C",
        "paymentTerms": "PREPAID",
        "creditLimit": None,
        "reserveRank": None,
        "contacts": [{"name": "Zhao", "isMain": True}],
        "funds": {"balance": {"amount": "0.00"}},
    }
    monthly = {"input": {**sent["input"], "code": "F4", "paymentTerms": "MONTHLY"}}
    assert await client.codes(document, monthly, token=sales) == ["FORBIDDEN"]
    with client.counting() as statements:
        own = await client.ask(
            """{ customers { nodes { code tradingHistory { orders openOrders unitsOrdered
                 value { amount } paid { amount } firstOrderAt } contacts { name } } } }""",
            token=await client.customer_token("F1"),
        )
    assert own["customers"]["nodes"] == [
        {
            "code": "F1",
            "tradingHistory": {
                "orders": 1,
                "openOrders": 1,
                "unitsOrdered": "4",
                "value": {"amount": "40.00"},
                "paid": {"amount": "0.00"},
                "firstOrderAt": dt.datetime(2013, 11, 1, tzinfo=dt.UTC)
                .isoformat()
                .replace("+00:00", "Z"),
            },
            "contacts": [],
        }
    ]
    assert len([each for each in statements if "set_config" not in each]) <= 8


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
    told = (await client.ask(call_off, wrong))["policyWithdraw"]["userErrors"]
    assert [each["code"] for each in told] == ["WRONG_STATE"]
    sent = {"input": {"version": policy["version"], "reason": "not yet"}}
    left = (await client.ask(call_off, sent))["policyWithdraw"]
    assert left["userErrors"] == []
    assert left["policy"]["settings"]["reservation_days"] == 15
    assert left["policy"]["reason"] == f"Withdraws version {policy['version']}: not yet"

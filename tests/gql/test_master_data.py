"""Master data of each department over HTTP: set, listed, planned, withdrawn (P7)."""

from typing import Any

import pytest

from domain.roles import Role
from services.allocation.run import run_allocation
from tests.gql.conftest import ERRORS, Client
from tests.services.test_allocation import arrive

pytestmark = pytest.mark.usefixtures("tiny_company")


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


async def test_every_faulty_item_is_reported_with_its_remedy(client: Client) -> None:
    """P7: three faults, nothing written."""
    token = client.token(Role.CHANNEL)
    answer = await client.ask(RANKS, ranks(("F1", 3), ("F9", 4), ("F2", 0, 9)), token=token)
    payload = answer["customerRankSet"]
    assert (payload["changeCount"], payload["changes"], payload["isInForce"]) == (0, [], False)
    assert [
        (each["__typename"], each["index"], each["field"]) for each in payload["userErrors"]
    ] == [
        ("ItemError", 1, "customer"),
        ("ItemError", 2, "expectedVersion"),
        ("ItemError", 2, "value"),
    ]
    assert all(each["remedy"] for each in payload["userErrors"])
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


async def test_plans_are_listed_and_shown_for_a_day(client: Client) -> None:
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
                {"criterion": "REGION", "text": "region airport is number 1 in spring and summer"},
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


async def test_a_run_shows_the_versions_it_used(client: Client) -> None:
    """P7: kept with the run, whatever is set afterwards."""
    await client.ask(RANKS, ranks(("F2", 5)), token=client.token(Role.CHANNEL))
    await run_allocation(await arrive(client.dependencies), client.dependencies)
    await client.ask(RANKS, ranks(("F2", 6)), token=client.token(Role.CHANNEL))
    answer = await client.ask("{ allocationRuns { nodes { policyVersion versions } } }")
    assert answer["allocationRuns"]["nodes"] == [
        {"policyVersion": 1, "versions": {"POLICY": 1, "CUSTOMER_RANK": 1}}
    ]


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

"""The number of SQL statements does not depend on the number of rows."""

import pytest

from domain.roles import Role
from tests.gql.company import add_orders, shared_out
from tests.gql.conftest import Client

pytestmark = pytest.mark.usefixtures("tiny_company")

ORDERS = """query ($first: Int) {
  orders(first: $first) { totalCount nodes {
    orderNumber customer { code region { name } funds { available { amount } } }
    lines { totalCount nodes { pack amount { amount } sku { code product { name } } order { id } } }
    milestones { number label order { id } } nextMilestone { label }
    shipments { warehouse { code } lines { totalCount nodes { sku { code } orderLine { lineNo } } }
                trackingEvents { code } }
    payments { amount { amount } shipment { id } } reservations { units }
    timeline(last: 30) { title amount { amount } milestone { number } shipment { id } }
  } }
}"""
CUSTOMERS = """query ($first: Int) {
  customers(first: $first) { nodes { funds { available { amount } }
    orders(first: 5) { totalCount nodes { milestones { state } shipments { id } } } } }
}"""
MILESTONES = """query ($first: Int) {
  milestones(first: $first) { totalCount nodes { label order { orderNumber customer { code } } } }
}"""
SHIPMENTS = """query ($first: Int) {
  shipments(first: $first) { nodes {
    order { id customer { code } } warehouse { code } store { code }
    lines { nodes { sku { code } } } trackingEvents { at } } }
}"""
LINES = """query ($first: Int) {
  allocationRuns { nodes { lines(first: $first, filter: { stage: FUNDED }) { totalCount nodes {
    sku { product { name } } warehouse { code } customer { code } orderLine { order { id } }
    store { region { name } } region { name } } } reservations { totalCount nodes { units } } } }
}"""
FUNDS = (
    "query ($first: Int) { funds(first: $first) { nodes { customer { code } held { amount } } } }"
)


@pytest.mark.parametrize(
    "document",
    [ORDERS, CUSTOMERS, MILESTONES, SHIPMENTS, LINES, FUNDS],
    ids=["orders", "customers", "milestones", "shipments", "lines", "funds"],
)
async def test_twenty_rows_cost_as_many_statements_as_two(client: Client, document: str) -> None:
    await shared_out(client.dependencies, more_franchisees=20)
    for customer in ("F1", "F2"):
        await add_orders(client.dependencies, customer, 12)
    counts = {}
    for first in (2, 20):
        await client.ask(document, {"first": first})
        with client.counting() as statements:
            answer = await client.ask(document, {"first": first})
        counts[first] = len(statements)
        assert answer
    assert counts[2] == counts[20] > 2


async def test_a_total_is_counted_only_when_asked_for(client: Client) -> None:
    await shared_out(client.dependencies)
    with client.counting() as statements:
        await client.ask("{ orders { nodes { id } } }")
    assert not any("count(" in statement.lower() for statement in statements)


async def test_the_companys_words_are_read_once_for_many_requests(client: Client) -> None:
    """The policy is remembered for some seconds: one transaction per list, and no more."""
    await shared_out(client.dependencies)
    await client.ask("{ orders { nodes { id } } }")
    with client.counting() as statements:
        await client.ask("{ orders { nodes { id } } }")
    assert len(statements) == 2
    assert "set_config" in statements[0]


# What each mutation costs as a whole, from the door to the payload that is read after the commit.
COSTS = {
    "productRankSet": ({"ranks": [{"product": "TEE", "rank": 4}]}, 16),
    "launchPlanUpdate": (
        {"season": "SPRING_SUMMER", "ranks": [{"product": "TEE", "rank": 4}]},
        19,
    ),
    "customerRankSet": ({"ranks": [{"customer": "F1", "rank": 4}]}, 16),
    "storeTierSet": ({"tiers": [{"store": "S1", "tier": "B"}]}, 16),
    "creditLimitSet": ({"limits": [{"customer": "F1", "limit": "70.50"}]}, 19),
    "paymentTermsSet": ({"terms": [{"customer": "F1", "terms": "COD"}]}, 18),
    "safetyStockSet": ({"stocks": [{"store": "S1", "sku": "TEE-40", "units": 7}]}, 18),
    "regionReserveSet": ({"reserves": [{"region": "Shenzhen", "sku": "TEE-40", "units": 7}]}, 18),
    "fundsConfirm": ({}, 6),
    "personAdd": ({"subject": "li", "roles": ["SALES"], "region": "airport"}, 10),
    "personUpdate": ({"subject": "ann", "roles": ["SALES"], "isActive": False}, 11),
}


@pytest.mark.parametrize("mutation", COSTS)
async def test_a_mutation_of_master_data_or_people_costs_as_few_statements(
    client: Client, mutation: str
) -> None:
    sent, most = COSTS[mutation]
    roles = [Role.PRODUCT, Role.CHANNEL, Role.FINANCE, Role.PLANNING, Role.ADMIN]
    token = client.token(*roles)
    if mutation == "personUpdate":
        ann = 'mutation { personAdd(input: {subject: "ann", roles: [LEGAL]}) { person { id } } }'
        await client.ask(ann, token=token)
    kind = f"{mutation[0].upper()}{mutation[1:]}Input"
    document = (
        f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}"
    )
    # Every few seconds one request asks for the company's language besides.
    await client.ask("{ viewer { subject } }", token=token)
    with client.counting() as statements:
        answer = await client.ask(document, {"input": sent}, token=token)
    assert answer[mutation] == {"userErrors": []}
    assert len(statements) <= most


async def test_twenty_contacts_cost_as_many_statements_as_two(client: Client) -> None:
    """P2: entered with the file, and changed all at once."""
    create = """mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) {
      customer { contacts { id name } } userErrors { code } } }"""
    update = """mutation ($input: CustomerUpdateInput!) { customerUpdate(input: $input) {
      userErrors { code } } }"""
    token = client.token(Role.SALES)
    costs = []
    # The first only lets the policy be read, which is then remembered.
    for count in (1, 2, 20):
        contacts = [{"name": f"Contact {no}", "phone": "139"} for no in range(count)]
        code = f"F{count}0"
        new = {"code": code, "name": code, "kind": "FRANCHISEE", "contacts": contacts}
        with client.counting() as creating:
            made = (await client.ask(create, {"input": new}, token=token))["customerCreate"]
        kept = [{**each, "phone": None} for each in made["customer"]["contacts"]]
        with client.counting() as changing:
            answer = await client.ask(
                update, {"input": {"code": code, "contacts": kept}}, token=token
            )
        assert answer["customerUpdate"] == {"userErrors": []}
        costs.append((len(creating), len(changing)))
    assert costs[1] == costs[2]

"""Tokens, roles and tenants: who gets in, what each may do, and whose rows each sees (P1)."""

import datetime as dt
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from domain.parties.people import AddPerson, UpdatePerson
from domain.principals import SYSTEM
from domain.roles import MAY, Action, Role
from gql.authentication import REMEMBER_S
from services.parties.people import add_person, update_person
from services.settings import Settings
from services.tokens import Tokens
from tests.clock import FixedClock
from tests.gql.company import add_orders, shared_out
from tests.gql.conftest import Client

pytestmark = pytest.mark.usefixtures("tiny_company")

VIEWER = "{ viewer { subject roles customer { code } } }"
EVERYTHING = """{
  orders { totalCount nodes { id customer { code } } }
  milestones { totalCount nodes { id } }
  shipments { totalCount nodes { id } }
  customers { totalCount nodes { id code } }
  reservations { totalCount nodes { id } }
  funds { totalCount nodes { id } }
}"""


async def test_without_a_token_nobody_gets_in(client: Client) -> None:
    response = await client.http.post("/graphql", json={"query": VIEWER})
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_an_expired_token_is_401(client: Client, clock: FixedClock) -> None:
    token = client.token(Role.ADMIN)
    clock.advance(dt.timedelta(hours=7, minutes=59))
    assert (await client.post(VIEWER, token=token)).status_code == 200
    clock.advance(dt.timedelta(minutes=1))
    assert (await client.post(VIEWER, token=token)).status_code == 401


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "x" * 5_000])
async def test_a_token_that_is_not_ours_is_401(client: Client, token: str) -> None:
    assert (await client.post(VIEWER, token=token)).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [{"exp": 10**30}, {"sub": "a\0b", "kind": "person"}, {"roles": [["ADMIN"]]}, {"exp": 1.9e12}],
    ids=["huge", "NUL", "list", "float"],
)
async def test_a_signed_token_with_odd_claims_is_401(
    client: Client, settings: Settings, claims: dict[str, object]
) -> None:
    """Whoever signs may be another program with the same secret; it gets no error of ours."""
    whole = {"iss": "apportion", "sub": "x", "roles": ["ADMIN"], "exp": 1_900_000_000, **claims}
    token = jwt.encode({"alg": "HS256"}, whole, OctKey.import_key((settings.secret or "").encode()))
    answer = await client.post(VIEWER, token=token)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_token_signed_with_another_secret_is_401(client: Client) -> None:
    forged = Tokens("another secret, just as long as ours is").mint_for_service(
        [Role.ADMIN], now=client.dependencies.clock()
    )
    assert (await client.post(VIEWER, token=forged)).status_code == 401


async def test_a_persons_roles_are_those_held_now(client: Client, clock: FixedClock) -> None:
    """A role taken away, or a person shut out, is felt within seconds, token or not."""

    async def keep(**changes: Any) -> None:
        async with client.dependencies.unit_of_work(SYSTEM) as uow:
            await update_person(UpdatePerson("li@example.com", **changes), uow)
        clock.advance(dt.timedelta(seconds=REMEMBER_S))

    token = client.tokens.mint_for_person("li@example.com", now=clock())
    assert (await client.post(VIEWER, token=token)).status_code == 401
    async with client.dependencies.unit_of_work(SYSTEM) as uow:
        await add_person(AddPerson("li@example.com", (Role.PLANNING, Role.SALES)), uow)
    clock.advance(dt.timedelta(seconds=REMEMBER_S))
    assert (await client.ask(VIEWER, token=token))["viewer"] == {
        "subject": "li@example.com",
        "roles": ["PLANNING", "SALES"],
        "customer": None,
    }
    await keep(roles=(Role.SALES,))
    assert await client.codes("{ jobs { totalCount } }", token=token) == ["FORBIDDEN"]
    await keep(active=False)
    assert (await client.post(VIEWER, token=token)).status_code == 401
    await keep(active=True)
    assert (await client.post(VIEWER, token=token)).status_code == 200


async def test_what_the_table_does_not_allow_is_forbidden(client: Client) -> None:
    """P1: the warehouse records goods but does not plan; it is refused, not shown nothing."""
    warehouse = client.token(Role.WAREHOUSE)
    assert await client.codes("{ auditLog { totalCount } }", token=warehouse) == ["FORBIDDEN"]
    request = "mutation { allocationRequest { allocationRun { id } } }"
    assert await client.codes(request, token=warehouse) == ["FORBIDDEN"]
    assert Role.WAREHOUSE in MAY[Action.RECEIVE_GOODS]


async def test_a_customer_sees_its_own_rows_and_nothing_else(client: Client) -> None:
    """P1: every list, counts too. F2 has order O2 and its reservation; the rest is F1's."""
    await shared_out(client.dependencies)
    await add_orders(client.dependencies, "F1", 2)
    f2 = await client.customer_token("F2")
    seen = await client.ask(EVERYTHING, token=f2)
    assert {name: page["totalCount"] for name, page in seen.items()} == {
        "orders": 1,
        "milestones": 0,
        "shipments": 0,
        "customers": 1,
        "reservations": 1,
        "funds": 1,
    }
    assert seen["orders"]["nodes"][0]["customer"] == {"code": "F2"}
    all_of_it = await client.ask(EVERYTHING)
    assert {name: page["totalCount"] for name, page in all_of_it.items()} == {
        "orders": 4,
        "milestones": 34,
        "shipments": 5,
        "customers": 2,
        "reservations": 1,
        "funds": 2,
    }


async def test_another_customers_object_is_null_behind_every_door(client: Client) -> None:
    """P1: as if it did not exist: by id, by number, by node, in its timeline."""
    await shared_out(client.dependencies)
    await add_orders(client.dependencies, "F1", 1)
    everything = await client.ask("""{
      orders { nodes { id orderNumber lines { nodes { id } } milestones { id }
                       shipments { id lines { nodes { id } } } payments { id } } }
      customer(code: "F1") { id funds { id } }
      allocationRuns { nodes { id lines { nodes { id } } } }
    }""")
    ids = [everything["customer"]["id"], everything["customer"]["funds"]["id"]]
    for order in everything["orders"]["nodes"]:
        if order["orderNumber"] == "O2":
            continue
        ids += [order["id"]]
        ids += [line["id"] for line in order["lines"]["nodes"]]
        ids += [each["id"] for each in order["milestones"] + order["payments"]]
        for shipment in order["shipments"]:
            ids += [shipment["id"], *(line["id"] for line in shipment["lines"]["nodes"])]
    assert len(ids) > 20
    f2 = await client.customer_token("F2")
    document = """query ($ids: [ID!]!) {
      nodes(ids: $ids) { id __typename }
      order(orderNumber: "O1") { id }
      orderTimeline(orderNumber: "O1") { at }
      customer(code: "F1") { id }
      shipment(shipmentNumber: "SH-F1-000") { id }
    }"""
    assert await client.ask(document, {"ids": ids}, token=f2) == {
        "nodes": [None] * len(ids),
        "order": None,
        "orderTimeline": None,
        "customer": None,
        "shipment": None,
    }
    # The same ids are found by who may see them.
    found = await client.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
    assert [node["id"] for node in found["nodes"]] == ids


async def test_a_customer_asks_for_nothing_of_the_companys_own(client: Client) -> None:
    """P1: stock, receipts, runs, scenarios, figures, audit and jobs are not a customer's."""
    await shared_out(client.dependencies)
    f2 = await client.customer_token("F2")
    for field in (
        "stock { totalCount }", "goodsReceipts { totalCount }", "allocationRuns { totalCount }",
        "scenarios { totalCount }", "kpis { leftOut }", "auditLog { totalCount }",
        "jobs { totalCount }", "reservations { nodes { run { id } } }",
    ):  # fmt: skip
        codes = set(await client.codes(f"{{ {field} }}", token=f2))
        assert codes == {"FORBIDDEN"}, field


async def test_a_node_of_a_type_one_may_not_see_is_forbidden(client: Client) -> None:
    await shared_out(client.dependencies)
    runs = await client.ask("{ allocationRuns { nodes { id } } }")
    document = "query ($id: ID!) { node(id: $id) { id } }"
    f2 = await client.customer_token("F2")
    variables = {"id": runs["allocationRuns"]["nodes"][0]["id"]}
    assert await client.codes(document, variables, token=f2) == ["FORBIDDEN"]

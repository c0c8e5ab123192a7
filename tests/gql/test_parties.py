"""People and customers' files over HTTP (P1, P2)."""

import datetime as dt

import pytest

from domain.roles import Role
from tests.gql.company import shared_out
from tests.gql.conftest import ERRORS, Client

pytestmark = pytest.mark.usefixtures("tiny_company")


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


NAMES = "name en: name(locale: EN) zh: name(locale: ZH_HANS)"


async def test_a_customer_s_chinese_name_is_entered_changed_and_found(client: Client) -> None:
    """P2: it stays beside a new name; lists find a customer and its orders by either."""
    created = await client.ask(
        f"""mutation {{ customerCreate(input: {{
              code: "F3", name: "Three", nameZh: " 三号 ", kind: FRANCHISEE }}) {{
              customer {{ {NAMES} }} {ERRORS} }} }}"""
    )
    assert created["customerCreate"]["customer"] == {"name": "Three", "en": "Three", "zh": "三号"}
    update = f"""mutation ($input: CustomerUpdateInput!) {{ customerUpdate(input: $input) {{
      customer {{ {NAMES} version }} {ERRORS} }} }}"""

    async def changed(**what: str | None) -> dict[str, object]:
        answer = await client.ask(update, {"input": {"code": "F3", **what}})
        found: dict[str, object] = answer["customerUpdate"]
        return found

    kept = (await changed(name="No. three"))["customer"]
    assert kept == {"name": "No. three", "en": "No. three", "zh": "三号", "version": 2}
    blank = (await changed(nameZh=" "))["userErrors"]
    assert isinstance(blank, list)
    assert [each["field"] for each in blank] == ["nameZh"]
    found = await client.ask(
        """{ customers(filter: {search: "商F2"}) { nodes { code } }
             orders(filter: {search: "加盟商F2"}) { nodes { orderNumber } } }"""
    )
    assert found["customers"]["nodes"] == [{"code": "F2"}]
    assert found["orders"]["nodes"] == [{"orderNumber": "O2"}]

"""What an import refuses the API refuses too, in the same words; one document has one number."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from domain.principals import SYSTEM
from domain.roles import Role
from tests.gql.conftest import Client

pytestmark = pytest.mark.usefixtures("tiny_company")

ERRORS = "userErrors { code field message }"
RECEIVE = f"""mutation ($input: GoodsReceiveInput!) {{ goodsReceive(input: $input) {{
  goodsReceipt {{ id receiptNumber }} {ERRORS} }} }}"""
PAY = f"""mutation ($input: PaymentRecordInput!) {{ paymentRecord(input: $input) {{
  funds {{ balance {{ amount currency }} }} {ERRORS} }} }}"""
PLACE = f"""mutation ($input: OrderPlaceInput!) {{ orderPlace(input: $input) {{
  order {{ orderNumber customerPo total {{ amount }} }} {ERRORS} }} }}"""
POLICY = f"""mutation ($input: PolicyUpdateInput!) {{ policyUpdate(input: $input) {{
  policy {{ version }} {ERRORS} }} }}"""


async def rows(client: Client, query: str) -> list[tuple[Any, ...]]:
    async with client.dependencies.unit_of_work(SYSTEM) as uow:
        return [tuple(row) for row in await uow.session.execute(text(query))]


def receipt(number: str, units: int = 12) -> dict[str, Any]:
    lines = [{"sku": "TEE-40", "units": units}]
    return {"input": {"receiptNumber": number, "warehouse": "C", "lines": lines}}


@pytest.mark.parametrize("again", ["GR-TS ", "gr-ts", "\ufeffGR\u200b-TS", "ＧＲ－ＴＳ", "GR-TS\n"])
async def test_goods_are_booked_once_however_the_number_is_spelled(
    again: str, client: Client
) -> None:
    """A2: the second is the first; other goods under the same number are refused."""
    first = (await client.ask(RECEIVE, receipt(" GR-TS")))["goodsReceive"]
    second = (await client.ask(RECEIVE, receipt(again)))["goodsReceive"]
    assert first["userErrors"] == second["userErrors"] == []
    assert first["goodsReceipt"] == second["goodsReceipt"]
    assert second["goodsReceipt"]["receiptNumber"] == "GR-TS"
    assert await rows(client, "SELECT units_on_hand FROM stock") == [(12,)]
    other = (await client.ask(RECEIVE, receipt(again, 5)))["goodsReceive"]
    assert [each["field"] for each in other["userErrors"]] == ["receiptNumber"]
    asked = "query ($number: String) { goodsReceipt(receiptNumber: $number) { receiptNumber } }"
    assert (await client.ask(asked, {"number": again}))["goodsReceipt"] == {
        "receiptNumber": "GR-TS"
    }


async def test_of_two_spellings_at_once_one_is_booked(client: Client) -> None:
    """A2: whoever is second waits, and is given the first's receipt."""
    spellings = ("GR-7", "gr-7 ", "ＧＲ－７", "GR\u200b-7")
    answers = await asyncio.gather(*(client.ask(RECEIVE, receipt(each)) for each in spellings))
    assert len({each["goodsReceive"]["goodsReceipt"]["id"] for each in answers}) == 1
    assert await rows(client, "SELECT units_on_hand FROM stock") == [(12,)]
    assert await rows(client, "SELECT count(*) FROM allocation_runs") == [(1,)]


async def test_a_number_in_which_nothing_can_be_seen_is_refused(client: Client) -> None:
    """A2: with its remedy; nothing is written."""
    answer = (await client.ask(RECEIVE, receipt("\u200b")))["goodsReceive"]
    assert [each["code"] for each in answer["userErrors"]] == ["INVALID_INPUT"]
    assert await rows(client, "SELECT count(*) FROM goods_receipts") == [(0,)]


async def test_an_order_is_found_by_any_spelling_of_its_number(client: Client) -> None:
    """O1: kept as written, taken once, found by look-up and by search; so the customer's own."""
    order = {"customer": "F1", "channel": "PHONE", "customerPo": " PO\u200b  7\u3000"}
    placed = (await client.ask(PLACE, {"input": {**order, "orderNumber": " So-Ａ1 "}}))[
        "orderPlace"
    ]
    assert placed["order"] == {
        "orderNumber": "So-A1",
        "customerPo": "PO 7",
        "total": {"amount": "0.00"},
    }
    for spelling in ("So-A1", "so-a1", "ＳＯ－Ａ１", "\u202aSO-A1\u202c", " so-a1"):
        found = await client.ask(
            """query ($number: String!) { order(orderNumber: $number) { orderNumber }
                 orders(filter: {search: $number}) { nodes { orderNumber } }
                 orderTimeline(orderNumber: $number) { actor } }""",
            {"number": spelling},
        )
        assert found["order"] == {"orderNumber": "So-A1"}, spelling
        assert found["orders"]["nodes"] == [{"orderNumber": "So-A1"}]
        assert len(found["orderTimeline"]) == 1
        again = await client.ask(PLACE, {"input": {**order, "orderNumber": spelling}})
        assert [e["code"] for e in again["orderPlace"]["userErrors"]] == ["ORDER_NUMBER_TAKEN"]
    parts = await client.ask("""{ orders(filter: {search: "O-a"}) { nodes { orderNumber } } }""")
    assert parts["orders"]["nodes"] == [{"orderNumber": "So-A1"}]


async def test_a_bank_slip_counts_once_however_it_is_spelled(client: Client) -> None:
    """F1: two payments of one slip are one."""
    paid = {"customer": "F1", "amount": "10.00", "slip": "水单 7"}
    assert (await client.ask(PAY, {"input": paid}))["paymentRecord"]["userErrors"] == []
    for slip in ("水单 7 ", "水单\u3000７", "\u200b水单  7"):
        answer = (await client.ask(PAY, {"input": {**paid, "slip": slip}}))["paymentRecord"]
        assert [(e["code"], e["field"]) for e in answer["userErrors"]] == [
            ("INVALID_INPUT", "slip")
        ], slip
    assert await rows(
        client, "SELECT reference FROM ledger_transactions WHERE memo = 'Payment received'"
    ) == [("水单 7",)]


async def test_yen_are_paid_and_shown_whole(client: Client) -> None:
    """F6: 10.50 JPY is refused, 302.0 is 302; amounts have the decimals of their currency."""
    await keep_in_yen(client)
    pay = {"customer": "F1", "slip": "S-1"}
    refused = (await client.ask(PAY, {"input": {**pay, "amount": "10.50"}}))["paymentRecord"]
    assert refused["userErrors"] == [
        {
            "code": "INVALID_INPUT",
            "field": "amount",
            "message": "10.50 is too fine: JPY has no decimals. Round it to 1.",
        }
    ]
    paid = (await client.ask(PAY, {"input": {**pay, "amount": "302.0"}}))["paymentRecord"]
    assert paid["funds"] == {"balance": {"amount": "352", "currency": "JPY"}}
    order = {
        "customer": "F1",
        "channel": "PHONE",
        "orderNumber": "Y1",
        "lines": [{"lineNo": 1, "sku": "TEE-40", "units": 3, "unitPrice": "100.5"}],
    }
    placed = (await client.ask(PLACE, {"input": order}))["orderPlace"]["order"]
    assert placed["total"] == {"amount": "302"}
    for field, value in (("minShipValue", "0.5"), ("statedTotal", "301.5")):
        answer = await client.ask(PLACE, {"input": {**order, "orderNumber": "Y2", field: value}})
        assert [e["field"] for e in answer["orderPlace"]["userErrors"]] == [field]
    limit = f"""mutation {{ creditLimitSet(input: {{
      limits: [{{customer: "F1", limit: "10.5"}}]}}) {{ {ERRORS} }} }}"""
    answer = await client.ask(limit, token=client.token(Role.FINANCE))
    answer = answer["creditLimitSet"]["userErrors"]
    assert "JPY has no decimals" in answer[0]["message"]


async def keep_in_yen(client: Client) -> None:
    """F1's account becomes one in yen."""
    async with client.dependencies.unit_of_work(SYSTEM) as uow:
        for table, key in (("customers", "id"), ("customer_funds", "customer_id")):
            await uow.session.execute(
                text(
                    f"UPDATE {table} SET currency = 'JPY'"
                    f" WHERE {key} = (SELECT id FROM customers WHERE code = 'F1')"
                )
            )


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"currency": "ABC"}, "currency", "currency: 'ABC' is no currency."),
    ({"calendar_country": "XX"}, "calendar_country", "'XX' is no country with a calendar."),
    (
        {"region_order": {"SPRING_SUMMER": ["airport", "Nowhere"], "AUTUMN_WINTER": ["airport"]}},
        "region_order",
        "region_order.SPRING_SUMMER: 'Nowhere' is no known region.",
    ),
    (
        {"region_order": {"SPRING_SUMMER": ["airport"], "AUTUMN_WINTER": ["airport", "airport"]}},
        "region_order",
        "region_order.AUTUMN_WINTER: 'airport' stands twice.",
    ),
    ({"tiers": ["A", "C"]}, "tiers", "tiers: 'B' is missing, and stores have it."),
    ({"default_credit_limit": "10.005"}, "default_credit_limit", "CNY has two decimals."),
    ({"penalty_amounts": {"NO_SUCH": "1"}}, "penalty_amounts", "is no rule with a penalty."),
    ({"orders": {"refusers": ["BOSS"]}}, "orders.refusers", "'BOSS' is no role of the company."),
    ({"orders": {"exchange_rates": {"XYZ": "7"}}}, "orders.exchange_rates", "is no currency."),
    (
        {"schedule": {"milestone_template": "NONE"}},
        "schedule.milestone_template",
        "'NONE' is no milestone template.",
    ),
]


@pytest.mark.parametrize(("changes", "field", "message"), REFUSED)
async def test_the_policy_takes_what_an_import_takes(
    changes: dict[str, Any], field: str, message: str, client: Client
) -> None:
    """P7: a setting that cannot be is INVALID_INPUT; the policy stays at its version."""
    answer = await client.ask(POLICY, {"input": {"settings": changes, "reason": "t"}})
    (error,) = answer["policyUpdate"]["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID_INPUT", field)
    assert message in error["message"]
    assert await rows(client, "SELECT max(version) FROM policies") == [(1,)]


async def test_every_setting_that_cannot_be_is_named_at_once(client: Client) -> None:
    """P7: one error for each, by its form as by what it must agree with."""
    for changes, fields in (
        (
            {"reservation_days": -1, "orders": {"pickup_day": 1}},
            {"reservation_days", "orders.pickup_day"},
        ),
        ({"currency": "ABC", "orders": {"refusers": ["BOSS"]}}, {"currency", "orders.refusers"}),
    ):
        answer = await client.ask(POLICY, {"input": {"settings": changes, "reason": "t"}})
        errors = answer["policyUpdate"]["userErrors"]
        assert {(each["code"], each["field"]) for each in errors} == {
            ("INVALID_INPUT", field) for field in fields
        }
    assert await rows(client, "SELECT max(version) FROM policies") == [(1,)]


async def test_what_the_policy_had_before_is_nobody_s_to_mend_first(client: Client) -> None:
    """P5 P7: the documents' own order names regions that this company lacks; a day can change."""
    order = {"SPRING_SUMMER": ["Shenzhen", "airport"], "AUTUMN_WINTER": ["airport"]}
    for settings in ({"reservation_days": 10}, {"region_order": order}):
        answer = await client.ask(POLICY, {"input": {"settings": settings, "reason": "t"}})
        assert answer["policyUpdate"]["userErrors"] == []


async def test_an_order_of_regions_names_those_that_there_are(client: Client) -> None:
    """P5: by CHANNEL's own mutation as by ADMIN's."""
    order = f"""mutation {{ regionOrderSet(input: {{season: AUTUMN_WINTER,
      regions: ["airport", "Nowhere"]}}) {{ {ERRORS} }} }}"""
    answer = await client.ask(order, token=client.token(Role.CHANNEL))
    (error,) = answer["regionOrderSet"]["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID_INPUT", "regions")
    assert "'Nowhere' is no known region." in error["message"]


async def test_a_customer_s_account_is_in_a_currency_that_there_is(client: Client) -> None:
    """P2 P3: three letters alone make none; a price plan's neither."""
    for document in (
        'customerCreate(input: {code: "N", name: "N", kind: FRANCHISEE, currency: "ABC"})',
        'pricePlanCreate(input: {code: "N", name: "N", currency: "ABC"})',
    ):
        answer = await client.post(f"mutation {{ {document} {{ userErrors {{ code }} }} }}")
        assert "'ABC' is no currency" in answer.text


async def test_an_order_is_wanted_once_it_is_placed(client: Client) -> None:
    """O1: 29 November 2013 is today."""
    order = {"customer": "F1", "channel": "PHONE", "requiredOn": "2013-11-28"}
    answer = (await client.ask(PLACE, {"input": order}))["orderPlace"]
    assert [(e["code"], e["field"]) for e in answer["userErrors"]] == [("BAD_DATE", "requiredOn")]
    token = client.token(Role.ORDER_CLERK)
    order["requiredOn"] = "2013-11-29"
    assert (await client.ask(PLACE, {"input": order}, token=token))["orderPlace"]["order"]

"""Orders taken through their process over GraphQL, each command with the token of its role."""

import datetime as dt
from typing import Any

import pytest

from domain.principals import SYSTEM
from domain.roles import Role
from gql.nodes import global_id
from persistence.tables import CustomerRow
from tests.clock import FixedClock
from tests.gql.conftest import Client

pytestmark = pytest.mark.usefixtures("tiny_company")

ACT = """
mutation ($input: %sInput!) { act: %s(input: $input) {
  order { id status version }
  userErrors { code field message ... on OrderRefusal { reasons { code rule } } }
} }
"""


class Clerks:
    """People who act over the API, each with the token of the role."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.id = ""

    async def act(self, role: Role, name: str, /, **input: Any) -> Any:
        """The payload of an act on the order."""
        kind = name[0].upper() + name[1:]
        given = input if name == "orderPlace" else {"id": self.id, **input}
        token = self.client.token(role)
        answer = await self.client.ask(ACT % (kind, name), {"input": given}, token=token)
        return answer["act"]

    async def do(self, role: Role, name: str, /, **input: Any) -> str:
        """An act that must succeed; the order's status then."""
        payload = await self.act(role, name, **input)
        assert payload["userErrors"] == []
        self.id = payload["order"]["id"]
        return str(payload["order"]["status"])

    async def refused(self, role: Role, name: str, /, **input: Any) -> list[str]:
        """The codes of an act that must be refused."""
        payload = await self.act(role, name, **input)
        assert payload["order"] is None
        return [error["code"] for error in payload["userErrors"]]

    async def ask(self, role: Role, fields: str) -> Any:
        """Fields of the order as a role sees them."""
        document = f"query ($id: ID!) {{ order(id: $id) {{ {fields} }} }}"
        token = self.client.token(role)
        return (await self.client.ask(document, {"id": self.id}, token=token))["order"]


@pytest.fixture
async def clerks(client: Client) -> Clerks:
    return Clerks(client)


ORDER = {
    "customer": "F1",
    "channel": "FAX",
    "requiredOn": "2014-03-31",
    "deliveryAddress": "1 Nanjing Road",
    "lines": [{"lineNo": 1, "sku": "TEE-40", "units": 4, "unitPrice": "10.00"}],
}


async def test_an_order_is_taken_from_an_incomplete_fax_to_confirmation(clerks: Clerks) -> None:
    """O1-O5: each step by the role that does it."""
    assert await clerks.do(Role.ORDER_CLERK, "orderPlace", customer="F1", channel="FAX") == (
        "RECEIVED"
    )
    await clerks.do(Role.SALES, "orderAcknowledge")
    assert await clerks.do(Role.ORDER_CLERK, "orderCheck") == "NEEDS_INFO"
    found = await clerks.ask(Role.SALES, "missing { lineNo what } acknowledgedOn channel")
    assert found == {
        "missing": [
            {"lineNo": 0, "what": "REQUIRED_ON"},
            {"lineNo": 0, "what": "DELIVERY_ADDRESS"},
            {"lineNo": 0, "what": "LINES"},
        ],
        "acknowledgedOn": "2013-11-29",
        "channel": "FAX",
    }
    lines = [{"lineNo": 1, "sku": "TEE-40", "units": 4, "unitPrice": "8.00"}]
    more = {**ORDER, "lines": lines}
    del more["customer"], more["channel"]
    await clerks.do(Role.SALES, "orderSupplyInformation", **more)
    assert await clerks.do(Role.ORDER_CLERK, "orderCheck") == "UNDER_CHECK"
    assert await clerks.refused(Role.FINANCE, "orderFinanceApprove") == ["DOUBT_OPEN"]
    doubts = await clerks.ask(Role.SALES_MANAGER, "doubts { no code waitsFor }")
    assert doubts["doubts"] == [
        {"no": 1, "code": "PRICE_OFF_PLAN", "waitsFor": "SALES_MANAGER"},
        {"no": 2, "code": "PRICE_OFF_LAST_ORDER", "waitsFor": "SALES_MANAGER"},
    ]
    for doubt in (1, 2):
        await clerks.do(
            Role.SALES_MANAGER, "orderPriceDoubtRelease", doubt=doubt, reason="season's end"
        )
    await clerks.do(Role.FINANCE, "orderFinanceApprove")
    await clerks.do(Role.SALES_SUPERVISOR, "orderApprove")
    assert await clerks.do(Role.PLANNING, "orderReviewOpen") == "UNDER_REVIEW"
    await clerks.do(Role.PURCHASING, "orderMaterialsState", statement="Cotton is in stock.")
    for role in (Role.ENGINEERING, Role.PURCHASING):
        await clerks.do(role, "orderMaterialsSign", role=role.name)
    await clerks.do(
        Role.PRODUCTION, "orderReviewOpinion", role="PRODUCTION", verdict="FEASIBLE", note="ok"
    )
    decided = {"outcome": "ACCEPTED", "productionPromisedOn": "2014-03-03"}
    assert await clerks.do(Role.PLANNING, "orderReviewDecide", **decided) == (
        "AWAITING_CONFIRMATION"
    )
    await clerks.do(Role.ORDER_CLERK, "orderConfirmationSend", promisedOn="2014-03-03")
    back = {"isSigned": True, "isStamped": True, "remarksAreClear": True}
    await clerks.do(Role.ORDER_CLERK, "orderConfirmationReturn", **back)
    assert await clerks.do(Role.ORDER_CLERK, "orderConfirm") == "CONFIRMED"
    await clerks.do(Role.SALES_ADMIN, "orderGateRelease")
    for role in (Role.SALES_ADMIN, Role.PRODUCTION):
        await clerks.do(role, "productionOrderSign", role=role.name)
    for role in (
        Role.SALES,
        Role.PLANNING,
        Role.ENGINEERING,
        Role.WAREHOUSE,
        Role.PRODUCTION,
    ):
        await clerks.do(role, "workOrderSign", role=role.name)
    found = await clerks.ask(
        Role.SALES,
        "isFrozen promisedOn"
        " reviews { kind dueOn materialsSignedBy opinions { role verdict note } }"
        " production { requirements { code } releasedOn orderedOn workStartedOn }"
        " confirmation { sentOn returnedOn promisedOn } signatures { document role by }",
    )
    assert found["isFrozen"] is True
    assert found["reviews"] == [
        {
            "kind": "REGULAR",
            "dueOn": "2013-12-03",
            "materialsSignedBy": ["ENGINEERING", "PURCHASING"],
            "opinions": [{"role": "PRODUCTION", "verdict": "FEASIBLE", "note": "ok"}],
        }
    ]
    assert found["production"] == {
        "requirements": [],
        "releasedOn": "2013-11-29",
        "orderedOn": "2013-11-29",
        "workStartedOn": "2013-11-29",
    }
    assert found["confirmation"]["promisedOn"] == found["promisedOn"] == "2014-03-03"
    assert len(found["signatures"]) == 9


async def test_what_may_be_done_next_and_why_not(clerks: Clerks) -> None:
    """O15: the supervisor sees that approving is possible, finance why it is not yet."""
    order = {**ORDER, "lines": [{"lineNo": 1, "sku": "TEE-40", "units": 4, "unitPrice": "8"}]}
    await clerks.do(Role.SALES, "orderPlace", **order)
    await clerks.do(Role.SALES, "orderCheck")
    fields = "allowedActions { name isAllowed reasons { code rule } title(locale: ZH_HANS) }"
    found = (await clerks.ask(Role.FINANCE, fields))["allowedActions"]
    (approve,) = [each for each in found if each["name"] == "orderFinanceApprove"]
    assert not approve["isAllowed"]
    assert {"code": "DOUBT_OPEN", "rule": "O2"} in approve["reasons"]
    assert approve["title"] == "财务审核价格"


async def test_a_refusal_has_every_reason_and_a_stale_version_both_figures(
    clerks: Clerks,
) -> None:
    """O15: all that stands against it, with the rules; who read an old version is refused."""
    await clerks.do(Role.SALES, "orderPlace", **ORDER)
    payload = await clerks.act(Role.PLANNING, "orderReviewOpen")
    assert payload["userErrors"][0]["reasons"] == [{"code": "WRONG_STATE", "rule": "O15"}]
    await clerks.do(Role.SALES, "orderCheck", expectedVersion=1)
    stale = await clerks.refused(Role.FINANCE, "orderFinanceApprove", expectedVersion=1)
    assert stale == ["STALE_VERSION"]


async def test_the_same_key_acts_once(clerks: Clerks) -> None:
    """O1: an order sent twice under one key is one order; another act under it is refused."""
    first = await clerks.act(Role.SALES, "orderPlace", **ORDER, idempotencyKey="k1")
    again = await clerks.act(Role.SALES, "orderPlace", **ORDER, idempotencyKey="k1")
    assert first == again
    other = {**ORDER, "channel": "PHONE"}
    payload = await clerks.act(Role.SALES, "orderPlace", **other, idempotencyKey="k1")
    assert [error["code"] for error in payload["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]


async def test_roles_that_may_not_are_forbidden(clerks: Clerks) -> None:
    """P1: the warehouse approves no prices, and a customer does nothing to orders."""
    await clerks.do(Role.SALES, "orderPlace", **ORDER)
    document, variables = ACT % ("OrderApprove", "orderApprove"), {"input": {"id": clerks.id}}
    client = clerks.client
    for token in (client.token(Role.WAREHOUSE), await client.customer_token("F1")):
        assert await client.codes(document, variables, token=token) == ["FORBIDDEN"]


async def test_a_customer_reads_its_orders_life_but_not_our_words_on_it(clerks: Clerks) -> None:
    """P1: what is missing and promised, yes; doubts and reviews, no; another's order, nothing."""
    await clerks.do(Role.SALES, "orderPlace", customer="F1", channel="PHONE")
    await clerks.do(Role.SALES, "orderCheck")
    own, other = [await clerks.client.customer_token(code) for code in ("F1", "F2")]
    asked = {"id": clerks.id}
    reads = "query ($id: ID!) { order(id: $id) { missing { what } isSpecial fulfilment"
    deposit = " deposit { state required { amount } paid { amount } } } }"
    answer = await clerks.client.ask(reads + deposit, asked, token=own)
    assert len(answer["order"]["missing"]) == 3
    assert answer["order"]["deposit"]["state"] == "NOT_SPECIAL"
    assert (await clerks.client.ask(reads + deposit, asked, token=other))["order"] is None
    words = "query ($id: ID!) { order(id: $id) { doubts { code } reviews { no } } }"
    codes = await clerks.client.codes(words, asked, token=own)
    assert set(codes) == {"FORBIDDEN"}


async def test_the_timeline_shows_each_command_in_both_languages(clerks: Clerks) -> None:
    """O15: who, when, why and the outcome."""
    await clerks.do(Role.SALES, "orderPlace", **ORDER)
    await clerks.do(Role.ORDER_CLERK, "orderCheck")
    await clerks.do(Role.SALES_MANAGER, "orderCancel", reason="wrong customer")
    for locale, titles in (
        ("EN", ["Order placed", "Order checked", "Order cancelled"]),
        ("ZH_HANS", ["已下单", "订单已核对", "订单已取消"]),
    ):
        fields = f"timeline(locale: {locale}) {{ title actor details {{ name value }} }}"
        entries = (await clerks.ask(Role.SALES, fields))["timeline"]
        assert [entry["title"] for entry in entries] == titles
        assert entries[-1]["details"] == [
            {"name": "reason", "value": "wrong customer"},
            {"name": "status", "value": "CANCELLED"},
        ]


async def test_a_special_order_picked_up_late(clerks: Clerks, clock: FixedClock) -> None:
    """O7: picked up on day 16, 30.00 of an order of 100.00 are lost."""
    lines = [{"lineNo": 1, "sku": "TEE-40", "units": 10, "unitPrice": "10.00"}]
    await clerks.do(Role.SALES, "orderPlace", **{**ORDER, "lines": lines}, special=True)
    await clerks.do(Role.SALES, "orderCheck")
    await clerks.do(Role.FINANCE, "orderFinanceApprove")
    await clerks.do(Role.SALES_MANAGER, "orderApprove")
    await clerks.do(Role.PLANNING, "orderReviewOpen")
    await clerks.do(Role.PURCHASING, "orderMaterialsState", statement="all there")
    for role in (Role.ENGINEERING, Role.PURCHASING):
        await clerks.do(role, "orderMaterialsSign", role=role.name)
    await clerks.do(Role.PRODUCTION, "orderReviewOpinion", role="PRODUCTION", verdict="FEASIBLE")
    decided = {"outcome": "ACCEPTED", "productionPromisedOn": "2014-03-03"}
    await clerks.do(Role.PLANNING, "orderReviewDecide", **decided)
    await clerks.do(Role.SALES, "orderConfirmationSend", promisedOn="2014-03-03")
    back = {"isSigned": True, "isStamped": True, "remarksAreClear": True}
    await clerks.do(Role.SALES, "orderConfirmationReturn", **back)
    assert await clerks.refused(Role.ORDER_CLERK, "orderConfirm") == ["SPECIAL_UNSIGNED"]
    for role in (Role.SALES_MANAGER, Role.DEPUTY_GM):
        await clerks.do(role, "orderSpecialSign", role=role.name)
    paid = {"amount": "30.00", "reference": "slip 1"}
    small = {**paid, "slipAmount": "29.99"}
    assert await clerks.refused(Role.FINANCE, "depositRecord", **small) == ["SLIP_TOO_SMALL"]
    await clerks.do(Role.FINANCE, "depositRecord", **paid, slipAmount="60.00")
    await clerks.do(Role.ORDER_CLERK, "orderConfirm")
    await clerks.do(Role.WAREHOUSE, "orderStockIn", on="2013-11-29")
    clock.advance(dt.timedelta(days=16))
    fields = "deposit { state offsetUntil lastDay forfeited { amount } }"
    assert (await clerks.ask(Role.FINANCE, fields))["deposit"] == {
        "state": "OFFSET_LAPSED",
        "offsetUntil": "2013-12-06",
        "lastDay": "2013-12-14",
        "forfeited": {"amount": "0.00"},
    }
    await clerks.do(Role.WAREHOUSE, "pickupRecord", units=10, on="2013-12-15")
    assert (await clerks.ask(Role.FINANCE, fields))["deposit"]["forfeited"]["amount"] == "30.00"


async def test_a_new_customer_has_a_file_before_its_first_order(clerks: Clerks) -> None:
    """P2: refused without a contact on file; then taken in."""
    client = clerks.client
    async with client.dependencies.unit_of_work(SYSTEM) as uow:
        uow.session.add(CustomerRow(code="N1", name="N", kind="EXPORT", currency="CNY", rank=9))
    new = {**ORDER, "customer": "N1"}
    assert await clerks.refused(Role.SALES, "orderPlace", **new) == ["CUSTOMER_FILE_MISSING"]
    file = (
        "mutation ($input: CustomerUpdateInput!) { customerUpdate(input: $input)"
        " { customer { contacts { name } } userErrors { message } } }"
    )
    given = {"code": "N1", "contacts": [{"name": "Ms Chen"}]}
    answer = await client.ask(file, {"input": given}, token=client.token(Role.SALES))
    assert answer["customerUpdate"]["customer"] == {"contacts": [{"name": "Ms Chen"}]}
    assert await clerks.do(Role.SALES, "orderPlace", **new) == "RECEIVED"


async def test_an_unknown_order_and_a_stranger_s_id_are_refused(clerks: Clerks) -> None:
    """The client reads what is wrong with its id."""
    clerks.id = global_id("Order", 999)
    assert await clerks.refused(Role.SALES, "orderCheck") == ["NOT_FOUND"]
    clerks.id = global_id("Customer", 1)
    document = ACT % ("OrderCheck", "orderCheck")
    codes = await clerks.client.codes(document, {"input": {"id": clerks.id}})
    assert codes == ["INVALID_INPUT"]


LIFE = """
query ($first: Int) { orders(first: $first) { nodes {
  channel missing { what } offers { no } doubts { no } reviews { no } changes { no }
  signatures { by } confirmation { promisedOn } production { releasedOn } deposit { state }
  complaints { no } allowedActions { name isAllowed }
} } }
"""


async def test_the_life_of_twenty_orders_costs_as_many_statements_as_of_two(
    clerks: Clerks,
) -> None:
    """Reading facts is one batch, whatever is asked of them."""
    for _ in range(20):
        await clerks.do(Role.SALES, "orderPlace", **ORDER)
    counts = {}
    for first in (2, 20):
        await clerks.client.ask(LIFE, {"first": first})
        with clerks.client.counting() as statements:
            await clerks.client.ask(LIFE, {"first": first})
        counts[first] = len(statements)
    assert counts[2] == counts[20]

"""Orders corrected before their review and changed after it, by GraphQL alone (O1, O2, O4).

Each act with the token of who may do it; who may not is refused before.
"""

from typing import Any

import pytest

from domain.roles import Role
from tests.gql.conftest import Client
from tests.gql.story import Story

pytestmark = pytest.mark.usefixtures("tiny_company")

LINES = """lines { nodes { lineNo sku { code } statedSku unitsOrdered unitsOpen pack
  unitPrice { amount } amount { amount currency } specification droppedBy } }"""


@pytest.fixture
async def story(client: Client) -> Story:
    return await Story(client).begin()


async def test_an_incomplete_order_is_seen_as_it_came_in_and_can_be_called_off(
    story: Story,
) -> None:
    """O1 O14: lines without price, SKU or units are there at once, for the customer's login too;
    cancelled, the order still shows them."""
    lines = [
        {"lineNo": 1, "sku": "TEE-40", "units": 4},
        {"lineNo": 2, "sku": "TEA-40", "unitPrice": "10.00", "specification": "red"},
        {"lineNo": 3},
    ]
    await story.do(Role.SALES, "orderPlace", customer="N1", channel="FAX", lines=lines)
    nothing: dict[str, Any] = {
        "sku": None,
        "statedSku": None,
        "unitsOrdered": None,
        "unitsOpen": 0,
        "pack": None,
        "unitPrice": None,
        "amount": None,
        "specification": None,
        "droppedBy": None,
    }
    first = {"sku": {"code": "TEE-40"}, "unitsOrdered": 4, "unitsOpen": 4, "pack": 1}
    second = {"statedSku": "TEA-40", "unitPrice": {"amount": "10.000000"}, "specification": "red"}
    seen = [
        {**nothing, "lineNo": 1, **first},
        {**nothing, "lineNo": 2, **second},
        {**nothing, "lineNo": 3},
    ]
    for by in (Role.SALES, await story.customer()):
        assert (await story.read(by, LINES))["lines"]["nodes"] == seen
    assert await story.read(await story.customer("F2"), LINES) is None
    assert await story.do(Role.SALES, "orderCheck") == "NEEDS_INFO"
    missing = (await story.read(Role.SALES, "missing { lineNo what }"))["missing"]
    assert [(each["lineNo"], each["what"]) for each in missing] == [
        (0, "REQUIRED_ON"),
        (0, "DELIVERY_ADDRESS"),
        (1, "UNIT_PRICE"),
        (2, "SKU_UNKNOWN"),
        (2, "UNITS"),
        (3, "SKU"),
        (3, "UNITS"),
        (3, "UNIT_PRICE"),
    ]
    status = await story.do(
        Role.SALES_MANAGER, "orderCancel", not_by=Role.SALES, reason="a wrong number"
    )
    assert status == "CANCELLED"
    assert (await story.read(Role.SALES, LINES))["lines"]["nodes"] == seen


TAKEN_IN = """status channel urgency fulfilment isSpecial isSparePart irregularities needsLogistics
  hasCommission hasPrepayment requiredOn deliveryAddress statedTotal { amount currency }
  paymentTerms currency shipComplete minShipValue { amount } customerPo note financeApprovedBy"""


async def test_all_that_was_taken_in_is_corrected_before_the_review(story: Story) -> None:
    """O1 O2: each fact by the clerk, not by finance or the customer; checked and approved again."""
    await story.take_in(note="call first", customerPo="PO 7", shipComplete=True)
    assert (await story.read(Role.SALES, TAKEN_IN))["financeApprovedBy"] == "service:finance"
    right = {
        "channel": "WEB",
        "urgency": "CRITICAL",
        "fulfilment": "FROM_STOCK",
        "special": True,
        "sparePart": True,
        "irregularities": ["CUSTOM_DESIGN"],
        "needsLogistics": True,
        "commission": True,
        "prepayment": True,
        "requiredOn": "2014-04-30",
        "deliveryAddress": "2 Bund",
        "paymentTerms": "MONTHLY",
        "shipComplete": False,
        "minShipValue": "50.00",
        "customerPo": "PO 8",
        "note": None,
        "statedTotal": None,
    }
    await story.forbidden(Role.FINANCE, "orderSupplyInformation", **right)
    customer = await story.customer()
    status = await story.do(Role.ORDER_CLERK, "orderSupplyInformation", not_by=customer, **right)
    assert status == "RECEIVED"
    assert await story.read(Role.SALES, TAKEN_IN) == {
        "status": "RECEIVED",
        "channel": "WEB",
        "urgency": "CRITICAL",
        "fulfilment": "FROM_STOCK",
        "isSpecial": True,
        "isSparePart": True,
        "irregularities": ["CUSTOM_DESIGN"],
        "needsLogistics": True,
        "hasCommission": True,
        "hasPrepayment": True,
        "requiredOn": "2014-04-30",
        "deliveryAddress": "2 Bund",
        "statedTotal": None,
        "paymentTerms": "MONTHLY",
        "currency": "CNY",
        "shipComplete": False,
        "minShipValue": {"amount": "50.00"},
        "customerPo": "PO 8",
        "note": None,
        "financeApprovedBy": None,
    }
    entry = await story.entry("订单信息已补充", "ZH_HANS")
    assert entry["changed"]["urgency"] == ("NORMAL", "CRITICAL")
    assert entry["changed"]["paymentTerms"] == ("PREPAID", "MONTHLY")
    # Time limits are those of the profile it has now.
    running = (await story.read(Role.PLANNING, "clocks { code stoppedAt }"))["clocks"]
    assert sorted(each["code"] for each in running if each["stoppedAt"] is None) == [
        "DISPATCH_FROM_STOCK",
        "ORDER_WORKED",
    ]
    codes = await story.client.codes(
        "query ($id: ID!) { order(id: $id) { hasCommission needsLogistics } }",
        {"id": story.id},
        token=story.token(customer),
    )
    assert set(codes) == {"FORBIDDEN"}
    assert await story.refused(Role.SALES, "orderSupplyInformation") == ["NOTHING_SAID"]


async def test_a_currency_corrected_before_the_review_leaves_no_old_price(story: Story) -> None:
    """O1 O2 F1: the one plan in US dollars prices the tee at 1.50; the account, in which nothing
    stands, goes along, and a deposit is then booked in dollars."""
    await usd_plan(story, "1.50")
    await story.take_in(special=True)
    await story.do(Role.SALES, "orderSupplyInformation", not_by=Role.FINANCE, currency="USD")
    fields = "currency total { amount currency } statedTotal { amount } customer { currency }"
    assert await story.read(Role.SALES, fields) == {
        "currency": "USD",
        "total": {"amount": "15.00", "currency": "USD"},
        "statedTotal": None,
        "customer": {"currency": "USD"},
    }
    assert await story.do(Role.SALES, "orderCheck") == "UNDER_CHECK"
    assert (await story.read(Role.SALES, "doubts { code }"))["doubts"] == []
    paid = {"amount": "5.00", "reference": "slip 1"}
    await story.do(Role.FINANCE, "depositRecord", not_by=Role.SALES, **paid)
    back = await story.refused(Role.SALES, "orderSupplyInformation", currency="CNY")
    assert back == ["ACCOUNT_BOUND", "DEPOSIT_PAID"]
    log = """{ auditLog(filter: {action: "accountCurrency"}) { nodes { before after } } }"""
    (entry,) = (await story.client.ask(log, token=story.token(Role.LEGAL)))["auditLog"]["nodes"]
    assert (entry["before"]["currency"], entry["after"]["currency"]) == ("CNY", "USD")


async def test_an_account_with_anything_in_it_keeps_its_currency(story: Story) -> None:
    """F1 O4: F1 has money and another order; each is named."""
    await usd_plan(story, "1.50")
    await story.take_in(customer="F1")
    answer = await story.answer(
        Role.SALES, "orderSupplyInformation", "order { id }", id=story.id, currency="USD"
    )
    (error,) = answer["userErrors"]
    assert error["message"] == (
        "The account of F1 is kept in CNY and has entries in its ledger: an order in USD cannot be"
        " paid from it. The account of F1 is kept in CNY and has other orders: an order in USD"
        " cannot be paid from it."
    )


async def usd_plan(story: Story, price: str) -> None:
    plan = {"code": "USD", "name": "Export", "currency": "USD"}
    await story.mutate(Role.PRODUCT, "pricePlanCreate", "pricePlan { code }", **plan)
    prices = [{"sku": "TEE-40", "price": price}]
    await story.mutate(Role.PRODUCT, "priceSet", "pricePlan { code }", plan="USD", prices=prices)


CHANGE = """changes { no state newTotal { amount currency } costEffect { amount } daysEffect
  deliveryAddress paymentTerms newCurrency
  lines { lineNo skuCode units unitPrice { amount } isNew isDropped } }"""


async def test_a_customer_asks_for_a_change_and_sees_what_it_does(story: Story) -> None:
    """O4 P1: by its own login, with the effect on cost and date before it agrees; reviewed again,
    applied, shown in both languages; nothing of ours is in what it reads."""
    await story.take_in()
    await story.review()
    await story.exchange_confirmation()
    await story.confirm()
    customer, other = await story.customer(), await story.customer("F2")
    change = {
        "reason": "the shop has two rooms",
        "lines": [{"lineNo": 1, "drop": True}],
        "addLines": [{"sku": "TEE-40", "units": 12}],
        "requiredOn": "2014-04-07",
        "deliveryAddress": "2 Bund",
    }
    answer = await story.answer(other, "orderChangeRequest", "order { id }", id=story.id, **change)
    assert [error["code"] for error in answer["userErrors"]] == ["NOT_FOUND"]
    await story.forbidden(Role.WAREHOUSE, "orderChangeRequest", **change)
    for ours in ({"loss": "5.00"}, {"department": "SALES"}):
        refused = await story.refused(customer, "orderChangeRequest", **change, **ours)
        assert refused == ["NOT_YOURS_TO_SAY"]
    assert await story.do(customer, "orderChangeRequest", **change) == "CONFIRMED"
    (asked,) = (await story.read(customer, CHANGE))["changes"]
    assert asked == {
        "no": 1,
        "state": "REQUESTED",
        "newTotal": {"amount": "120.00", "currency": "CNY"},
        "costEffect": {"amount": "20.00"},
        "daysEffect": 7,
        "deliveryAddress": "2 Bund",
        "paymentTerms": None,
        "newCurrency": None,
        "lines": [
            {
                "lineNo": 1,
                "skuCode": None,
                "units": None,
                "unitPrice": None,
                "isNew": False,
                "isDropped": True,
            },
            {
                "lineNo": 2,
                "skuCode": "TEE-40",
                "units": 12,
                "unitPrice": {"amount": "10.00"},
                "isNew": True,
                "isDropped": False,
            },
        ],
    }
    assert await story.may(customer) == {"orderChangeAgree", "orderChangeWithdraw"}
    ours = "query ($id: ID!) { order(id: $id) { changes { reason askedBy department } } }"
    codes = await story.client.codes(ours, {"id": story.id}, token=story.token(customer))
    assert set(codes) == {"FORBIDDEN"}
    (known,) = (await story.read(Role.SALES, "changes { reason department }"))["changes"]
    assert known == {"reason": "the shop has two rooms", "department": "CUSTOMER"}

    await story.do(customer, "orderChangeAgree", not_by=Role.PRODUCTION)
    await story.do(Role.PLANNING, "orderReviewOpen", not_by=customer)
    assert await story.refused(customer, "orderChangeWithdraw") == ["REVIEW_OPEN"]
    await story.speak_in_review()
    await story.do(Role.PLANNING, "orderReviewDecide", not_by=customer, outcome="ACCEPTED")
    lines = """deliveryAddress total { amount }
      lines { nodes { lineNo unitsOrdered droppedBy amount { amount } } }"""
    assert await story.read(customer, lines) == {
        "deliveryAddress": "2 Bund",
        "total": {"amount": "120.00"},
        "lines": {
            "nodes": [
                {"lineNo": 1, "unitsOrdered": 0, "droppedBy": 1, "amount": {"amount": "0.00"}},
                {
                    "lineNo": 2,
                    "unitsOrdered": 12,
                    "droppedBy": None,
                    "amount": {"amount": "120.00"},
                },
            ]
        },
    }
    for locale, title, text in (
        ("EN", "Change requested", "line 1: dropped; new line 2: TEE-40 12 × 10"),
        ("ZH_HANS", "已申请订单变更", "第1行：取消；新增第2行：TEE-40 12 × 10"),
    ):
        fields = f"timeline(locale: {locale}) {{ title actor details {{ name label text }} }}"
        for by in (customer, Role.SALES):
            entries = (await story.read(by, fields))["timeline"]
            (entry,) = [each for each in entries if each["title"] == title]
            said = {each["name"]: each["text"] for each in entry["details"]}
            assert said["lines"] == text
            assert said["newAddress"] == "2 Bund"
            assert ("reason" in said, "department" in said) == (by is Role.SALES,) * 2
    log = """{ auditLog(filter: {action: "orderChangeRequest"}) { nodes { actor after } } }"""
    found = await story.client.ask(log, token=story.token(Role.LEGAL))
    (entry,) = found["auditLog"]["nodes"]
    assert entry["actor"].startswith("service:customer:")
    assert entry["after"]["command"]["added"][0]["units"] == 12


async def test_a_sku_and_the_terms_are_swapped_and_a_doubtful_price_waits(story: Story) -> None:
    """O2 O4: TEE-42 instead of TEE-40 at 9.00, though the list says 10.00: the sales manager
    answers before planning reviews it; finance and sales approve again before the goods leave."""
    await story.take_in()
    await story.review()
    await story.exchange_confirmation()
    await story.confirm()
    await second_sku(story)
    swap = {
        "reason": "another size",
        "department": "SALES",
        "lines": [{"lineNo": 1, "sku": "TEE-42", "unitPrice": "9.00"}],
        "paymentTerms": "MONTHLY",
    }
    await story.do(Role.SALES, "orderChangeRequest", not_by=Role.FINANCE, **swap)
    await story.do(await story.customer(), "orderChangeAgree")
    assert await story.refused(Role.PLANNING, "orderReviewOpen") == ["DOUBT_OPEN"]
    (doubt,) = (await story.read(Role.SALES, "doubts { no code changeNo waitsFor }"))["doubts"]
    assert doubt == {"no": 1, "code": "PRICE_OFF_PLAN", "changeNo": 1, "waitsFor": "SALES_MANAGER"}
    answer = {"doubt": 1, "reason": "end of the season"}
    await story.do(Role.SALES_MANAGER, "orderPriceDoubtRelease", not_by=Role.SALES, **answer)
    await story.do(Role.PLANNING, "orderReviewOpen")
    await story.speak_in_review()
    await story.do(Role.PLANNING, "orderReviewDecide", outcome="ACCEPTED")
    fields = """paymentTerms financeApprovedBy
      lines { nodes { sku { code } droppedBy amount { amount } } }"""
    assert await story.read(Role.SALES, fields) == {
        "paymentTerms": "MONTHLY",
        "financeApprovedBy": None,
        "lines": {
            "nodes": [
                {"sku": {"code": "TEE-40"}, "droppedBy": 1, "amount": {"amount": "0.00"}},
                {"sku": {"code": "TEE-42"}, "droppedBy": None, "amount": {"amount": "90.00"}},
            ]
        },
    }
    assert await story.refused(Role.SALES_ADMIN, "orderGateRelease") == [
        "FINANCE_NOT_APPROVED",
        "NOT_APPROVED",
    ]


async def test_goods_that_are_given_bound_a_change(story: Story) -> None:
    """O4 F4: 10 units are being picked, paid with 100.00: the line is neither dropped nor swapped,
    and the order stays in its currency; the refusal names the units."""
    await story.take_in()
    await story.review()
    await story.exchange_confirmation()
    await story.confirm()
    await story.pay("100.00", "slip 1")
    await story.receive(17)
    await second_sku(story)
    why = {"reason": "wish", "department": "SALES"}
    for lines in ({"drop": True}, {"sku": "TEE-42"}, {"units": 9}):
        wanted = {**why, "lines": [{"lineNo": 1, **lines}]}
        refused = await story.refused(Role.SALES, "orderChangeRequest", **wanted)
        assert refused == ["UNITS_GIVEN_OUT"]
    answer = await story.answer(
        Role.SALES,
        "orderChangeRequest",
        "order { id }",
        id=story.id,
        **why,
        lines=[{"lineNo": 1, "drop": True}],
    )
    assert answer["userErrors"][0]["message"] == (
        "Line 1 cannot be dropped: of its 10 units 10 are being picked. Leave it as it is."
    )
    await usd_plan(story, "1.50")
    refused = await story.refused(Role.SALES, "orderChangeRequest", **why, currency="USD")
    assert refused == ["ACCOUNT_BOUND", "MONEY_HELD"]


async def second_sku(story: Story) -> None:
    """TEE-42 beside TEE-40, at the same list price."""
    from sqlalchemy import text

    from domain.principals import SYSTEM

    async with story.client.dependencies.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(
            text(
                "INSERT INTO skus (code, product_id, size, list_price, currency, pack)"
                " SELECT 'TEE-42', product_id, '42', list_price, currency, pack FROM skus"
                " WHERE code = 'TEE-40'"
            )
        )

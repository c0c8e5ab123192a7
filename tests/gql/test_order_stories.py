"""Orders that take a turn, by GraphQL alone, each act with the token of who may do it.

Accepted with conditions, declined, changed after the review, cancelled with stock and funds given
back. Special orders have stories of their own, and so have the payment terms.
"""

from typing import Any

import pytest

from domain.roles import Role
from tests.gql.conftest import Client
from tests.gql.steps import Steps
from tests.gql.story import DONE, WANTED, Story

pytestmark = pytest.mark.usefixtures("tiny_company")


@pytest.fixture
def story(client: Client) -> Story:
    return Story(client)


async def test_a_non_regular_order_is_accepted_with_conditions(story: Story) -> None:
    """O3: engineering, quality and production review it; it takes a drawing, the general manager,
    and the customer's written agreement to a later day and thinner cloth."""
    await story.begin()
    await story.take_in(irregularities=["CUSTOM_DESIGN"])
    await story.do(Role.PLANNING, "orderReviewOpen", not_by=Role.SALES)
    fields = "reviews { kind required dueOn }"
    assert (await story.read(Role.SALES, fields))["reviews"] == [
        # 10 working days.
        {
            "kind": "NON_REGULAR",
            "required": ["ENGINEERING", "QUALITY", "PRODUCTION"],
            "dueOn": "2013-12-13",
        }
    ]
    later = "2014-04-20"
    but = {"outcome": "ACCEPTED_WITH_CONDITIONS", "newDate": later, "solution": "thinner cloth"}
    assert await story.refused(Role.PLANNING, "orderReviewDecide", **but) == ["NOT_YOUR_DECISION"]
    assert await story.refused(Role.GENERAL_MANAGER, "orderReviewDecide", **but) == [
        "OPINIONS_MISSING",
        "MATERIALS_UNSIGNED",
        "DRAWING_MISSING",
    ]
    await story.speak_in_review("CONDITIONAL")
    assert await story.refused(Role.GENERAL_MANAGER, "orderReviewDecide", **but) == [
        "DRAWING_MISSING"
    ]
    drawing = {"drawing": "D-1", "customerConfirmation": "fax of 29 November"}
    await story.do(Role.ENGINEERING, "orderDrawingFile", not_by=Role.SALES, **drawing)
    status = await story.do(
        Role.GENERAL_MANAGER, "orderReviewDecide", not_by=Role.SALES_MANAGER, **but
    )
    # It waits for the customer.
    assert status == "UNDER_REVIEW"
    sent = {"promisedOn": later}
    assert await story.refused(Role.ORDER_CLERK, "orderConfirmationSend", **sent) == ["WRONG_STATE"]

    customer, other = await story.customer(), await story.customer("F2")
    asked = await story.read(customer, "conditions { newDate solution agreed }")
    assert asked["conditions"] == [{"newDate": later, "solution": "thinner cloth", "agreed": None}]
    assert await story.read(other, "conditions { newDate }") is None
    answer = await story.answer(other, "orderConditionsAgree", "order { id }", **yes_to(story))
    assert [error["code"] for error in answer["userErrors"]] == ["NOT_FOUND"]
    # On paper it needs the paper; by its own login the customer has written it.
    assert await story.refused(Role.SALES, "orderConditionsAgree", agreed=True) == ["PAPER_MISSING"]
    assert await story.may(customer) == {"orderConditionsAgree"}
    status = await story.do(customer, "orderConditionsAgree", not_by=Role.PRODUCTION, agreed=True)
    assert status == "AWAITING_CONFIRMATION"
    agreed = await story.entry("Customer answered the conditions")
    assert agreed["by"].startswith("customer:")
    assert agreed["changed"]["status"] == ("UNDER_REVIEW", "AWAITING_CONFIRMATION")
    assert agreed["changed"]["requiredOn"] == (WANTED, later)
    (kept,) = (await story.read(Role.LEGAL, "conditions { agreed agreement agreedOn }"))[
        "conditions"
    ]
    assert kept["agreement"] == f"login service:{agreed['by']}"
    assert (kept["agreed"], kept["agreedOn"]) == (True, "2013-11-29")

    await story.exchange_confirmation(later)
    await story.confirm()
    found = await story.read(Role.SALES, "status promisedOn requiredOn")
    assert found == {"status": "CONFIRMED", "promisedOn": later, "requiredOn": later}
    chinese = await story.entry("客户已答复评审条件", "ZH_HANS", by=customer)
    assert chinese["changed"]["status"] == ("UNDER_REVIEW", "AWAITING_CONFIRMATION")


def yes_to(story: Story) -> dict[str, Any]:
    return {"id": story.id, "agreed": True}


async def test_a_customer_declines_the_conditions(story: Story) -> None:
    """O3: not agreed to, the order goes back to its check, open to other terms."""
    await story.begin()
    await story.take_in(irregularities=["TIGHT_DATE_WITH_PENALTY"])
    await story.do(Role.PLANNING, "orderReviewOpen")
    await story.speak_in_review("CONDITIONAL")
    drawing = {"drawing": "D-1", "customerConfirmation": "fax"}
    await story.do(Role.ENGINEERING, "orderDrawingFile", **drawing)
    but = {"outcome": "ACCEPTED_WITH_CONDITIONS", "solution": "no penalty"}
    await story.do(Role.DEPUTY_GM, "orderReviewDecide", **but)
    status = await story.do(await story.customer(), "orderConditionsAgree", agreed=False)
    assert status == "UNDER_CHECK"
    found = await story.read(Role.SALES, "conditions { solution agreed agreement }")
    assert found["conditions"] == [{"solution": "no penalty", "agreed": False, "agreement": None}]


async def test_an_order_changed_after_its_review(story: Story) -> None:
    """O4: frozen, then 6 units and a week later instead of 10: agreed to in writing, reviewed
    again, with its effect on cost and dates; the department that asked bears the loss."""
    await story.begin("MONTHLY", "DISTRIBUTOR")
    await story.take_in()
    await story.review()
    frozen = {"deliveryAddress": "elsewhere"}
    assert await story.refused(Role.SALES, "orderSupplyInformation", **frozen) == ["WRONG_STATE"]
    await story.exchange_confirmation()
    await story.confirm()
    await story.do(Role.SALES_ADMIN, "orderGateRelease")
    await story.order_production()

    change = {
        "reason": "smaller shop",
        "department": "SALES",
        "lines": [{"lineNo": 1, "units": 6}],
        "requiredOn": "2014-04-07",
        "loss": "15.00",
    }
    customer, other = await story.customer(), await story.customer("F2")
    await story.do(Role.SALES, "orderChangeRequest", not_by=Role.FINANCE, **change)
    effect = "changes { state lines { lineNo units } requiredOn costEffect { amount } daysEffect }"
    asked = {
        "state": "REQUESTED",
        "lines": [{"lineNo": 1, "units": 6}],
        "requiredOn": "2014-04-07",
        "costEffect": {"amount": "-40.00"},
        "daysEffect": 7,
    }
    assert (await story.read(customer, effect))["changes"] == [asked]
    assert await story.refused(Role.PLANNING, "orderReviewOpen") == ["CHANGE_NOT_AGREED"]
    assert await story.refused(Role.SALES, "orderChangeAgree") == ["PAPER_MISSING"]
    answer = await story.answer(other, "orderChangeAgree", "order { id }", id=story.id)
    assert [error["code"] for error in answer["userErrors"]] == ["NOT_FOUND"]
    assert await story.may(customer) == {"orderChangeAgree"}
    await story.do(customer, "orderChangeAgree", not_by=Role.PRODUCTION)
    assert await story.refused(customer, "orderChangeAgree") == ["AGREED_ALREADY"]

    await story.do(Role.PLANNING, "orderReviewOpen", not_by=Role.SALES)
    await story.speak_in_review()
    decided = {"outcome": "ACCEPTED", "productionPromisedOn": "2014-03-10"}
    await story.do(Role.PLANNING, "orderReviewDecide", not_by=Role.SALES, **decided)
    found = await story.read(
        Role.SALES,
        """status promisedOn requiredOn total { amount } financeApprovedBy
        lines { nodes { unitsOrdered amount { amount } } }
        production { releasedOn orderedOn workStartedOn promisedOn }
        changes { state department loss { amount } daysEffect askedBy agreement }""",
    )
    assert found["changes"] == [
        {
            "state": "APPLIED",
            "department": "SALES",
            "loss": {"amount": "15.00"},
            "daysEffect": 7,
            "askedBy": "service:sales",
            "agreement": f"login service:{await customers_name(story)}",
        }
    ]
    assert found["lines"]["nodes"] == [{"unitsOrdered": 6, "amount": {"amount": "60.00"}}]
    assert found["total"] == {"amount": "60.00"}
    assert (found["status"], found["promisedOn"], found["requiredOn"]) == (
        "CONFIRMED",
        "2014-03-10",
        "2014-04-07",
    )
    # Approvals and papers were for the old content.
    assert found["financeApprovedBy"] is None
    assert found["production"] == {
        "releasedOn": None,
        "orderedOn": None,
        "workStartedOn": None,
        "promisedOn": "2014-03-10",
    }
    assert await story.refused(Role.SALES_ADMIN, "orderGateRelease") == [
        "FINANCE_NOT_APPROVED",
        "NOT_APPROVED",
    ]
    await story.do(Role.FINANCE, "orderFinanceApprove")
    await story.do(Role.SALES_MANAGER, "orderApprove")
    await story.do(Role.SALES_ADMIN, "orderGateRelease")
    await story.order_production()
    applied = await story.entry("已作出评审结论", "ZH_HANS")
    assert applied["by"] == "planning"
    assert applied["changed"]["promisedOn"] == (DONE, "2014-03-10")
    # Who bears the loss, and why it was asked for, are our words.
    document = "query ($id: ID!) { order(id: $id) { changes { loss { amount } reason } } }"
    codes = await story.client.codes(document, {"id": story.id}, token=story.token(customer))
    assert set(codes) == {"FORBIDDEN"}


async def customers_name(story: Story) -> str:
    """The name of N1's own login in the history."""
    agreed = await story.entry("Customer agreed to the change in writing")
    return str(agreed["by"])


async def test_a_cancelled_order_gives_stock_and_funds_back(story: Story) -> None:
    """O14 F4 A2: the figures of stock, holds and funds before the goods came, while they were
    given, and after the order was called off; what became free goes round again."""
    await story.begin()
    await story.take_in()
    await story.review()
    await story.exchange_confirmation()
    await story.confirm()
    await story.pay("100.00", "slip 1")
    # A customer who pays by slip has the default credit of 1,000.
    assert await story.money() == {"balance": "100.00", "held": "0.00", "available": "1100.00"}

    await story.receive(17)
    # F1's 4, N1's 10, and F2's 3 until it has paid.
    given = {"OnHand": "17", "Held": "14", "Reserved": "3", "Free": "0"}
    assert await story.stock() == given
    assert await story.money() == {"balance": "0.00", "held": "100.00", "available": "1000.00"}
    holds = "payments { status amount { amount } } shipments { status }"
    assert await story.read(Role.FINANCE, holds) == {
        "payments": [{"status": "HELD", "amount": {"amount": "100.00"}}],
        "shipments": [{"status": "PICKING"}],
    }

    why = "the shop burnt down"
    status = await story.do(Role.SALES_MANAGER, "orderCancel", not_by=Role.SALES, reason=why)
    assert status == "CANCELLED"
    await story.forbidden(await story.customer(), "orderCancel", reason=why)
    assert await story.stock() == {"OnHand": "17", "Held": "4", "Reserved": "3", "Free": "10"}
    assert await story.money() == {"balance": "100.00", "held": "0.00", "available": "1100.00"}
    assert await story.read(Role.FINANCE, holds) == {
        "payments": [{"status": "RELEASED", "amount": {"amount": "100.00"}}],
        "shipments": [{"status": "CANCELLED"}],
    }
    states = await Steps(story).states()
    assert (states["CLOSED_ON_TIME"], len(states["SKIPPED"])) == ([1], 16)
    assert await story.may(Role.ADMIN) == set()

    # Free goods go round again: S1 lacks 1, the reserve of airport 5, S2 3.
    assert await story.runs() == [("RELEASE", "QUEUED"), ("GOODS_RECEIPT", "COMMITTED")]
    await story.work()
    assert await story.stock() == {"OnHand": "17", "Held": "13", "Reserved": "3", "Free": "1"}
    for locale, title in (("EN", "Order cancelled"), ("ZH_HANS", "订单已取消")):
        assert await story.entry(title, locale) == {
            "at": "2013-11-29T00:00:00Z",
            "by": "sales_manager",
            "why": why,
            "changed": {"status": ("CONFIRMED", "CANCELLED")},
        }

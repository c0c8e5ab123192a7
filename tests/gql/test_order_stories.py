"""Orders taken through their life by GraphQL alone, each act with the token of who may do it.

Must be shown: an order of each payment term from intake to closing with its milestones; an order
accepted with conditions; one changed after its review; one cancelled with stock and funds given
back. Special orders have stories of their own.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest

from domain.roles import Role
from services.allocation.reservations import expire_reservations
from tests.clock import FixedClock
from tests.gql.conftest import Client
from tests.gql.story import DONE, WANTED, Story

STEPS = "milestones { id number state attendees estimatedOn eventOn }"
SHOWN = "milestone { number state closedOn closedBy }"


@pytest.fixture
def story(client: Client) -> Story:
    return Story(client)


OWNERS = {
    **dict.fromkeys((2, 3, 4, 8, 11, 16), Role.SALES),
    **dict.fromkeys((5, 6, 7, 9, 12), Role.PURCHASING),
    **dict.fromkeys((13, 14, 15, 17), Role.LOGISTICS),
}
# Nobody of these departments may touch the step.
OTHERS = {Role.SALES: Role.WAREHOUSE, Role.PURCHASING: Role.SALES, Role.LOGISTICS: Role.SALES}


class Steps:
    """The seventeen milestones of a story's order, each done by the role that owns it."""

    def __init__(self, story: Story) -> None:
        self.story = story

    async def all(self) -> dict[int, dict[str, Any]]:
        """Every step by its number."""
        found = await self.story.read(Role.SALES, STEPS)
        return {each["number"]: each for each in found["milestones"]}

    async def states(self) -> dict[str, list[int]]:
        """The steps' numbers by state."""
        states: dict[str, list[int]] = {}
        for number, step in (await self.all()).items():
            states.setdefault(step["state"], []).append(number)
        return states

    async def close(self, *numbers: int) -> None:
        """Each by its owner; another department is refused first."""
        steps = await self.all()
        for number in numbers:
            owner = OWNERS[number]
            document = """mutation ($input: MilestoneCloseInput!) { milestoneClose(input: $input) {
              milestone { state } userErrors { message } } }"""
            token = self.story.token(OTHERS[owner])
            given = {"id": steps[number]["id"]}
            asked = {"input": given}
            assert await self.story.client.codes(document, asked, token=token) == ["FORBIDDEN"]
            payload = await self.story.mutate(owner, "milestoneClose", SHOWN, **given)
            done = payload["milestone"]
            who = f"service:{owner.lower()}"
            assert (done["closedBy"], done["closedOn"]) == (who, self.story.today)

    async def skip(self, reason: str, *numbers: int) -> None:
        """The terms of payment do not touch these."""
        steps = await self.all()
        for number in numbers:
            given = {"id": steps[number]["id"], "reason": reason}
            await self.story.mutate(OWNERS[number], "milestoneSkip", SHOWN, **given)

    async def event(self, event: str) -> None:
        """It happened today; what hangs on it follows."""
        told = {
            "orderId": self.story.id,
            "events": [{"event": event, "on": self.story.today}],
        }
        await self.story.mutate(Role.SALES, "milestoneAnchors", "milestones { number }", **told)

    async def agree_terms(self) -> None:
        """The contract's terms, in days; estimates follow them."""
        days = {"DEPOSIT_DAYS": 7, "PRODUCTION_DAYS": 90, "FINAL_PAYMENT_DAYS": 10}
        terms = [{"term": term, "days": each} for term, each in days.items()]
        told = {"orderId": self.story.id, "terms": terms}
        await self.story.mutate(Role.SALES, "milestoneAnchors", "milestones { number }", **told)

    async def estimates(self) -> dict[int, str]:
        """The day on which each step is expected."""
        steps = await self.all()
        return {number: step["estimatedOn"] or step["eventOn"] for number, step in steps.items()}

    async def expect(self, number: int, on: str) -> None:
        """A day in the calendar."""
        steps = await self.all()
        given = {"id": steps[number]["id"], "eventOn": on}
        shown = "milestone { eventOn }"
        payload = await self.story.mutate(OWNERS[number], "milestoneEstimate", shown, **given)
        assert payload["milestone"]["eventOn"] == on


LEADERS = ["SALES_MANAGER", "SALES_DIRECTOR"]
# M3: who attends; 17 has the salesperson.
ATTENDEES = {
    2: LEADERS,
    3: [*LEADERS, "ACCOUNTING_MANAGER"],
    4: LEADERS,
    8: ["PURCHASING", "PURCHASING_MANAGER", *LEADERS],
    11: [*LEADERS, "ACCOUNTING_MANAGER"],
    17: ["SALES"],
}


@dataclass(frozen=True)
class Term:
    """What a term of payment asks for, and when its money comes."""

    name: str
    kind: str
    # What stands against production's release at first.
    gate: tuple[str, ...] = ()
    # Paid before the goods leave: with the order, and the rest when they are ready.
    first_payment: str | None = None
    rest_before_goods: str | None = None
    # Paid after delivery.
    rest_after_delivery: str | None = None
    # Milestones that such an order does not have.
    untouched: tuple[int, ...] = ()


EXPORT_GATE = ("GATE_COST_SHEET", "GATE_CUSTOMER_ORDER", "GATE_FACTORY_CONTRACT") + (
    "GATE_EXPORT_SIGNED",
) * 3
TERMS = (
    Term("PREPAID", "FRANCHISEE", first_payment="100.00", untouched=(11,)),
    Term(
        "TT_DEPOSIT",
        "FRANCHISEE",
        gate=("GATE_DEPOSIT",),
        first_payment="30.00",
        rest_before_goods="70.00",
    ),
    Term(
        "LC",
        "EXPORT",
        gate=("GATE_LC_RECEIVED", "GATE_LC_CHECKED", "GATE_LC_CHECKED", *EXPORT_GATE),
        rest_after_delivery="100.00",
    ),
    Term(
        "OPEN_ACCOUNT",
        "DISTRIBUTOR",
        gate=("GATE_CREDIT_APPROVED",),
        rest_after_delivery="100.00",
        untouched=(2, 3),
    ),
    Term(
        "DA",
        "EXPORT",
        gate=("GATE_CREDIT_APPROVED", *EXPORT_GATE),
        rest_after_delivery="100.00",
        untouched=(2, 3),
    ),
    Term("COD", "FRANCHISEE", rest_after_delivery="100.00", untouched=(2, 3)),
    Term("MONTHLY", "DISTRIBUTOR", rest_after_delivery="100.00", untouched=(2, 3)),
)


async def pass_the_gate(story: Story, term: Term) -> None:
    """O6: what the term asks for is brought by those who may; then production is released."""
    steps = Steps(story)
    if term.gate:
        assert await story.refused(Role.SALES_ADMIN, "orderGateRelease") == list(term.gate)
        assert "orderGateRelease" not in await story.may(Role.SALES_ADMIN)
    if 2 not in term.untouched:
        await steps.event("PAYMENT_REQUEST_SENT")
        await steps.close(2)
        assert (await steps.estimates())[3] == "2013-12-06"
    if term.name == "TT_DEPOSIT":
        deposit = {"amount": term.first_payment, "reference": "slip 1"}
        await story.do(Role.FINANCE, "depositRecord", not_by=Role.SALES, **deposit)
        assert (await story.money())["balance"] == "30.00"
    if term.name == "PREPAID":
        assert await story.pay(str(term.first_payment), "slip 1") == "100.00"
    if term.name == "LC":
        await bring_the_letter(story)
    if term.name in ("OPEN_ACCOUNT", "DA"):
        yes = {"item": "CREDIT_APPROVED", "role": "SALES_MANAGER"}
        assert await story.refused(Role.SALES, "orderGateRecord", **yes) == ["NOT_YOUR_ROLE"]
        await story.do(Role.SALES_MANAGER, "orderGateRecord", **yes)
    if term.kind == "EXPORT":
        signed = {"item": "EXPORT_SIGNED", "role": "SALES"}
        assert await story.refused(Role.SALES, "orderGateRecord", **signed) == ["PAPER_MISSING"]
        for paper in ("COST_SHEET", "CUSTOMER_ORDER", "FACTORY_CONTRACT"):
            await story.do(
                Role.SALES, "orderGateRecord", not_by=Role.PRODUCTION, item=paper, role="SALES"
            )
        for role in (Role.SALES, Role.SALES_MANAGER, Role.SALES_ADMIN):
            await story.do(role, "orderGateRecord", item="EXPORT_SIGNED", role=role.name)
    if term.name == "TT_DEPOSIT":
        # The deposit is the payment that step 3 waits for.
        assert 3 in (await steps.states())["CLOSED_ON_TIME"]
    elif 3 not in term.untouched:
        await steps.close(3)
    assert "orderGateRelease" in await story.may(Role.SALES_ADMIN)
    await story.do(Role.SALES_ADMIN, "orderGateRelease", not_by=Role.FINANCE)


async def bring_the_letter(story: Story) -> None:
    """O6: a faulty letter of credit is amended; the second is checked by both."""
    received = {"item": "LC_RECEIVED", "role": "DOCUMENT_CLERK", "amount": "100.00"}
    await story.do(
        Role.DOCUMENT_CLERK,
        "orderGateRecord",
        not_by=Role.WAREHOUSE,
        **received,
        reference="LC-1",
    )
    fault = {"item": "LC_FAULT", "role": "DOCUMENT_CLERK", "note": "the name is misspelt"}
    await story.do(Role.DOCUMENT_CLERK, "orderGateRecord", **fault)
    asked = {"item": "LC_AMENDMENT_ASKED", "role": "SALES"}
    await story.do(Role.SALES, "orderGateRecord", **asked)
    await story.do(Role.DOCUMENT_CLERK, "orderGateRecord", **received, reference="LC-1A")
    for role in (Role.SALES, Role.DOCUMENT_CLERK):
        await story.do(role, "orderGateRecord", item="LC_CHECKED", role=role.name)
    asked_for = (await story.read(Role.SALES, "production { requirements { code dueOn } }"))[
        "production"
    ]["requirements"]
    # A month before delivery.
    assert asked_for[0] == {"code": "LC_RECEIVED", "dueOn": "2014-02-01"}


async def book_inspection(story: Story) -> str:
    """O12: at least a week ahead."""
    booking = {"orderId": story.id, "kind": "OWN", "plannedOn": DONE}
    booked = await story.mutate(Role.QUALITY, "inspectionBook", "inspection { id }", **booking)
    return str(booked["inspection"]["id"])


async def make_and_inspect(story: Story, inspection: str) -> None:
    """O11 O12: materials, a stage of production, and an inspection that passes."""
    await story.mutate(
        Role.PURCHASING,
        "materialPurchaseRecord",
        "materialPurchase { material }",
        orderId=story.id,
        material="Cotton",
        needed="12.5",
        ordered="12.5",
        received="12.5",
    )
    made = await story.mutate(
        Role.PRODUCTION,
        "productionProgressRecord",
        "productionStage { state defectRate }",
        orderId=story.id,
        stage="SEWING",
        labelEn="Sewing",
        labelZh="车缝",
        unitsPlanned=10,
        unitsDelivered=10,
        completedOn=story.today,
    )
    assert made["productionStage"] == {"state": "DONE", "defectRate": "0.0000"}
    passed = {"id": inspection, "result": "PASSED"}
    seen = await story.mutate(Role.QUALITY, "inspectionRecord", "inspection { result }", **passed)
    assert seen["inspection"] == {"result": "PASSED"}


@pytest.mark.parametrize("term", TERMS, ids=[each.name for each in TERMS])
async def test_an_order_of_each_payment_term_from_intake_to_closing(
    story: Story, term: Term, clock: FixedClock
) -> None:
    """O1-O6 O12 O14 O15 M1 M2 M4: through its gate, production, inspection, goods, delivery,
    signed receipt and payment; the seventeen milestones where the term touches them."""
    await story.begin(term.name, term.kind)
    await story.take_in()
    await story.review()
    await story.exchange_confirmation()
    await story.confirm()
    steps = Steps(story)
    assert len(await steps.all()) == 17
    assert (await steps.states())["CLOSED_ON_TIME"] == [1]
    attending = {number: step["attendees"] for number, step in (await steps.all()).items()}
    assert {number: each for number, each in attending.items() if each} == ATTENDEES
    await steps.agree_terms()
    if term.untouched:
        await steps.skip(f"{term.name} pays once", *term.untouched)

    await pass_the_gate(story, term)
    await story.order_production()
    await steps.event("PACKAGING_PROOF_SENT")
    # Three days after the proof; production counts from there.
    estimates = await steps.estimates()
    assert (estimates[4], estimates[8]) == ("2013-12-02", "2014-03-02")
    await steps.close(4, 5, 6, 7)
    assert (await steps.estimates())[8] == "2014-02-27"
    await steps.expect(8, "2014-03-03")
    inspection = await book_inspection(story)
    clock.advance(dt.timedelta(days=94))
    assert story.today == DONE
    await make_and_inspect(story, inspection)
    await steps.close(9)

    if term.rest_before_goods:
        await steps.event("FINAL_PAYMENT_REQUEST_SENT")
        assert await story.pay(term.rest_before_goods, "slip 2") == "100.00"
        await steps.close(11)
    assert await story.refused(Role.WAREHOUSE, "orderShip") == ["NOT_ALL_SHIPPED"]
    await story.receive(40)
    line = "lines { nodes { unitsHeld unitsReserved unitsShipped } }"
    given = {"unitsHeld": 10, "unitsReserved": 0, "unitsShipped": 0}
    assert (await story.read(Role.SALES, line))["lines"]["nodes"] == [given]
    assert (await story.money())["held"] == "100.00"
    await steps.close(12, 13)
    assert await story.do(Role.WAREHOUSE, "orderShip", not_by=Role.SALES) == "SHIPPED"
    # The goods have left: nobody has to click what the act has told.
    assert 14 in (await steps.states())["CLOSED_ON_TIME"]
    await steps.close(15)
    await steps.expect(17, "2014-03-13")

    clock.advance(dt.timedelta(days=10))
    await deliver_settle_and_close(story, term)
    await tell_the_story(story, term)


async def deliver_settle_and_close(story: Story, term: Term) -> None:
    """O14: delivered, receipt signed by the customer's own login, paid in full, closed."""
    steps = Steps(story)
    assert await story.do(Role.LOGISTICS, "orderDeliver", not_by=Role.FINANCE) == "DELIVERED"
    assert await story.refused(Role.SALES_MANAGER, "orderClose") == ["RECEIPT_UNSIGNED", "NOT_PAID"]
    customer = await story.customer()
    assert await story.may(customer) == {"orderReceiptSign"}
    await story.do(customer, "orderReceiptSign", not_by=Role.FINANCE)
    if term.rest_after_delivery:
        assert (await story.money())["balance"] == "-100.00"
        await steps.event("FINAL_PAYMENT_REQUEST_SENT")
        assert await story.pay(term.rest_after_delivery, "slip 2") == "0.00"
        await steps.close(11)
    elif not term.rest_before_goods:
        # Paid ahead, in full: there is no final payment to ask for.
        await steps.event("FINAL_PAYMENT_REQUEST_SENT")
    assert (await story.money())["balance"] == "0.00"
    assert await story.refused(Role.SALES_MANAGER, "orderClose") == ["NOT_PAID"]
    await story.do(Role.FINANCE, "orderSettle", not_by=Role.SALES)
    tasks = (await story.read(Role.SALES_MANAGER, "tasks { kind state }"))["tasks"]
    assert {"kind": "CLOSE_ORDER", "state": "OPEN"} in tasks
    assert await story.do(Role.SALES_MANAGER, "orderClose", not_by=Role.SALES) == "CLOSED"
    assert await story.may(Role.ADMIN) == set()
    states = await steps.states()
    assert states.get("SKIPPED", []) == list(term.untouched)
    done = sorted(states["CLOSED_ON_TIME"] + states.get("CLOSED_LATE", []))
    # 8 and 17 too: production is complete, and the goods have arrived.
    assert [n for n in range(1, 18) if n not in done] == sorted(term.untouched)
    told = (await story.read(Role.SALES, "timeline { kind milestone { number } }"))["timeline"]
    passed = [each["milestone"]["number"] for each in told if each["kind"] == "MILESTONE_PASSED"]
    assert passed == [8]
    followed_up = await story.read(Role.SALES, "tasks { kind state dueOn }")
    # Three weeks after the arrival, whatever became of the order.
    assert {"kind": "FOLLOW_UP", "state": "OPEN", "dueOn": "2014-04-03"} in followed_up["tasks"]


async def tell_the_story(story: Story, term: Term) -> None:
    """O15: who, when, why, before and after, read back in both languages."""
    history = await story.history()
    acts = [title for _, title in history]
    assert acts[:5] == [
        "Order placed",
        "Receipt acknowledged to the customer",
        "Order checked",
        "Price and terms approved by finance",
        "Order approved by sales",
    ]
    assert acts[-5:] == [
        "Everything shipped",
        "Everything delivered",
        "Receipt signed",
        "Paid in full",
        "Order closed",
    ]
    assert ("finance", "Price and terms approved by finance") in history
    customers = [title for who, title in history if who.startswith("customer:")]
    assert customers == ["Confirmation sent back by the customer", "Receipt signed"]
    closed = await story.told("Order closed")
    assert closed == {
        "at": "2014-03-13T00:00:00Z",
        "by": "sales_manager",
        "why": None,
        "changed": {"status": ("DELIVERED", "CLOSED")},
    }
    released = await story.told("生产放行", "ZH_HANS")
    assert released["by"] == "sales_admin"
    assert released["changed"] == {"gateReleasedOn": (None, "2013-11-29")}
    # The customer reads the outcome in its own timeline, and no word of ours.
    for title in ("Order closed", "Production released"):
        theirs = await story.told(title, by=await story.customer())
        assert set(theirs["changed"]) <= {"status"}
    other = await story.customer("F2")
    assert await story.read(other, "status timeline { title }") is None


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
    agreed = await story.told("Customer answered the conditions")
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
    chinese = await story.told("客户答复评审条件", "ZH_HANS", by=customer)
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
    await story.do(Role.SALES, "orderChangeRequest", not_by=customer, **change)
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
    applied = await story.told("评审结论", "ZH_HANS")
    assert applied["by"] == "planning"
    assert applied["changed"]["promisedOn"] == (DONE, "2014-03-10")
    # Who bears the loss, and why it was asked for, are our words.
    document = "query ($id: ID!) { order(id: $id) { changes { loss { amount } reason } } }"
    codes = await story.client.codes(document, {"id": story.id}, token=story.token(customer))
    assert set(codes) == {"FORBIDDEN"}


async def customers_name(story: Story) -> str:
    """The name of N1's own login in the history."""
    agreed = await story.told("Customer agreed to the change in writing")
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
    for locale, title in (("EN", "Order cancelled"), ("ZH_HANS", "订单取消")):
        assert await story.told(title, locale) == {
            "at": "2013-11-29T00:00:00Z",
            "by": "sales_manager",
            "why": why,
            "changed": {"status": ("CONFIRMED", "CANCELLED")},
        }


async def test_an_order_that_finds_free_goods_asks_for_a_run(story: Story) -> None:
    """A2: goods lie there when the order is confirmed; the run says that an order is why."""
    await story.begin()
    await story.receive(40)
    assert (await story.stock())["Free"] == "24"
    await story.take_in()
    await story.review()
    await story.exchange_confirmation()
    await story.confirm()
    assert await story.runs() == [("ORDER", "QUEUED"), ("GOODS_RECEIPT", "COMMITTED")]
    await story.work()
    assert await story.stock() == {"OnHand": "40", "Held": "23", "Reserved": "3", "Free": "14"}
    line = "lines { nodes { unitsHeld unitsReserved } }"
    assert (await story.read(Role.SALES, line))["lines"]["nodes"] == [
        {"unitsHeld": 10, "unitsReserved": 0}
    ]


async def test_a_payment_counts_once_and_is_finance_s_to_record(story: Story) -> None:
    """F1: the same slip again is refused, also where it came as a deposit; others may not."""
    await story.begin()
    assert await story.pay("100.00", "slip 1") == "100.00"
    given = {"customer": "N1", "amount": "100.00", "slip": "slip 1"}
    shows = "funds { balance { amount } }"
    answer = await story.answer(Role.FINANCE, "paymentRecord", shows, **given)
    assert [(each["code"], each["field"]) for each in answer["userErrors"]] == [
        ("INVALID_INPUT", "slip")
    ]
    for wrong, field in (({"amount": "0.00"}, "amount"), ({"slip": " "}, "slip")):
        answer = await story.answer(Role.FINANCE, "paymentRecord", shows, **{**given, **wrong})
        assert [each["field"] for each in answer["userErrors"]] == [field]
    answer = await story.answer(Role.FINANCE, "paymentRecord", shows, **{**given, "customer": "N9"})
    assert [each["code"] for each in answer["userErrors"]] == ["NOT_FOUND"]
    await story.take_in(special=True)
    deposit = {"amount": "30.00", "reference": "slip 1"}
    assert await story.refused(Role.FINANCE, "depositRecord", **deposit) == ["SLIP_USED"]
    assert (await story.money())["balance"] == "100.00"
    document = """mutation ($input: PaymentRecordInput!) { paymentRecord(input: $input) {
      userErrors { code } } }"""
    for by in (Role.SALES, await story.customer()):
        codes = await story.client.codes(document, {"input": given}, token=story.token(by))
        assert codes == ["FORBIDDEN"]


async def test_a_payment_asks_for_a_run_where_goods_lie_free(
    story: Story, clock: FixedClock
) -> None:
    """A2 A5: N1 can pay 5 of 10; the rest is reserved until it lapses, and lies free since N1 has
    paid nothing. With its payment N1 is served."""
    await story.begin()
    limits = {"limits": [{"customer": "N1", "limit": "0.00"}]}
    await story.mutate(Role.FINANCE, "creditLimitSet", "changes { object }", **limits)
    await story.take_in()
    await story.review()
    await story.exchange_confirmation()
    await story.confirm()
    await story.pay("50.00", "slip 1")
    assert await story.runs() == []
    await story.receive(40)
    line = "lines { nodes { unitsHeld unitsReserved } }"
    (goods,) = (await story.read(Role.SALES, line))["lines"]["nodes"]
    assert goods == {"unitsHeld": 5, "unitsReserved": 5}
    clock.advance(dt.timedelta(days=16))
    assert await expire_reservations(story.client.dependencies) == 2
    await story.work()
    assert await story.stock() == {"OnHand": "40", "Held": "18", "Reserved": "0", "Free": "22"}

    await story.pay("50.00", "slip 2")
    assert (await story.runs())[0] == ("PAYMENT", "QUEUED")
    await story.work()
    (goods,) = (await story.read(Role.SALES, line))["lines"]["nodes"]
    assert goods == {"unitsHeld": 10, "unitsReserved": 0}

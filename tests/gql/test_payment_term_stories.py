"""An order of each payment term from intake to closing with its milestones, by GraphQL alone.

Each act is done with the token of who may do it, and refused to others.
"""

import datetime as dt
from dataclasses import dataclass

import pytest

from domain.roles import Role
from tests.clock import FixedClock
from tests.gql.conftest import Client
from tests.gql.steps import Steps
from tests.gql.story import DONE, Story

pytestmark = pytest.mark.usefixtures("tiny_company")

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


@pytest.fixture
def story(client: Client) -> Story:
    return Story(client)


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
    # The goods have left: nobody has to click what the command has recorded.
    assert 14 in (await steps.states())["CLOSED_ON_TIME"]
    await steps.close(15)
    await steps.expect(17, "2014-03-13")

    clock.advance(dt.timedelta(days=10))
    await deliver_settle_and_close(story, term)
    await play_the_story(story, term)


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
    entries = (await story.read(Role.SALES, "timeline { kind milestone { number } }"))["timeline"]
    passed = [each["milestone"]["number"] for each in entries if each["kind"] == "MILESTONE_PASSED"]
    # The delivery ended 17 on its day.
    assert passed == [8, 17]
    followed_up = await story.read(Role.SALES, "tasks { kind state dueOn }")
    # Three weeks after the arrival, whatever became of the order.
    assert {"kind": "FOLLOW_UP", "state": "OPEN", "dueOn": "2014-04-03"} in followed_up["tasks"]


async def play_the_story(story: Story, term: Term) -> None:
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
    closed = await story.entry("Order closed")
    assert closed == {
        "at": "2014-03-13T00:00:00Z",
        "by": "sales_manager",
        "why": None,
        "changed": {"status": ("DELIVERED", "CLOSED")},
    }
    released = await story.entry("已准予下达生产", "ZH_HANS")
    assert released["by"] == "sales_admin"
    assert released["changed"] == {"gateReleasedOn": (None, "2013-11-29")}
    # The customer reads the outcome in its own timeline, and no word of ours.
    for title in ("Order closed", "Production released"):
        theirs = await story.entry(title, by=await story.customer())
        assert set(theirs["changed"]) <= {"status"}
    other = await story.customer("F2")
    assert await story.read(other, "status timeline { title }") is None

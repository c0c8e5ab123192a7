"""The timeline of an order as those read it who look at it all day: what, whom, when, how much."""

import datetime as dt
import json
import re
from typing import Any

import pytest
from sqlalchemy import insert

from domain.principals import SYSTEM
from domain.roles import Role
from persistence.lookups import LONGEST_LIST
from persistence.tables import OrderEventRow, OrderRow
from services.milestones.due import notify_of_due_milestones
from tests.clock import FixedClock
from tests.gql.company import add_orders, shared_out
from tests.gql.conftest import Client
from tests.gql.story import DONE, By, Story

pytestmark = pytest.mark.usefixtures("tiny_company")

TIMELINE = """timeline(locale: %s) { cursor at isAllDay kind title actor amount { amount currency }
  details { name value label text } changes { name before after label textBefore textAfter } }"""
STEPS = """milestones { id number note closedBy vendorsNewDate
  history { kind actor reason closedOn } }"""
# Whatever our people write to each other says so.
OURS = "hopeless"
LI = f"li.{OURS}"


@pytest.fixture
async def story(client: Client) -> Story:
    return await Story(client).begin()


async def timeline(story: Story, by: By = Role.SALES, locale: str = "EN") -> list[dict[str, Any]]:
    """Everything that a role reads of the order."""
    found: list[dict[str, Any]] = (await story.read(by, TIMELINE % locale))["timeline"]
    return found


def details(entry: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in entry["details"]}


def one(entries: list[dict[str, Any]], title: str) -> dict[str, Any]:
    (found,) = [entry for entry in entries if entry["title"] == title]
    return found


async def step(story: Story, number: int) -> str:
    steps = (await story.read(Role.ADMIN, "milestones { id number }"))["milestones"]
    return next(each["id"] for each in steps if each["number"] == number)


async def talk_among_ourselves(story: Story, clock: FixedClock) -> None:
    """An order with our own words wherever there is room for them."""
    await story.take_in()
    await story.do(Role.PLANNING, "orderReviewOpen")
    await story.do(Role.PURCHASING, "orderMaterialsState", statement=f"{OURS} cotton")
    for role in (Role.ENGINEERING, Role.PURCHASING):
        await story.do(role, "orderMaterialsSign", role=role.name)
    review = (await story.read(Role.PLANNING, "reviews { required }"))["reviews"][-1]
    for name in review["required"]:
        said = {"role": name, "verdict": "FEASIBLE", "note": f"{OURS} but so be it"}
        await story.do(Role(name), "orderReviewOpinion", **said)
    decided = {"outcome": "ACCEPTED", "productionPromisedOn": DONE}
    await story.do(Role.PLANNING, "orderReviewDecide", **decided)
    await story.exchange_confirmation()
    await story.confirm()
    steps = {number: await step(story, number) for number in (2, 3, 9, 12)}
    shown = "milestone { state }"
    for day in ("2013-12-20", "2013-12-27"):
        given = {"vendor": f"{OURS} mill", "promisedOn": day, "reason": f"{OURS} mill again"}
        await story.mutate(Role.PURCHASING, "milestoneVendorDate", shown, id=steps[9], **given)
    moved = {"estimatedOn": "2013-12-05", "reason": f"{OURS} accounting"}
    await story.mutate(Role.SALES, "milestoneEstimate", shown, id=steps[2], **moved)
    li = {"subject": LI, "roles": ["SALES"]}
    await story.mutate(Role.ADMIN, "personAdd", "person { subject }", **li)
    closed = {"closedBy": LI, "note": f"{OURS} note", "reason": f"{OURS} reason"}
    early = {**closed, "override": True}
    await story.mutate(Role.SALES_MANAGER, "milestoneClose", shown, id=steps[3], **early)
    again = {"id": steps[3], "reason": f"{OURS} slip"}
    await story.mutate(Role.SALES_MANAGER, "milestoneReopen", shown, **again)
    await story.mutate(Role.SALES, "milestoneClose", shown, id=steps[2], **closed)
    skipped = {"id": steps[12], "reason": f"{OURS} step"}
    await story.mutate(Role.PURCHASING, "milestoneSkip", shown, **skipped)
    await story.do(Role.SALES_ADMIN, "orderGateRelease")
    await story.order_production()
    broken = {
        "stage": "SEWING",
        "labelEn": "Sewing",
        "labelZh": "车缝",
        "unitsPlanned": 10,
        "unitsDelivered": 0,
        "exception": f"{OURS} needle",
        "emergencyPlan": f"{OURS} plan",
    }
    shown = "productionStage { state }"
    await story.mutate(
        Role.PRODUCTION, "productionProgressRecord", shown, orderId=story.id, **broken
    )
    changed = {
        "reason": f"the customer is {OURS}",
        "department": "SALES",
        "lines": [{"lineNo": 1, "units": 12}],
    }
    await story.do(Role.SALES, "orderChangeRequest", **changed)
    await story.do(Role.SALES, "orderChangeWithdraw")
    clock.advance(dt.timedelta(days=1))
    await story.do(Role.SALES_MANAGER, "orderCancel", reason=f"{OURS} customer")


THEIRS = [
    "Order placed",
    "Receipt acknowledged to the customer",
    "Order checked",
    "Order review opened",
    "Review decided",
    "Confirmation sent to the customer",
    "Confirmation sent back by the customer",
    "Returned confirmation checked",
    "Order confirmed",
    "Production released",
    "Change requested",
    "Change withdrawn",
    "Order cancelled",
]


async def test_no_word_of_ours_is_in_what_a_customer_reads(story: Story, clock: FixedClock) -> None:
    """P1 O15: of the whole timeline and of every step's history, in both languages; our people
    read each of these words."""
    await talk_among_ourselves(story, clock)
    customer = await story.customer()
    for locale in ("EN", "ZH_HANS"):
        theirs = await timeline(story, customer, locale)
        assert OURS not in json.dumps(theirs)
        ours = json.dumps(await timeline(story, Role.SALES, locale))
        for word in (
            "cotton", "but so be it", "mill again", "accounting", "reason", "slip", "step",
            "needle", "plan", "customer",
        ):  # fmt: skip
            assert f"{OURS} {word}" in ours
        assert f"the customer is {OURS}" in ours
    theirs = await timeline(story, customer)
    assert [each["title"] for each in theirs if each["kind"] in ("PLACED", "EVENT")] == THEIRS
    kinds = {each["kind"] for each in theirs}
    assert kinds == {
        "PLACED", "EVENT", "MILESTONE_CLOSED", "MILESTONE_MOVED", "MILESTONE_REOPENED",
        "MILESTONE_SKIPPED",
    }  # fmt: skip
    named = {each["name"] for entry in theirs for each in entry["details"]}
    assert named == {
        "changeKind", "changeNumber", "costEffect", "days", "daysEffect", "expectedOn", "from",
        "lines", "newTotal", "outcome", "promisedOn", "requiredOn", "returnedOn", "reviewKind",
        "sentBackOn", "sentOn", "status", "to",
    }  # fmt: skip
    steps = (await story.read(customer, STEPS))["milestones"]
    assert OURS not in json.dumps(steps)
    assert all(each["closedBy"] is each["note"] is each["vendorsNewDate"] is None for each in steps)
    history = {each["number"]: [one["kind"] for one in each["history"]] for each in steps}
    ends = [kind for kind in history[3] if kind in ("CLOSED", "REOPENED", "SKIPPED")]
    assert ends == ["CLOSED", "REOPENED", "SKIPPED"]
    assert "VENDOR_DATE" not in history[9]
    steps = (await story.read(Role.SALES, STEPS))["milestones"]
    assert json.dumps(steps).count(OURS) >= 7
    assert "VENDOR_DATE" in [one["kind"] for one in steps[8]["history"]]


async def test_our_people_read_what_an_act_was_about(story: Story, clock: FixedClock) -> None:
    """O15: outcome, verdict, content of a change, and who closed a step beside who wrote it."""
    await talk_among_ourselves(story, clock)
    entries = await timeline(story)
    decided = {"status": "AWAITING_CONFIRMATION", "reviewKind": "REGULAR", "outcome": "ACCEPTED"}
    assert details(one(entries, "Review decided")) == decided
    spoken = [each for each in entries if each["title"] == "Opinion given in the review"]
    assert details(spoken[0])["verdict"] == "FEASIBLE"
    asked = details(one(entries, "Change requested"))
    assert (asked["lines"], asked["department"]) == ("1: 12 × -", "SALES")
    assert asked["costEffect"] == "20"
    closed = one(entries, "Payment request sent to customer")
    assert closed["actor"] == "service:sales"
    assert details(closed)["closedBy"] == LI
    # It was closed and written down on one day: the hour is known.
    assert closed["isAllDay"] is False
    chinese = await timeline(story, locale="ZH_HANS")
    status = one(chinese, "已作出评审结论")["details"]
    assert [(each["label"], each["text"]) for each in status] == [
        ("状态", "待客户回传"),
        ("评审类型", "常规订单"),
        ("结论", "同意承接"),
    ]
    stage = one(chinese, "生产异常")["details"]
    assert {"name": "stage", "value": "Sewing", "label": "工序", "text": "车缝"} in stage
    # No name is left in English, and no code of ours stands where people read.
    for entry in chinese:
        for each in (*entry["details"], *entry["changes"]):
            assert not re.search("[A-Za-z]", each["label"]), each
        for each in entry["details"]:
            assert not re.fullmatch(r"[A-Z]{3,}(_[A-Z]+)*", each["text"]), each


async def test_what_happened_within_a_day_stands_in_its_order(
    story: Story, clock: FixedClock
) -> None:
    """O15 M2: placed at two in the afternoon in Shanghai, and confirmed at once; the step that is
    closed as of that day does not come before the order."""
    clock.advance(dt.timedelta(hours=6))
    await story.take_in()
    await story.review()
    await story.exchange_confirmation()
    await story.confirm()
    clock.advance(dt.timedelta(days=3))
    late = {"id": await step(story, 2), "closedOn": "2013-11-29"}
    await story.mutate(Role.SALES, "milestoneClose", "milestone { state }", **late)
    entries = await timeline(story)
    assert [each["at"] for each in entries] == sorted(each["at"] for each in entries)
    assert entries[0]["title"] == "Order placed"
    first = one(entries, "Communication initiated with customer")
    assert (first["at"], first["isAllDay"]) == ("2013-11-29T06:00:00Z", False)
    # Written down on Monday as of Friday: the day is known, the hour is not.
    second = one(entries, "Payment request sent to customer")
    assert (second["at"], second["isAllDay"]) == ("2013-11-29T06:00:00Z", True)
    expected = next(each for each in entries if each["kind"] == "MILESTONE_EXPECTED")
    assert expected["isAllDay"]
    # Midnight in Shanghai.
    assert expected["at"].endswith("T16:00:00Z")


async def confirm_special_order(story: Story) -> None:
    """A special order of region airport, whose manager is Wang, with its deposit of 30.00."""
    wang = {"subject": "wang", "name": "Wang", "roles": ["REGION_MANAGER"], "region": "airport"}
    await story.mutate(Role.ADMIN, "personAdd", "person { subject }", **wang)
    await story.take_in(special=True)
    await story.review()
    await story.exchange_confirmation()
    for role in (Role.SALES_MANAGER, Role.DEPUTY_GM):
        await story.do(role, "orderSpecialSign", role=role.name)
    await story.do(Role.FINANCE, "depositRecord", amount="30.00", reference="slip 1")
    await story.confirm()


async def test_money_is_shown_with_its_amount(story: Story, clock: FixedClock) -> None:
    """O15 F4 O7 P8: deposit, hold, debit, what is forfeited, and a penalty, which is ours."""
    await confirm_special_order(story)
    await story.do(Role.SALES_ADMIN, "orderGateRelease")
    await story.order_production()
    await story.do(Role.WAREHOUSE, "orderStockIn", on=story.today)
    await story.pay("100.00", "slip 2")
    clock.advance(dt.timedelta(days=10))
    await story.do(Role.WAREHOUSE, "pickupRecord", units=10, on=story.today)
    customer = await story.customer()
    money = [
        ("Deposit received", "30.00"),
        ("Deposit forfeited", "10.00"),
        ("Deposit credited to the customer's funds", "20.00"),
    ]
    for by in (Role.FINANCE, customer):
        found = await timeline(story, by)
        amounts = [(each["title"], each["amount"]["amount"]) for each in found if each["amount"]]
        assert amounts == money
    # Whoever may not view funds does not read them here.
    found = await timeline(story, Role.WAREHOUSE)
    assert not any(each["amount"] for each in found)
    names = {each["name"] for one in found for each in one["changes"]} - {"depositSettledOn"}
    assert not any("deposit" in name.lower() for name in names)
    chinese = await timeline(story, customer, "ZH_HANS")
    titles = [each["title"] for each in chinese if each["amount"]]
    assert titles == ["已收到定金", "定金已扣除", "定金已冲抵货款"]


async def test_a_penalty_is_for_our_people(story: Story, clock: FixedClock) -> None:
    """P8 O7: not picked up by day 16, the region's manager owes 200.00; then it is waived."""
    await confirm_special_order(story)
    await story.do(Role.WAREHOUSE, "orderStockIn", on=story.today)
    clock.advance(dt.timedelta(days=16))
    await story.do(Role.FINANCE, "depositSettle")
    token = story.token(Role.ADMIN)
    found = await story.client.ask("{ penalties { nodes { id } } }", token=token)
    (penalty,) = found["penalties"]["nodes"]
    waived = {"id": penalty["id"], "reason": "flood"}
    await story.mutate(Role.ADMIN, "penaltyWaive", "penalty { id }", **waived)
    entries = [each for each in await timeline(story) if each["kind"].startswith("PENALTY")]
    assert [(each["title"], each["amount"]["amount"], details(each)) for each in entries] == [
        ("Penalty: special order not picked up in time", "200.00", {"person": "wang"}),
        (
            "Penalty waived: special order not picked up in time",
            "200.00",
            {"person": "wang", "reason": "flood"},
        ),
    ]
    theirs = await timeline(story, await story.customer())
    assert not any(each["kind"].startswith("PENALTY") for each in theirs)
    assert "Deposit forfeited" in [each["title"] for each in theirs]


async def test_goods_given_shipped_and_delivered_say_who_and_how_many(
    story: Story, clock: FixedClock
) -> None:
    """O15 F4: one entry for what a run gave, with its hold and its debit beside it."""
    await story.take_in(fulfilment="FROM_STOCK")
    (offer,) = (await story.read(Role.SALES, "offers { no }"))["offers"]
    await story.do(Role.SALES, "orderOfferChoose", offer=offer["no"])
    await story.do(Role.ORDER_CLERK, "orderConfirmationSend", promisedOn=DONE)
    looked = {"isSigned": True, "isStamped": True, "remarksAreClear": True}
    await story.do(Role.ORDER_CLERK, "orderConfirmationReturn", **{**looked, "isSigned": False})
    await story.do(Role.ORDER_CLERK, "orderConfirmationReturn", **looked)
    await story.confirm()
    await story.pay("100.00", "slip 1")
    await story.receive(40)
    clock.advance(dt.timedelta(hours=1))
    await story.do(Role.WAREHOUSE, "orderShip")
    clock.advance(dt.timedelta(days=2))
    await story.do(Role.LOGISTICS, "orderDeliver")
    await story.do(Role.AFTER_SALES, "complaintOpen", text="One shirt is torn.")
    entries = await timeline(story, await story.customer())
    defect = [each for each in entries if each["title"] == "Returned confirmation checked"]
    assert details(defect[0])["defects"] == "SIGNATURE"
    kinds = ("SHIPMENT_CREATED", "PAYMENT", "SHIPPED", "DELIVERED")
    listed = [each for each in entries if each["kind"] in kinds]
    assert [(each["title"], each["amount"] and each["amount"]["amount"]) for each in listed] == [
        ("Goods given, picking began", None),
        ("Money set aside for the goods", "100.00"),
        ("Shipped", None),
        ("Goods paid from the customer's funds", "100.00"),
        ("Delivered", None),
    ]
    assert [details(each).get("units") for each in listed] == ["10", None, "10", None, None]
    assert [each["actor"] for each in listed[2:]] == [
        "service:warehouse",
        "service:warehouse",
        "service:logistics",
    ]
    assert details(one(entries, "Complaint opened"))["text"] == "One shirt is torn."


async def test_a_day_in_the_calendar_is_shown_when_it_has_passed(
    story: Story, clock: FixedClock
) -> None:
    """M2 M7 O15: step 8 is a day and no more; with what it waits for done, it lies behind us."""
    await story.take_in()
    await story.review()
    await story.exchange_confirmation()
    await story.confirm()
    shown = "milestone { state }"
    day = {"estimatedOn": "2013-12-03", "reason": "agreed"}
    await story.mutate(Role.SALES, "milestoneEstimate", shown, id=await step(story, 8), **day)
    label = "Production completion (sales order)"
    assert one(await timeline(story), label)["kind"] == "MILESTONE_EXPECTED"
    clock.advance(dt.timedelta(days=10))
    late = one(await timeline(story), label)
    # The packaging is not confirmed: it cannot have been made.
    assert (late["kind"], details(late)["daysLate"]) == ("MILESTONE_EXPECTED", "6")
    await story.mutate(Role.SALES, "milestoneClose", shown, id=await step(story, 4))
    # Nor has the vendor made it, as the step's own state has it.
    still = await story.read(Role.SALES, "milestones { number state }")
    assert {"number": 8, "state": "OVERDUE"} in still["milestones"]
    assert one(await timeline(story), label)["kind"] == "MILESTONE_EXPECTED"
    early = {"override": True, "reason": "made already"}
    nine = await step(story, 9)
    await story.mutate(Role.SALES_MANAGER, "milestoneClose", shown, id=nine, **early)
    passed = one(await timeline(story, await story.customer()), label)
    assert (passed["kind"], passed["at"]) == ("MILESTONE_PASSED", "2013-12-02T16:00:00Z")


async def test_no_arrival_is_shown_while_the_goods_are_being_picked(
    story: Story, clock: FixedClock
) -> None:
    """M2 M7 O15: its day has gone by and all steps before it are closed; it has not happened."""
    await story.take_in()
    await story.review()
    await story.exchange_confirmation()
    await story.confirm()
    await story.pay("100.00", "slip 1")
    await story.receive(20)
    shown = "milestone { state }"
    day = {"eventOn": "2013-12-03", "reason": "the carrier says so"}
    await story.mutate(Role.LOGISTICS, "milestoneEstimate", shown, id=await step(story, 17), **day)
    early = {"override": True, "reason": "papers came early"}
    for number in (2, 3, 4, 5, 6, 7, 9, 11, 12, 13, 14, 15):
        closed = {"id": await step(story, number), **early}
        await story.mutate(Role.SALES_MANAGER, "milestoneClose", shown, **closed)
    label = "Arrival at the customer"
    clock.advance(dt.timedelta(days=10))
    await notify_of_due_milestones(story.client.dependencies)
    for by in (Role.SALES, await story.customer()):
        entries = await timeline(story, by)
        assert "SHIPMENT_CREATED" in {each["kind"] for each in entries}
        late = one(entries, label)
        assert (late["kind"], details(late)["daysLate"]) == ("MILESTONE_EXPECTED", "6")
    await story.do(Role.WAREHOUSE, "orderShip")
    assert one(await timeline(story), label)["kind"] == "MILESTONE_EXPECTED"
    await story.do(Role.LOGISTICS, "orderDeliver")
    clock.advance(dt.timedelta(days=1))
    arrived = one(await timeline(story), label)
    assert (arrived["kind"], arrived["at"]) == ("MILESTONE_PASSED", "2013-12-08T16:00:00Z")


async def test_a_timeline_is_read_in_pages(client: Client) -> None:
    """O15: the last 200 unless said otherwise; cursors lead to the rest; the newest 500 records
    of a kind are all that is read, and the cost counts what may come back."""
    await shared_out(client.dependencies)
    (key,) = await add_orders(client.dependencies, "F1", 1)
    many = LONGEST_LIST + 20
    async with client.dependencies.unit_of_work(SYSTEM) as uow:
        order = await uow.session.get_one(OrderRow, key)
        noted = {"order_id": key, "customer_id": order.customer_id, "kind": "NOTED", "actor": "A"}
        start = dt.datetime(2014, 1, 1, tzinfo=dt.UTC)
        rows = [
            {**noted, "at": start + dt.timedelta(minutes=minute), "reason": str(minute)}
            for minute in range(many)
        ]
        await uow.session.execute(insert(OrderEventRow), rows)
    document = """query ($last: Int, $before: String, $after: String, $first: Int) {
      orderTimeline(orderNumber: "N-F1-000", last: $last, before: $before, after: $after,
        first: $first) { cursor kind details { value } } }"""

    async def page(**given: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await client.ask(document, given))["orderTimeline"]
        return found

    newest = await page()
    assert len(newest) == 200
    assert newest[-1]["details"] == [{"value": str(many - 1)}]
    seen = newest
    while before := await page(before=seen[0]["cursor"]):
        seen = before + seen
    noted_at = [each["details"][0]["value"] for each in seen if each["kind"] == "EVENT"]
    assert noted_at == [str(minute) for minute in range(many - LONGEST_LIST, many)]
    assert len({each["cursor"] for each in seen}) == len(seen)
    assert await page(after=seen[-3]["cursor"]) == seen[-2:]
    assert await page(first=2) == seen[:2]
    answer = (await client.post(document, {"last": 10})).json()
    assert answer["extensions"]["cost"]["requested"] == 20
    assert (await client.post(document)).json()["extensions"]["cost"]["requested"] == 400
    assert await client.codes(document, {"last": 201}) == ["INVALID_INPUT"]
    assert await client.codes(document, {"before": "nobody"}) == ["INVALID_INPUT"]

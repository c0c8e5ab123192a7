"""People at work on milestones by GraphQL: all seventeen steps, conflicts, lists, the timeline."""

import asyncio
import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from domain.parties.people import AddPerson
from domain.principals import SYSTEM
from domain.roles import Role
from persistence.tables import OrderRow
from services.clocks.running import record_breaches
from services.parties.people import add_person
from tests.clocks import start_clock
from tests.gql.conftest import Client
from tests.milestones import start_milestones

pytestmark = pytest.mark.usefixtures("tiny_company")

CLOSE = """mutation ($input: MilestoneCloseInput!) { milestoneClose(input: $input) {
  milestone { number state closedOn closedBy version }
  userErrors { __typename code field message
    ... on AlreadyClosedError { closedBy closedOn }
    ... on PredecessorsOpenError { waitingFor } } } }"""
ESTIMATE = """mutation ($input: MilestoneEstimateInput!) { milestoneEstimate(input: $input) {
  milestone { number estimatedOn eventOn isConfirmed baselineOn slipDays }
  userErrors { code message } } }"""
ANCHORS = """mutation ($input: MilestoneAnchorsInput!) { milestoneAnchors(input: $input) {
  milestones { number estimatedOn eventOn closedOn } userErrors { code message } } }"""
STEPS = """query ($number: String!) { order(orderNumber: $number) {
  id nextMilestone { number ownerRole daysLate }
  lateMilestones { milestone { number } days delays { milestone { number } days } }
  milestones { id number code state label(locale: ZH_HANS) waitsFor version estimatedOn eventOn
    closedOn firstEstimatedOn vendorsNewDate history { kind actor reason } } } }"""
TIMELINE = """query ($number: String!, $locale: Locale!) {
  orderTimeline(orderNumber: $number, locale: $locale) {
    at kind title actor details { name value } } }"""
MINE = """query ($filter: MilestoneFilter) { milestones(filter: $filter, first: 50) {
  totalCount nodes { number order { orderNumber } } } }"""
TASKS = """query ($filter: TaskFilter) { tasks(filter: $filter) {
  totalCount nodes { id kind title state dueOn ownerRole owner order { orderNumber } } } }"""


async def begun(client: Client, number: str = "O1") -> int:
    """The tiny company with the milestones of an order begun today."""
    async with client.dependencies.unit_of_work(SYSTEM) as uow:
        key = await uow.session.scalar(select(OrderRow.id).where(OrderRow.order_number == number))
        assert key is not None
        terms = {"production_days": 30, "transit_days": 10}
        await start_milestones(uow, key, terms=terms)
    return key


async def steps(client: Client) -> dict[int, dict[str, Any]]:
    order = (await client.ask(STEPS, {"number": "O1"}))["order"]
    return {each["number"]: each for each in order["milestones"]}


async def close(client: Client, step: dict[str, Any], role: Role, **more: Any) -> Any:
    variables = {"input": {"id": step["id"], **more}}
    return (await client.ask(CLOSE, variables, token=client.token(role)))["milestoneClose"]


async def test_an_order_goes_through_all_seventeen_steps_by_each_role(client: Client) -> None:
    """M1 M2 M4: every step by its owner's token, with the fields that it takes."""
    await begun(client)
    found = await steps(client)
    order_id = (await client.ask(STEPS, {"number": "O1"}))["order"]["id"]
    sales = client.token(Role.SALES)
    assert sorted(found) == list(range(1, 18))
    for number in range(2, 18):
        # The warehouse owns none of them, and stands in for none of their owners.
        variables = {"input": {"id": found[number]["id"]}}
        token = client.token(Role.WAREHOUSE)
        assert await client.codes(CLOSE, variables, token=token) == ["FORBIDDEN"]
    for event in ("PAYMENT_REQUEST_SENT", "PACKAGING_PROOF_SENT"):
        given = {"orderId": order_id, "events": [{"event": event, "on": "2013-11-29"}]}
        answer = await client.ask(ANCHORS, {"input": given}, token=sales)
        assert answer["milestoneAnchors"]["userErrors"] == []
    for number, role in (
        (2, Role.SALES),
        (3, Role.SALES),
        (4, Role.SALES),
        (5, Role.PURCHASING),
        (6, Role.PURCHASING),
        (7, Role.PURCHASING),
    ):
        assert (await close(client, found[number], role))["userErrors"] == []
    eight = {"id": found[8]["id"], "estimatedOn": "2013-12-20"}
    answer = await client.ask(ESTIMATE, {"input": eight}, token=sales)
    assert answer["milestoneEstimate"]["milestone"]["eventOn"] == "2013-12-20"
    assert (await close(client, found[9], Role.PURCHASING))["userErrors"] == []
    given = {
        "orderId": order_id,
        "events": [{"event": "FINAL_PAYMENT_REQUEST_SENT", "on": "2013-11-29"}],
    }
    await client.ask(ANCHORS, {"input": given}, token=sales)
    assert (await close(client, found[11], Role.SALES))["userErrors"] == []
    assert (await close(client, found[12], Role.PURCHASING))["userErrors"] == []
    for number in (13, 14, 15):
        assert (await close(client, found[number], Role.LOGISTICS))["userErrors"] == []
    seventeen = {"id": found[17]["id"], "eventOn": "2013-12-09"}
    logistics = client.token(Role.LOGISTICS)
    answer = await client.ask(ESTIMATE, {"input": seventeen}, token=logistics)
    assert answer["milestoneEstimate"]["userErrors"] == []
    # 16 is no click: closing the order closes it.
    (refusal,) = (await close(client, found[16], Role.SALES_MANAGER))["userErrors"]
    assert refusal["code"] == "WRONG_STATE"
    after = await steps(client)
    assert [n for n in after if after[n]["state"] not in ("CLOSED_ON_TIME", "CLOSED_LATE")] == [
        8,
        16,
        17,
    ]
    (task,) = (await client.ask(TASKS, token=sales))["tasks"]["nodes"]
    assert (task["kind"], task["dueOn"], task["order"]) == (
        "FOLLOW_UP",
        "2013-12-30",
        {"orderNumber": "O1"},
    )


async def test_of_two_who_close_at_once_one_hears_who_was_first(client: Client) -> None:
    """M4: the conflict has a type of its own, with the winner's name."""
    await begun(client)
    two = (await steps(client))[2]
    answers = await asyncio.gather(
        close(client, two, Role.SALES),
        close(client, two, Role.SALES_MANAGER, closedBy="service:sales_manager"),
    )
    won = [each for each in answers if not each["userErrors"]]
    (lost,) = [each for each in answers if each["userErrors"]]
    assert len(won) == 1
    (conflict,) = lost["userErrors"]
    assert conflict["__typename"] == "AlreadyClosedError"
    assert conflict["closedBy"] == won[0]["milestone"]["closedBy"]
    assert conflict["closedOn"] == "2013-11-29"
    assert lost["milestone"] is None


async def test_refusals_say_what_to_do(client: Client) -> None:
    """M4: what it waits for, in the payload; a step of another department is forbidden."""
    await begun(client)
    found = await steps(client)
    (refusal,) = (await close(client, found[3], Role.SALES))["userErrors"]
    assert (refusal["code"], refusal["waitingFor"]) == ("PREDECESSORS_OPEN", [2])
    (refusal,) = (await close(client, found[2], Role.SALES, closedOn="2013-12-01"))["userErrors"]
    assert (refusal["code"], refusal["field"]) == ("INVALID_INPUT", "closedOn")
    variables = {"input": {"id": found[2]["id"]}}
    token = client.token(Role.WAREHOUSE)
    assert await client.codes(CLOSE, variables, token=token) == ["FORBIDDEN"]
    customer = await client.customer_token("F1")
    assert await client.codes(CLOSE, variables, token=customer) == ["FORBIDDEN"]


async def test_the_same_key_closes_once(client: Client) -> None:
    """M4: a client that sends it twice gets the first answer, no conflict with itself."""
    await begun(client)
    two = (await steps(client))[2]
    for _ in range(2):
        answer = await close(client, two, Role.SALES, idempotencyKey="k1")
        assert answer["userErrors"] == []
        assert answer["milestone"]["closedOn"] == "2013-11-29"


async def test_my_open_steps(client: Client) -> None:
    """M7: mine in person, and those of my roles that are nobody's; not those of a colleague."""
    async with client.dependencies.unit_of_work(SYSTEM) as uow:
        for subject in ("ann", "bea"):
            await add_person(AddPerson(subject, (Role.SALES,)), uow)
    await begun(client)
    found = await steps(client)
    hand_on = """mutation ($input: MilestoneHandOnInput!) { milestoneHandOn(input: $input) {
      milestone { owner } userErrors { message } } }"""
    for number, owner in ((2, "ann"), (3, "bea")):
        given = {"id": found[number]["id"], "owner": owner, "reason": "shared out"}
        answer = (await client.ask(hand_on, {"input": given}))["milestoneHandOn"]
        assert answer == {"milestone": {"owner": owner}, "userErrors": []}
    now = client.dependencies.clock()
    token = client.tokens.mint_for_person("ann", now=now)
    mine = (await client.ask(MINE, {"filter": {"mine": True}}, token=token))["milestones"]
    assert [node["number"] for node in mine["nodes"]] == [2, 4, 8, 10, 11, 16]
    assert mine["totalCount"] == 6
    load = await client.ask("{ milestoneLoad { ownerRole open overdue dueThisWeek } }")
    by_role = {each["ownerRole"]: each for each in load["milestoneLoad"]}
    assert by_role["SALES"]["open"] == 7


async def test_what_is_late_and_what_it_delays(client: Client, clock: Any) -> None:
    """M7: ten days later 2 is overdue; it is next, and delays 3, 5 and 6."""
    await begun(client)
    clock.advance(dt.timedelta(days=10))
    order = (await client.ask(STEPS, {"number": "O1"}))["order"]
    assert order["nextMilestone"] == {"number": 2, "ownerRole": "SALES", "daysLate": 7}
    late = order["lateMilestones"]
    assert [(each["milestone"]["number"], each["days"]) for each in late] == [(2, 7)]
    delayed = {each["milestone"]["number"]: each["days"] for each in late[0]["delays"]}
    assert delayed == {3: 7, 5: 7, 6: 7}


async def test_the_timeline_shows_slips_tasks_and_breaches(client: Client, clock: Any) -> None:
    """O15 M2 O16: in both languages; a customer sees the steps, not our tasks and clocks."""
    key = await begun(client)
    found = await steps(client)
    async with client.dependencies.unit_of_work(SYSTEM) as uow:
        order = await uow.session.get_one(OrderRow, key)
        await start_clock(uow, "CONTRACT", key, order.customer_id)
    for day in ("2013-12-20", "2013-12-27"):
        vendor = """mutation ($input: MilestoneVendorDateInput!) {
          milestoneVendorDate(input: $input) { milestone { vendorDates { vendor promisedOn } }
          userErrors { message } } }"""
        given = {"id": found[9]["id"], "vendor": "Mill A", "promisedOn": day}
        token = client.token(Role.PURCHASING)
        await client.ask(vendor, {"input": given}, token=token)
    slip = {"id": found[2]["id"], "estimatedOn": "2013-12-05", "reason": "accounting is ill"}
    await client.ask(ESTIMATE, {"input": slip}, token=client.token(Role.SALES))
    clock.advance(dt.timedelta(days=5))
    assert await record_breaches(client.dependencies) == 1
    entries = (await client.ask(TIMELINE, {"number": "O1", "locale": "EN"}))["orderTimeline"]
    kinds = {entry["kind"] for entry in entries}
    assert {"MILESTONE_MOVED", "TASK_RAISED", "CLOCK_BREACHED", "MILESTONE_EXPECTED"} <= kinds
    moved = [
        {detail["name"]: detail["value"] for detail in entry["details"]}
        for entry in entries
        if entry["title"] == "Payment request sent to customer: moved"
    ]
    assert moved == [
        {
            "reason": "accounting is ill",
            "from": "2013-12-02",
            "to": "2013-12-05",
            "days": "+3",
        }
    ]
    chinese = (await client.ask(TIMELINE, {"number": "O1", "locale": "ZH_HANS"}))["orderTimeline"]
    assert "已超时：签订合同" in [entry["title"] for entry in chinese]
    theirs = await client.ask(
        TIMELINE,
        {"number": "O1", "locale": "EN"},
        token=await client.customer_token("F1"),
    )
    seen = {entry["kind"] for entry in theirs["orderTimeline"]}
    assert "MILESTONE_EXPECTED" in seen
    assert not seen & {"TASK_RAISED", "CLOCK_BREACHED"}


async def test_a_company_s_own_template_by_mutation(client: Client) -> None:
    """M1 M6: all faults at once; a good one is there for new orders."""
    keep = """mutation ($input: MilestoneTemplateKeepInput!) {
      milestoneTemplateKeep(input: $input) {
        milestoneTemplate { code version steps { number ownerRole label(locale: ZH_HANS) } }
        userErrors { code ... on InvalidTemplateError { faults } } } }"""
    text = """
code = "REPAIRS"
name_en = "Repairs"
name_zh = "维修"
steps = [{number = 1, code = "IN", label_en = "In", label_zh = "接收", owner_role = "SALES"}]
"""
    wrong = text.replace('"SALES"', '"CAT"').replace('"IN"', '"in"')
    answer = (await client.ask(keep, {"input": {"template": wrong}}))["milestoneTemplateKeep"]
    (refusal,) = answer["userErrors"]
    assert refusal["code"] == "INVALID_TEMPLATE"
    assert len(refusal["faults"]) == 2
    answer = (await client.ask(keep, {"input": {"template": text}}))["milestoneTemplateKeep"]
    assert answer == {
        "milestoneTemplate": {
            "code": "REPAIRS",
            "version": 1,
            "steps": [{"number": 1, "ownerRole": "SALES", "label": "接收"}],
        },
        "userErrors": [],
    }
    codes = (await client.ask("{ milestoneTemplates { code } }"))["milestoneTemplates"]
    assert [each["code"] for each in codes] == [
        "EXPORT_FLOW",
        "GARMENT_FLOW",
        "ORDER_MILESTONES",
        "REPAIRS",
        "TRACKING_SHEET",
    ]
    assert await client.codes(
        keep, {"input": {"template": text}}, token=client.token(Role.SALES)
    ) == ["FORBIDDEN"]


async def test_a_further_flow_is_started_beside_the_first(client: Client) -> None:
    """M6 M7: the tracking sheet on an order that has its milestones; both are read with it."""
    await begun(client)
    start = """mutation ($input: MilestoneStartInput!) { milestoneStart(input: $input) {
      milestones { number code dueOn } userErrors { code message } } }"""
    order_id = (await client.ask(STEPS, {"number": "O1"}))["order"]["id"]
    given = {"input": {"orderId": order_id, "template": "TRACKING_SHEET"}}
    sales = client.token(Role.SALES)
    for _ in range(2):
        answer = (await client.ask(start, given, token=sales))["milestoneStart"]
        assert answer["userErrors"] == []
        assert [each["number"] for each in answer["milestones"]] == list(range(1, 12))
        assert answer["milestones"][0]["dueOn"] == "2013-11-29"
    order = (await client.ask(STEPS, {"number": "O1"}))["order"]
    assert len(order["milestones"]) == 17 + 11
    assert await client.codes(start, given, token=client.token(Role.WAREHOUSE)) == ["FORBIDDEN"]
    unknown = {"input": {**given["input"], "template": "NONE"}}
    answer = (await client.ask(start, unknown, token=sales))["milestoneStart"]
    assert [each["code"] for each in answer["userErrors"]] == ["NOT_FOUND"]


async def test_a_day_in_the_calendar_is_not_done_while_its_vendors_are_late(
    client: Client, clock: Any
) -> None:
    """M7: 8 and 17 passed while 9 and 14 are open: overdue, delayed, and never on time."""
    await begun(client)
    order_id = (await client.ask(STEPS, {"number": "O1"}))["order"]["id"]
    named = (
        ("PROMISED_COMPLETION", Role.SALES),
        ("VENDOR_COMPLETION", Role.PURCHASING),
        ("ARRIVAL_EXPECTED", Role.LOGISTICS),
    )
    for event, role in named:
        given = {"orderId": order_id, "events": [{"event": event, "on": "2013-12-09"}]}
        answer = await client.ask(ANCHORS, {"input": given}, token=client.token(role))
        assert answer["milestoneAnchors"]["userErrors"] == []
    clock.advance(dt.timedelta(days=30))
    found = await steps(client)
    assert {number: found[number]["state"] for number in (8, 9, 10, 17)} == {
        8: "OVERDUE",
        9: "OVERDUE",
        10: "OVERDUE",
        17: "OVERDUE",
    }
    order = (await client.ask(STEPS, {"number": "O1"}))["order"]
    late = {each["milestone"]["number"]: each for each in order["lateMilestones"]}
    assert {8, 17} <= set(late)
    assert {8, 10} <= {each["milestone"]["number"] for each in late[9]["delays"]}


async def test_a_step_is_renamed_also_on_orders_that_have_begun(client: Client) -> None:
    """M2: the names of 5, 6, 12-15 and 17 are ours and can be renamed."""
    await begun(client)
    rename = """mutation { milestoneStepRename(input: {template: "ORDER_MILESTONES", number: 13,
      labelEn: "Truck booked", labelZh: "已订车"}) { userErrors { message } } }"""
    assert (await client.ask(rename))["milestoneStepRename"]["userErrors"] == []
    assert (await steps(client))[13]["label"] == "已订车"


async def test_making_is_recorded_and_shown_with_the_order(client: Client) -> None:
    """O11 O12: purchases, stages and inspections by mutation, read with the order."""
    await begun(client)
    order_id = (await client.ask(STEPS, {"number": "O1"}))["order"]["id"]
    document = """mutation ($order: ID!) {
      materialPurchaseRecord(input: {orderId: $order, material: "Cotton", needed: "12.5"}) {
        materialPurchase { material needed } userErrors { message } }
      productionProgressRecord(input: {orderId: $order, stage: "PRESS", labelEn: "Pressing",
        labelZh: "冲床", unitsDelivered: 40, unitsDefective: 1, plannedOn: "2013-11-27"}) {
        productionStage { state defectRate daysLate countdown } userErrors { message } }
      inspectionBook(input: {orderId: $order, kind: OWN, plannedOn: "2013-12-09"}) {
        inspection { id result } userErrors { message } } }"""
    answer = await client.ask(document, {"order": order_id})
    assert answer["materialPurchaseRecord"]["materialPurchase"] == {
        "material": "Cotton",
        "needed": "12.500",
    }
    assert answer["productionProgressRecord"]["productionStage"] == {
        "state": "RUNNING",
        "defectRate": "0.0250",
        "daysLate": 2,
        "countdown": -2,
    }
    inspection = answer["inspectionBook"]["inspection"]
    record = """mutation ($id: ID!) { inspectionRecord(input: {id: $id, result: PASSED}) {
      inspection { result inspectedOn } userErrors { message } } }"""
    answer = await client.ask(record, {"id": inspection["id"]}, token=client.token(Role.QUALITY))
    assert answer["inspectionRecord"]["inspection"] == {
        "result": "PASSED",
        "inspectedOn": "2013-11-29",
    }
    shown = """{ order(orderNumber: "O1") { materialPurchases { material }
      productionStages { label(locale: ZH_HANS) } inspections { result }
      clocks { code dueAt breachedAt } tasks { kind } } }"""
    order = (await client.ask(shown))["order"]
    assert order["productionStages"] == [{"label": "冲床"}]
    assert [clock["code"] for clock in order["clocks"]] == ["DISPATCH_AFTER_QUALITY"]
    customer = await client.customer_token("F1")
    theirs = '{ order(orderNumber: "O1") { inspections { result } } }'
    assert (await client.ask(theirs, token=customer))["order"]["inspections"] == [
        {"result": "PASSED"}
    ]
    hidden = '{ order(orderNumber: "O1") { materialPurchases { material } } }'
    assert await client.codes(hidden, token=customer) == ["FORBIDDEN"]


@pytest.mark.parametrize("apply", [True, False])
async def test_planning_backward_by_mutation(client: Client, apply: bool) -> None:
    """M2: shown, or kept as the baseline; what can no longer be had says so."""
    await begun(client)
    order_id = (await client.ask(STEPS, {"number": "O1"}))["order"]["id"]
    plan = """mutation ($input: MilestonePlanBackwardInput!) {
      milestonePlanBackward(input: $input) {
        steps { milestone { number baselineOn } latestOn isFeasible }
        missingTerms userErrors { message } } }"""
    given = {"orderId": order_id, "wantedOn": "2013-12-31", "apply": apply}
    answer = (await client.ask(plan, {"input": given}))["milestonePlanBackward"]
    assert answer["userErrors"] == []
    assert answer["missingTerms"] == []
    by_number = {each["milestone"]["number"]: each for each in answer["steps"]}
    assert by_number[14]["latestOn"] == "2013-12-21"
    assert by_number[14]["isFeasible"]
    assert not by_number[4]["isFeasible"]
    assert by_number[14]["milestone"]["baselineOn"] == ("2013-12-21" if apply else None)

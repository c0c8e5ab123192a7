"""What customers do to their own orders by their own login, and to nobody else's (P1, O3-O5)."""

import datetime as dt
from typing import Any

import pytest
from graphql import GraphQLObjectType

from domain.roles import MAY, Role
from gql.nodes import global_id
from gql.schema import schema
from tests.clock import FixedClock
from tests.gql.conftest import Client
from tests.gql.story import DONE, Story

pytestmark = pytest.mark.usefixtures("tiny_company")

ACTS: dict[str, dict[str, Any]] = {
    "orderConditionsAgree": {"agreed": True},
    "orderConfirmationSendBack": {},
    "orderChangeRequest": {"reason": "the shop opens later", "requiredOn": "2014-05-01"},
    "orderChangeAgree": {},
    "orderChangeWithdraw": {},
    "orderReceiptSign": {},
}
LOOK = {"isSigned": True, "isStamped": True, "remarksAreClear": True}
CONFIRMATION = "confirmation { sentBackOn remarks returnedOn defects firstPromisedOn promisedOn }"


@pytest.fixture
async def story(client: Client) -> Story:
    """N1's order is reviewed, and its confirmation is out since Friday, 29 November."""
    story = await Story(client).begin()
    await story.take_in()
    await story.review()
    await story.do(Role.ORDER_CLERK, "orderConfirmationSend", promisedOn=DONE)
    return story


def test_customers_do_these_acts_and_no_others() -> None:
    """P1: of all mutations there are; whatever else is done is our people's to do."""
    mutation = schema._schema.type_map["Mutation"]
    assert isinstance(mutation, GraphQLObjectType)
    actions = {
        name: field.extensions["strawberry-definition"].metadata["action"]
        for name, field in mutation.fields.items()
    }
    assert len(actions) > 80
    theirs = {name for name, action in actions.items() if Role.CUSTOMER in MAY[action]}
    assert theirs == set(ACTS)


async def test_what_a_customer_sends_back_counts_once_we_have_looked(
    story: Story, clock: FixedClock
) -> None:
    """O5: a working day of the customer's delay moves the promise, our own days do not."""
    customer = await story.customer()
    clock.advance(dt.timedelta(days=3))
    sent_back = {"remarks": "blue thread, please"}
    await story.do(customer, "orderConfirmationSendBack", not_by=Role.QUALITY, **sent_back)
    found = {
        "sentBackOn": "2013-12-02",
        "remarks": "blue thread, please",
        "returnedOn": None,
        "defects": [],
        "firstPromisedOn": "2014-03-03",
        "promisedOn": "2014-03-04",
    }
    assert (await story.read(Role.ORDER_CLERK, CONFIRMATION))["confirmation"] == found
    again = await story.refused(customer, "orderConfirmationSendBack")
    assert again == ["SENT_BACK_ALREADY"]
    # Nobody has looked at signature, stamp and remarks yet.
    assert await story.refused(Role.ORDER_CLERK, "orderConfirm") == ["CONFIRMATION_NOT_BACK"]
    clock.advance(dt.timedelta(days=3))
    await story.do(Role.ORDER_CLERK, "orderConfirmationReturn", not_by=customer, **LOOK)
    found["returnedOn"] = "2013-12-05"
    assert (await story.read(customer, CONFIRMATION))["confirmation"] == found
    assert (await story.read(customer, "promisedOn"))["promisedOn"] == "2014-03-04"
    assert await story.do(Role.ORDER_CLERK, "orderConfirm", not_by=customer) == "CONFIRMED"
    entry = await story.entry("客户已回传确认书", "ZH_HANS", by=customer)
    assert entry["changed"] == {"sentBackOn": (None, "2013-12-02")}


async def test_the_promise_moves_while_the_confirmation_is_out(
    story: Story, clock: FixedClock
) -> None:
    """O5: every working day of delay moves the promised date by a day, at once and wherever it is
    shown; an order called off meanwhile keeps the day that it was promised."""
    listed = "{ orders { nodes { orderNumber promisedOn confirmation { promisedOn } } } }"
    customer = await story.customer()
    # Sent on Friday: nothing on the weekend, a day each on Monday and Tuesday.
    for days, promised in ((0, "03"), (1, "03"), (2, "03"), (3, "04"), (4, "05")):
        for by in (Role.SALES, customer):
            found = await story.read(by, "promisedOn confirmation { promisedOn }")
            day = f"2014-03-{promised}"
            assert found == {"promisedOn": day, "confirmation": {"promisedOn": day}}, days
        clock.advance(dt.timedelta(days=1))
    token = story.token(Role.SALES)
    orders = (await story.client.ask(listed, token=token))["orders"]["nodes"]
    assert {each["promisedOn"] for each in orders} == {"2014-03-06", None}
    await story.do(Role.SALES_MANAGER, "orderCancel", reason="no answer")
    clock.advance(dt.timedelta(days=30))
    found = await story.read(Role.SALES, "promisedOn confirmation { promisedOn }")
    assert found == {"promisedOn": DONE, "confirmation": {"promisedOn": DONE}}


async def test_a_confirmation_with_a_defect_is_sent_back_again(
    story: Story, clock: FixedClock
) -> None:
    """O5: without its stamp it was not back at all; the promise moves on until it comes again."""
    customer = await story.customer()
    await story.do(customer, "orderConfirmationSendBack")
    clock.advance(dt.timedelta(days=3))
    unstamped = {**LOOK, "isStamped": False}
    await story.do(Role.ORDER_CLERK, "orderConfirmationReturn", **unstamped)
    assert (await story.read(customer, CONFIRMATION))["confirmation"] == {
        "sentBackOn": None,
        "remarks": None,
        "returnedOn": None,
        "defects": ["STAMP"],
        "firstPromisedOn": "2014-03-03",
        "promisedOn": "2014-03-04",
    }
    clock.advance(dt.timedelta(days=1))
    await story.do(customer, "orderConfirmationSendBack")
    await story.do(Role.ORDER_CLERK, "orderConfirmationReturn", **LOOK)
    found = (await story.read(customer, CONFIRMATION))["confirmation"]
    assert (found["sentBackOn"], found["promisedOn"]) == ("2013-12-03", "2014-03-05")


@pytest.mark.parametrize("name", sorted(ACTS))
async def test_another_customer_s_order_does_not_exist(story: Story, name: str) -> None:
    """P1: the answer is that of an order which never was, whatever else is sent with it."""
    other = await story.customer("F2")
    before = await story.read(Role.SALES, "status version timeline { title }")
    more: dict[str, Any]
    for more in ({}, {"expectedVersion": 1}, {"idempotencyKey": "k1"}):
        answers = []
        for key in (story.id, global_id("Order", 999)):
            given = {"id": key, **ACTS[name], **more}
            if "idempotencyKey" in more:
                given["idempotencyKey"] = key
            shows = "order { id }"
            answer = await story.answer(other, name, shows, **given)
            (error,) = answer["userErrors"]
            # All that differs is the number that was asked for.
            assert answer["order"] is None
            answers.append((error["code"], error["field"], error["message"].split("'")[::2]))
        assert answers[0] == answers[1] == ("NOT_FOUND", "id", ["There is no order ", "."])
    assert await story.read(other, "status") is None
    assert await story.read(Role.SALES, "status version timeline { title }") == before


async def test_what_follows_from_a_customer_s_act_is_written_for_our_people(
    client: Client,
) -> None:
    """O15 O16: the audit log has it under the customer's name, and the clock of the state that it
    led to runs, though customers see neither."""
    story = await Story(client).begin()
    await story.take_in(irregularities=["CUSTOM_DESIGN"])
    await story.do(Role.PLANNING, "orderReviewOpen")
    await story.speak_in_review("CONDITIONAL")
    drawing = {"drawing": "D-1", "customerConfirmation": "fax"}
    await story.do(Role.ENGINEERING, "orderDrawingFile", **drawing)
    but = {"outcome": "ACCEPTED_WITH_CONDITIONS", "solution": "thinner cloth"}
    await story.do(Role.GENERAL_MANAGER, "orderReviewDecide", **but)
    customer = await story.customer()
    for _ in range(2):
        status = await story.do(customer, "orderConditionsAgree", agreed=False, idempotencyKey="no")
        assert status == "UNDER_CHECK"

    log = """{ auditLog(filter: {action: "orderConditionsAgree"}) {
      nodes { actor before after } } }"""
    (entry,) = (await client.ask(log, token=client.token(Role.LEGAL)))["auditLog"]["nodes"]
    assert entry["actor"].startswith("service:customer:")
    assert entry["before"]["status"] == "UNDER_REVIEW"
    assert entry["after"]["status"] == "UNDER_CHECK"
    assert await client.codes(log, token=story.token(customer)) == ["FORBIDDEN"]
    clocks = "clocks { code stoppedAt }"
    running = (await story.read(Role.PLANNING, clocks))["clocks"]
    assert [each["code"] for each in running if each["stoppedAt"] is None] == [
        "HANDOVER_TO_PLANNING"
    ]


async def test_a_customer_reads_what_it_is_asked_and_not_our_words(story: Story) -> None:
    """P1 O15: its next acts, conditions and confirmation, yes; who reviewed it and why, no."""
    customer = await story.customer()
    found = await story.read(customer, "allowedActions { name isAllowed reasons { code } }")
    assert found["allowedActions"] == [
        {"name": name, "isAllowed": not codes, "reasons": [{"code": code} for code in codes]}
        for name, codes in (
            ("orderConditionsAgree", ["NO_CONDITIONS"]),
            ("orderConfirmationSendBack", []),
            ("orderChangeRequest", []),
            ("orderChangeAgree", ["NO_CHANGE"]),
            ("orderChangeWithdraw", ["NO_CHANGE"]),
        )
    ]
    placed = await story.entry("Order placed", by=customer)
    assert set(placed["changed"]) == {"status", "requiredOn"}
    ours = await story.entry("Order placed")
    assert {"status", "lines", "channel", "customer"} <= set(ours["changed"])

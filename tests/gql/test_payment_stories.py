"""Money that comes in, and orders that find goods: what they set going, by GraphQL alone."""

import datetime as dt

import pytest

from domain.roles import Role
from services.allocation.reservations import expire_reservations
from tests.clock import FixedClock
from tests.gql.conftest import Client
from tests.gql.story import Story

pytestmark = pytest.mark.usefixtures("tiny_company")


@pytest.fixture
def story(client: Client) -> Story:
    return Story(client)


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

"""Special regional orders picked up on time and late, by GraphQL alone (O7)."""

import datetime as dt

import pytest

from domain.roles import Role
from services.orders.deposit_expiry import settle_expired_deposits
from tests.clock import FixedClock
from tests.gql.conftest import Client
from tests.gql.story import Story

pytestmark = pytest.mark.usefixtures("tiny_company")

DEPOSIT = """deposit { state required { amount } paid { amount } forfeited { amount }
  offsetUntil lastDay pickedUpOn settledOn }"""
PENALTIES = """{ penalties { nodes { rule case person region { code } amount { amount }
  order { orderNumber } } } }"""


@pytest.fixture
async def story(client: Client) -> Story:
    """N1 of region airport, whose manager is Wang."""
    story = await Story(client).begin()
    wang = {"subject": "wang", "name": "Wang", "roles": ["REGION_MANAGER"], "region": "airport"}
    await story.mutate(Role.ADMIN, "personAdd", "person { subject }", **wang)
    return story


async def bring_into_stock(story: Story) -> None:
    """An order of 100.00, signed, with its deposit of 30.00, confirmed, made, in the warehouse."""
    await story.take_in(special=True)
    await story.review()
    await story.exchange_confirmation()
    lacking = ["SPECIAL_UNSIGNED", "DEPOSIT_MISSING"]
    assert await story.refused(Role.ORDER_CLERK, "orderConfirm") == lacking
    manager = {"role": "SALES_MANAGER"}
    assert await story.refused(Role.SALES, "orderSpecialSign", **manager) == ["NOT_YOUR_ROLE"]
    for role in (Role.SALES_MANAGER, Role.DEPUTY_GM):
        await story.do(role, "orderSpecialSign", not_by=await story.customer(), role=role.name)
    assert await story.refused(Role.ORDER_CLERK, "orderConfirm") == ["DEPOSIT_MISSING"]
    slip = {"amount": "30.00", "reference": "slip 1"}
    await story.do(Role.FINANCE, "depositRecord", not_by=Role.SALES, **slip)
    # Kept apart from its funds until it is settled.
    assert (await story.money())["balance"] == "0.00"
    await story.confirm()
    await story.do(Role.SALES_ADMIN, "orderGateRelease")
    await story.order_production()
    pickup = {"units": 10, "on": story.today}
    assert await story.refused(Role.WAREHOUSE, "pickupRecord", **pickup) == ["NOT_STOCKED_IN"]
    await story.do(Role.WAREHOUSE, "orderStockIn", not_by=Role.SALES, on=story.today)


@pytest.mark.parametrize(
    ("days", "state", "forfeited", "offset", "penalised"),
    [
        (7, "OFFSET_OPEN", "0.00", "30.00", False),
        (8, "OFFSET_SUSPENDED", "10.00", "20.00", False),
        (15, "OFFSET_SUSPENDED", "10.00", "20.00", False),
        (16, "OFFSET_LAPSED", "30.00", "0.00", True),
    ],
    ids=["on time", "the first late day", "the last day", "after the last day"],
)
async def test_a_special_order_picked_up_at_each_forfeit_step(
    story: Story,
    clock: FixedClock,
    days: int,
    state: str,
    forfeited: str,
    offset: str,
    penalised: bool,
) -> None:
    """O7 P8: of 100.00 nothing is lost within 7 days, 10 % by day 15, 30 % later, with a penalty
    of 200.00 on the region's manager. What is not lost offsets the price."""
    await bring_into_stock(story)
    clock.advance(dt.timedelta(days=days))
    found = (await story.read(Role.FINANCE, DEPOSIT))["deposit"]
    assert (found["state"], found["offsetUntil"], found["lastDay"]) == (
        state,
        "2013-12-06",
        "2013-12-14",
    )
    customer = await story.customer()
    half = {"units": 4, "on": story.today}
    await story.do(Role.WAREHOUSE, "pickupRecord", not_by=customer, **half)
    assert (await story.read(Role.FINANCE, DEPOSIT))["deposit"]["settledOn"] is None
    too_many = {"units": 7, "on": story.today}
    assert await story.refused(Role.WAREHOUSE, "pickupRecord", **too_many) == ["TOO_MANY_UNITS"]
    await story.do(Role.WAREHOUSE, "pickupRecord", units=6, on=story.today)
    settled = {
        "state": "SETTLED",
        "required": {"amount": "30.00"},
        "paid": {"amount": "30.00"},
        "forfeited": {"amount": forfeited},
        "offsetUntil": "2013-12-06",
        "lastDay": "2013-12-14",
        "pickedUpOn": story.today,
        "settledOn": story.today,
    }
    # The customer reads it too; another one does not.
    for by in (Role.FINANCE, customer):
        assert (await story.read(by, DEPOSIT))["deposit"] == settled
    assert await story.read(await story.customer("F2"), DEPOSIT) is None
    assert (await story.money())["balance"] == offset
    assert await penalties(story) == ([await wangs(story)] if penalised else [])
    for locale, title in (("EN", "Goods picked up"), ("ZH_HANS", "已提货")):
        entry = await story.entry(title, locale)
        assert entry["by"] == "warehouse"
        assert entry["changed"]["depositSettledOn"] == (None, story.today)
        lost = ("0", forfeited.removesuffix(".00"))
        assert entry["changed"].get("depositForfeited", ("0", "0")) == lost
    assert (await story.refused(Role.FINANCE, "depositSettle"))[0] == "DEPOSIT_SETTLED"


async def test_the_timer_settles_what_nobody_picks_up(story: Story, clock: FixedClock) -> None:
    """O7 J1: nobody need ask; FINANCE could do so from the day after the last."""
    await bring_into_stock(story)
    clock.advance(dt.timedelta(days=15))
    assert await story.refused(Role.FINANCE, "depositSettle") == ["NOT_LAPSED"]
    assert await settle_expired_deposits(story.client.dependencies) == 0
    clock.advance(dt.timedelta(days=1))
    assert "depositSettle" in await story.may(Role.FINANCE)
    assert await settle_expired_deposits(story.client.dependencies) == 1
    found = (await story.read(Role.FINANCE, DEPOSIT))["deposit"]
    assert (found["state"], found["forfeited"]) == ("SETTLED", {"amount": "30.00"})
    assert await penalties(story) == [await wangs(story)]
    assert (await story.entry("定金已结算", "ZH_HANS"))["by"] == "SYSTEM"


async def penalties(story: Story) -> list[object]:
    """All penalties, as SALES_ADMIN reads them."""
    token = story.token(Role.SALES_ADMIN)
    found = await story.client.ask(PENALTIES, token=token)
    return list(found["penalties"]["nodes"])


async def wangs(story: Story) -> dict[str, object]:
    """The one penalty on the region's manager."""
    number = (await story.read(Role.SALES, "orderNumber"))["orderNumber"]
    return {
        "rule": "SPECIAL_ORDER_NOT_PICKED_UP",
        "case": number,
        "person": "wang",
        "region": None,
        "amount": {"amount": "200.00"},
        "order": {"orderNumber": number},
    }

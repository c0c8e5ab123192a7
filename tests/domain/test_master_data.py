"""Effective dating, proposed ranks and prices as plain rules."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import command_of
from domain.errors import FaultyItems, InvalidInput
from domain.master_data.areas import RULES, Area
from domain.master_data.commands import (
    NewValue,
    ProductRank,
    RankCustomers,
    RankProducts,
    ReplaceLaunchPlan,
    SafetyStock,
    SetSafetyStock,
    SetValues,
)
from domain.master_data.guards import Entry, all_are_planned
from domain.master_data.values import Dated, Value, check_day, check_value, in_force
from domain.penalties import PenaltyRule, amount_of
from domain.policy import Policy
from domain.policy.versions import carried
from domain.pricing import DatedPrice, price_on
from domain.ranking import RankFacts, propose_ranks
from domain.seasons import SellingSeason

DAY = dt.date(2026, 3, 1)
DAYS = st.integers(0, 9).map(lambda offset: DAY + dt.timedelta(days=offset))


def test_what_begins_tomorrow_does_not_hold_today() -> None:
    """P7: 5 from the first of March, 7 from the second."""
    history = [Dated(DAY, 1, 5), Dated(DAY + dt.timedelta(days=1), 2, 7)]
    before = DAY - dt.timedelta(days=1)
    found = [in_force(history, day) for day in (before, DAY, DAY + dt.timedelta(days=1))]
    assert [each and each.value for each in found] == [None, 5, 7]


@given(st.lists(DAYS, max_size=8), DAYS)
def test_the_latest_begun_holds_and_of_one_day_the_last_entered(
    days: list[dt.date], day: dt.date
) -> None:
    """P7: held against going through the entries one by one."""
    history = [Dated(begin, entered, entered) for entered, begin in enumerate(days)]
    expected: Dated | None = None
    for each in history:
        if each.effective_from <= day and (
            expected is None or each.effective_from >= expected.effective_from
        ):
            expected = each
    assert in_force(history, day) == expected


def test_a_day_that_is_over_is_refused() -> None:
    """P7: today is the earliest."""
    check_day(DAY, DAY)
    with pytest.raises(InvalidInput, match="2026-02-28 is over"):
        check_day(DAY - dt.timedelta(days=1), DAY)


@pytest.mark.parametrize(
    ("area", "value", "right"),
    [
        (Area.CUSTOMER_RANK, 1, True),
        (Area.CUSTOMER_RANK, 0, False),
        (Area.CUSTOMER_RANK, None, False),
        (Area.RESERVE_RANK, None, True),
        (Area.STORE_TIER, "B", True),
        (Area.STORE_TIER, "Z", False),
        (Area.SAFETY_STOCK, 0, True),
        (Area.SAFETY_STOCK, -1, False),
        (Area.CREDIT_LIMIT, Decimal("0.01"), True),
        (Area.CREDIT_LIMIT, Decimal("0.001"), False),
        (Area.CREDIT_LIMIT, Decimal(-1), False),
        (Area.CREDIT_LIMIT, None, True),
        (Area.PAYMENT_TERMS, "COD", True),
        (Area.PAYMENT_TERMS, "LATER", False),
    ],
)
def test_each_area_takes_its_own_values(area: Area, value: Value, right: bool) -> None:
    """P2 P3 P4: what can be no rank, tier, amount or term is refused."""
    if right:
        check_value(area, value, ("A", "B"), "CNY")
        return
    with pytest.raises(InvalidInput):
        check_value(area, value, ("A", "B"), "CNY")


def test_a_proposal_goes_by_region_then_class_then_units() -> None:
    """P7: and says so, figure by figure; equal customers share a rank."""
    facts = [
        RankFacts("C1", "Shenzhen", "B", 10, 4),
        RankFacts("C2", "airport", "C", 1, 3),
        RankFacts("C3", "Shenzhen", "A", 5, 2),
        RankFacts("C4", "Shenzhen", "B", 30, 1),
        RankFacts("C5", "Shenzhen", "B", 10, 9),
        RankFacts("C6", None, "A", 900, 9),
    ]
    found = propose_ranks(facts, Policy(), SellingSeason.SPRING_SUMMER)
    assert [(each.customer, each.proposed, each.entered) for each in found] == [
        ("C2", 1, 3),
        ("C3", 2, 2),
        ("C4", 3, 1),
        ("C1", 4, 4),
        ("C5", 4, 9),
        ("C6", 5, 9),
    ]
    assert [str(figure.text) for figure in found[0].figures] == [
        "region airport is number 1 in spring and summer",
        "class C",
        "1 units ordered in the last 365 days",
    ]
    assert str(found[-1].figures[0].text) == "belongs to no region: after all listed ones"


def test_the_season_and_the_policy_decide_what_a_proposal_goes_by() -> None:
    """P5 P7: Nanning is not listed in winter; by units alone regions don't matter."""
    facts = [RankFacts("C1", "Nanning", "C", 9, 1), RankFacts("C2", "Shenyang", "C", 8, 2)]
    winter = propose_ranks(facts, Policy(), SellingSeason.AUTUMN_WINTER)
    assert [each.customer for each in winter] == ["C2", "C1"]
    assert "not listed" in str(winter[1].figures[0].text)
    units = propose_ranks(facts, Policy(rank_criteria=("UNITS",)), SellingSeason.AUTUMN_WINTER)
    assert [each.customer for each in units] == ["C1", "C2"]


def test_a_price_for_march_alone_interrupts_one_without_an_end() -> None:
    """P3: 10 since January, 8 in March, 10 again in April."""
    prices = [
        DatedPrice(Decimal(10), dt.date(2026, 1, 1), None, 1),
        DatedPrice(Decimal(8), dt.date(2026, 3, 1), dt.date(2026, 3, 31), 2),
    ]
    days = (dt.date(2025, 12, 31), dt.date(2026, 2, 1), DAY, dt.date(2026, 4, 1))
    found = [price_on(prices, day) for day in days]
    assert [each and each.price for each in found] == [None, 10, 8, 10]


def test_a_penalty_costs_what_the_policy_says() -> None:
    """P8 O7 O8: 200, 100 and 50, unless the company says otherwise."""
    policy = Policy.from_body({"penalty_amounts": {"DEMAND_PLAN_LATE": "150"}})
    assert [int(amount_of(rule, policy)) for rule in PenaltyRule] == [200, 150, 50]


def test_a_change_goes_on_in_versions_planned_before_it() -> None:
    """P7: they keep what they decide themselves."""
    before = {"season": "A", "days": 15, "amount": 1}
    planned = {"season": "B", "days": 15, "amount": 1}
    assert carried(planned, before, {"days": 10, "season": "C"}) == {
        "season": "B",
        "days": 10,
        "amount": 1,
    }


def test_every_area_is_set_by_a_command_for_its_department() -> None:
    """P7: no area without a command, and none whose permission differs from the area's."""
    setting = {
        each.of: command_of(each).action
        for each in SetValues.__subclasses__()
        if hasattr(each, "of")
    }
    for season in SellingSeason:
        for kind in (RankProducts, ReplaceLaunchPlan):
            setting[kind(season=season, ranks=()).area] = command_of(kind).action
    setting[RankProducts(()).area] = command_of(RankProducts).action
    for among_unfunded in (False, True):
        ranked = RankCustomers((), among_unfunded=among_unfunded)
        setting[ranked.area] = command_of(RankCustomers).action
    assert setting == {area: rule.action for area, rule in RULES.items()}
    assert set(RULES) == set(Area)


def test_an_item_names_its_object_and_then_gives_its_value() -> None:
    asked = SetSafetyStock((SafetyStock("S1", "TEE-40", 7, expected_version=3),))
    assert asked.new_values() == (NewValue(("S1", "TEE-40"), 7, 3),)


def test_a_plan_takes_the_place_of_what_it_leaves_out() -> None:
    """P3: a product of the old plan that the new one does not list has no place in it."""
    plan = ReplaceLaunchPlan(SellingSeason.SPRING_SUMMER, (ProductRank("TEE", 1),))
    assert plan.in_place_of(("CAP", "TEE")) == (NewValue(("TEE",), 1), NewValue(("CAP",), None))


def test_what_is_no_plan_any_more_is_not_called_off() -> None:
    """P7: in force, called off already, or unknown, each with what to do about it."""
    planned = Entry("F1", DAY, is_applied=False, withdrawn_by=None, withdrawn_on=None)
    entries = {
        1: planned,
        2: replace(planned, is_applied=True),
        3: replace(planned, withdrawn_by="ann", withdrawn_on=DAY),
    }
    all_are_planned((1,), entries)
    with pytest.raises(FaultyItems) as refused:
        all_are_planned((1, 2, 3, 4), entries)
    assert [(each.index, each.code) for each in refused.value.faults] == [
        (1, "WRONG_STATE"),
        (2, "WRONG_STATE"),
        (3, "NOT_FOUND"),
    ]

"""Policy is data: defaults of the documents, faults named, days that end in the company's zone."""

import datetime as dt
from decimal import Decimal

import pytest

from domain.errors import InvalidInput
from domain.policy import Policy
from domain.policy.faults import InvalidSettings
from domain.seasons import SellingSeason


def test_the_defaults_are_those_of_the_documents() -> None:
    """P5 A5 F2: ten regions in spring, nine in autumn without Nanning, 15 days, 1,000."""
    policy = Policy()
    assert policy.region_order[SellingSeason.SPRING_SUMMER][:3] == (
        "airport",
        "Shenzhen",
        "Dongguan",
    )
    assert policy.region_order[SellingSeason.SPRING_SUMMER][-1] == "Nanning"
    assert policy.region_order[SellingSeason.AUTUMN_WINTER][:3] == (
        "airport",
        "Beijing",
        "Shanghai",
    )
    assert "Nanning" not in policy.region_order[SellingSeason.AUTUMN_WINTER]
    assert len(policy.region_order[SellingSeason.AUTUMN_WINTER]) == 9
    assert (policy.reservation_days, policy.default_credit_limit) == (15, Decimal(1000))


def test_a_policy_survives_its_body() -> None:
    """P7: what is stored is what was set."""
    policy = Policy(
        season=SellingSeason.AUTUMN_WINTER, tiers=("A",), default_credit_limit=Decimal("12.50")
    )
    assert Policy.from_body(policy.to_body()) == policy


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"reservation_day": 10}, "reservation_day"),
        ({"season": "SUMMER"}, "season"),
        ({"reservation_days": -1}, "reservation_days"),
        ({"reservation_days": True}, "reservation_days"),
        ({"solver_time_limit_s": 0}, "solver_time_limit_s"),
        ({"solver_time_limit_s": 1_501}, "solver_time_limit_s"),
        ({"solver_time_limit_s": 1.5}, "solver_time_limit_s"),
        ({"solver_deterministic_limit": 0}, "solver_deterministic_limit"),
        ({"solver_deterministic_limit": 1_501}, "solver_deterministic_limit"),
        ({"solver_deterministic_limit": 1.5}, "solver_deterministic_limit"),
        ({"solver_deterministic_limit": "none"}, "solver_deterministic_limit"),
        ({"tiers": []}, "tiers"),
        ({"tiers": ["A", "A"]}, "tiers"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"time_zone": "Asia"}, "time_zone"),
        ({"time_zone": "x" * 5_000}, "time_zone"),
        ({"schedule": {"working_hours": [["09:00+08:00", "12:00"]]}}, "working_hours"),
        ({"schedule": {"working_hours": [["09:00+08:00", "12:00+08:00"]]}}, "working_hours"),
        ({"default_credit_limit": "much"}, "default_credit_limit"),
        ({"default_credit_limit": "NaN"}, "default_credit_limit"),
        ({"region_order": {"SPRING_SUMMER": ["airport"]}}, "region_order"),
        # The largest numbers that JSON writes would otherwise stop every run.
        ({"reservation_days": 36_501}, "reservation_days"),
        ({"orders": 5}, "orders"),
        ({"schedule": []}, "schedule"),
        ({"rank_window_days": 10**20}, "rank_window_days"),
        ({"default_credit_limit": "1e999999"}, "default_credit_limit"),
        ({"penalty_amounts": {"RELEASE_MISSED": "9000000000000.01"}}, "penalty_amounts"),
        ({"orders": {"complaint_days": 10**20}}, "complaint_days"),
        ({"orders": {"review_days": {"REGULAR": 10**20}}}, "review_days"),
        ({"orders": {"review_days": {"REGULAR": -1}}}, "review_days"),
        ({"orders": {"tt_deposit_percent": "NaN"}}, "tt_deposit_percent"),
        ({"orders": {"export_large_amount": "1e999999"}}, "export_large_amount"),
        ({"orders": {"exchange_rates": {"USD": "NaN"}}}, "exchange_rates"),
    ],
)
def test_a_wrong_setting_is_named(body: dict[str, object], named: str) -> None:
    """P7: a misspelt or impossible setting is refused, never ignored."""
    with pytest.raises(InvalidInput) as refused:
        Policy.from_body(body)
    assert named in str(refused.value)


def test_every_fault_is_named_at_once_with_its_place() -> None:
    """P7: across sections, tables and lists; what is misspelt gets the name that was meant."""
    body = {
        "reservation_dys": 10,
        "season": "SUMMER",
        "snapshots_kept_days": 5000,
        "orders": {"pickup_days": 20, "review_days": {"WHAT": 1, "REGULAR": -1}},
        "schedule": {"clocks": {"TEA": {"unit": "MOONS"}}, "working_hours": [["09:00", "08:00"]]},
    }
    with pytest.raises(InvalidSettings) as refused:
        Policy.from_body(body)
    found = {fault.setting: fault for fault in refused.value.faults}
    assert found.keys() == {
        "reservation_dys",
        "season",
        "snapshots_kept_days",
        "orders.late_pickup_days",
        "orders.review_days.WHAT",
        "orders.review_days.REGULAR",
        "schedule.clocks.TEA.owner_role",
        "schedule.clocks.TEA.unit",
        "schedule.clocks.TEA.limits",
        "schedule.working_hours",
    }
    assert str(found["reservation_dys"].message) == (
        "Unknown policy setting 'reservation_dys'. Did you mean 'reservation_days'?"
    )
    assert str(found["orders.review_days.REGULAR"].message) == (
        "orders.review_days.REGULAR is -1; it must be a whole number from 0 to 36,500."
    )
    assert found["orders.review_days.REGULAR"].field == "orders.review_days"
    assert str(found["orders.review_days.REGULAR"].objection.problem) == (
        "is not a whole number from 0 to 36,500."
    )


def test_a_reservation_ends_with_day_fifteen_in_the_companys_zone() -> None:
    """A5: committed 23:30 on 1 June in Shanghai (15:30 UTC), it ends when 16 June is over there."""
    committed = dt.datetime(2026, 6, 1, 15, 30, tzinfo=dt.UTC)
    assert Policy().reservation_ends(committed) == dt.datetime(2026, 6, 16, 16, tzinfo=dt.UTC)
    an_hour_later = committed + dt.timedelta(hours=1)
    assert Policy().reservation_ends(an_hour_later) == dt.datetime(2026, 6, 17, 16, tzinfo=dt.UTC)

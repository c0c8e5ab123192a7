"""Clocks count in working days and hours, across a Chinese New Year with make-up days (O16, P6)."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clocks.definitions import (
    CALENDAR_DAYS,
    CLOCK_UNITS,
    DOCUMENT_CLOCKS,
    MINUTES,
    PROFILES,
    WORKING_DAYS,
    WORKING_MINUTES,
    ClockDefinition,
)
from domain.clocks.due import due_times, resumed
from domain.errors import InvalidInput
from domain.messages import msg
from domain.policy import Policy
from domain.policy.schedule import SchedulePolicy
from domain.sentences import Label
from domain.working_time import WorkCalendar
from tests.conftest import REPOSITORY

CHINA = WorkCalendar()


def at(text: str) -> dt.datetime:
    """An instant of Shanghai's clock."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=CHINA.zone).astimezone(dt.UTC)


def due(code: str, started: str, variant: str = "STANDARD") -> dt.datetime:
    return due_times(DOCUMENT_CLOCKS[code], variant, at(started), CHINA).breach_at


@pytest.mark.parametrize(
    ("code", "started", "ends"),
    [
        # 2024: holidays 10 to 17 February; Sundays 4 and 18 February are worked.
        ("FIRST_CHECK", "2024-02-02 10:00", "2024-02-05 00:00"),
        ("FIRST_CHECK", "2024-02-09 10:00", "2024-02-19 00:00"),
        ("PRODUCTION_PLAN", "2024-02-09 10:00", "2024-02-20 00:00"),
        ("DEPOSIT", "2024-02-02 10:00", "2024-02-19 00:00"),
        # Begun in the holidays, the first working day is the make-up Sunday.
        ("FIRST_CHECK", "2024-02-12 10:00", "2024-02-19 00:00"),
        ("QUALITY_CHECK", "2024-02-08 23:59", "2024-02-10 00:00"),
        ("CORRECTIVE_ACTION", "2024-02-12 10:00", "2024-02-13 00:00"),
    ],
)
def test_working_days_across_a_chinese_new_year(code: str, started: str, ends: str) -> None:
    """O16 P6: holidays do not count, make-up Sundays do; a day ends at midnight in Shanghai."""
    assert due(code, started) == at(ends)


@pytest.mark.parametrize(
    ("started", "ends"),
    [
        ("2024-02-06 09:00", "2024-02-06 14:00"),
        ("2024-02-06 11:00", "2024-02-06 16:00"),
        ("2024-02-06 16:00", "2024-02-07 11:00"),
        ("2024-02-09 16:00", "2024-02-18 11:00"),
        ("2024-02-12 03:00", "2024-02-18 14:00"),
    ],
)
def test_a_stock_order_is_worked_within_four_working_hours(started: str, ends: str) -> None:
    """O16: 9 to 12 and 13 to 18; the rest goes over to the next working day, a Sunday here."""
    assert due("ORDER_WORKED", started) == at(ends)


def test_after_sales_answers_within_24_hours_whatever_the_day() -> None:
    """O16: these are hours of the clock on the wall, a customer's contact is in office hours."""
    assert due("AFTER_SALES_ANSWER", "2024-02-09 17:50") == at("2024-02-10 17:50")
    assert due("CUSTOMER_CONTACT", "2024-02-09 17:50") == at("2024-02-18 09:20")


def test_samples_have_longer_abroad() -> None:
    """O16: confirmed in 3 to 5 working days at home, 7 to 10 abroad; reminded at the first."""
    definition = DOCUMENT_CLOCKS["SAMPLE_CONFIRMATION"]
    started = at("2024-03-04 10:00")
    home = due_times(definition, "DOMESTIC", started, CHINA)
    abroad = due_times(definition, "ABROAD", started, CHINA)
    assert (home.remind_at, home.breach_at) == (at("2024-03-08 00:00"), at("2024-03-12 00:00"))
    assert (abroad.remind_at, abroad.breach_at) == (at("2024-03-14 00:00"), at("2024-03-19 00:00"))
    with pytest.raises(InvalidInput, match="has no limit for 'MOON'"):
        definition.limit("MOON")


def test_the_final_payment_is_reminded_of_on_day_10_and_breached_on_day_14() -> None:
    """O16: in working days, like the others."""
    found = due_times(DOCUMENT_CLOCKS["FINAL_PAYMENT"], "STANDARD", at("2024-03-04 10:00"), CHINA)
    assert found.remind_at == at("2024-03-19 00:00")
    assert found.breach_at == at("2024-03-23 00:00")


@pytest.mark.parametrize(
    ("unit", "due_at", "paused", "again", "ends"),
    [
        # Two working days were left; they are again, after the holidays.
        (WORKING_DAYS, "2024-02-10 00:00", "2024-02-07 15:00", "2024-02-18 10:00", "2024-02-21"),
        (CALENDAR_DAYS, "2024-02-10 00:00", "2024-02-07 15:00", "2024-02-18 10:00", "2024-02-21"),
        (MINUTES, "2024-02-07 16:00", "2024-02-07 15:00", "2024-02-18 10:00", "2024-02-18 11:00"),
        # An hour before closing time was left over from the 9th.
        (
            WORKING_MINUTES,
            "2024-02-18 10:00",
            "2024-02-09 17:00",
            "2024-02-19 11:30",
            "2024-02-19 14:30",
        ),
    ],
)
def test_a_paused_clock_goes_on_with_what_was_left(
    unit: str, due_at: str, paused: str, again: str, ends: str
) -> None:
    """O16: what is left is counted as the clock counts."""
    assert resumed(unit, at(due_at), at(paused), at(again), CHINA) == at(ends)


@given(
    st.sampled_from(CLOCK_UNITS),
    st.integers(0, 480_000),
    st.integers(0, 20_000),
    st.integers(0, 20_000),
)
def test_a_pause_never_takes_time_away(unit: str, begin: int, until_pause: int, pause: int) -> None:
    """O16: after a pause a clock is due no earlier than without it."""
    started = dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=begin)
    definition = next(each for each in DOCUMENT_CLOCKS.values() if each.unit == unit)
    variant = next(iter(definition.limits))
    without = due_times(definition, variant, started, CHINA).breach_at
    paused = started + dt.timedelta(minutes=until_pause)
    again = paused + dt.timedelta(minutes=pause)
    assert resumed(unit, without, paused, again, CHINA) >= without


def test_a_company_changes_and_adds_clocks_as_data() -> None:
    """O16 P7: only what differs is said; the rest stays as in the documents."""
    body = {
        "FIRST_CHECK": {"limits": {"STANDARD": 2}},
        "TEA": {
            "label_en": "Tea",
            "label_zh": "茶",
            "owner_role": "SALES",
            "unit": "MINUTES",
            "limits": {"STANDARD": {"breach": 10, "remind": 5}},
        },
    }
    policy = Policy.from_body({"schedule": {"clocks": body}})
    assert policy.schedule.clock("FIRST_CHECK").limit("STANDARD").breach == 2
    assert policy.schedule.clock("TEA").limit("STANDARD").remind == 5
    assert policy.schedule.clock("DEPOSIT") == DOCUMENT_CLOCKS["DEPOSIT"]
    assert Policy.from_body(policy.to_body()) == policy


def test_which_clocks_an_order_begins_with_is_policy() -> None:
    """O16 P7: by profile; a clock that there is none of is refused."""
    body = {"schedule": {"intake_clocks": {"FROM_STOCK": ["ORDER_WORKED"]}}}
    policy = Policy.from_body(body)
    assert policy.schedule.intake_clocks == {
        "MADE_TO_ORDER": ("FIRST_CHECK",),
        "FROM_STOCK": ("ORDER_WORKED",),
    }
    assert Policy.from_body(policy.to_body()) == policy
    with pytest.raises(InvalidInput, match="no clock 'SUNDIAL'"):
        Policy.from_body({"schedule": {"intake_clocks": {"FROM_STOCK": ["SUNDIAL"]}}})


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"TEA": {"limits": {"STANDARD": 1}}}, "no role"),
        ({"FIRST_CHECK": {"unit": "MOONS"}}, "MOONS"),
        ({"FIRST_CHECK": {"limits": {}}}, "at least one limit"),
        ({"REVIEW": {"limits": {"STANDARD": 3}}}, "set in orders.review_days"),
        ({"FIRST_CHECK": {"also_told": ["CUSTOMER"]}}, "the company's roles"),
        ({"FIRST_CHECK": {"limits": {"STANDARD": -1}}}, "whole numbers"),
        ({"FIRST_CHECK": {"limits": {"STANDARD": {"breach": 1, "remind": 2}}}}, "after its breach"),
        ({"FIRST_CHECK": {"colour": "red"}}, "'colour'"),
        ([], "table by code"),
    ],
)
def test_a_clock_that_can_t_be_is_refused(body: object, fault: str) -> None:
    """O16 P7: with a sentence that says what is wrong."""
    with pytest.raises(InvalidInput, match=fault):
        Policy.from_body({"schedule": {"clocks": body}})


def test_every_clock_is_written_as_it_is_read() -> None:
    """O16: each of the documents' table survives the policy's body with another name."""
    for code, definition in DOCUMENT_CLOCKS.items():
        label = msg("common.TEXT", text=Label("Another name", "另一名称"))
        renamed = replace(definition, label=label)
        policy = Policy(schedule=SchedulePolicy(clocks={code: renamed}))
        body = policy.to_body()
        assert list(body["schedule"]["clocks"]) == [code]
        assert Policy.from_body(body) == policy
        assert policy.schedule.clock(code) == renamed


_UNITS = {
    WORKING_DAYS: "working days",
    CALENDAR_DAYS: "days",
    WORKING_MINUTES: "working minutes",
    MINUTES: "minutes",
}


def row_of(definition: ClockDefinition) -> str:
    """A clock as the reference lists it."""
    lengths = [
        (f"{variant} " if variant != "STANDARD" else "")
        + (
            f"{limit.breach}"
            if limit.remind is None
            else f"{limit.breach}, reminds at {limit.remind}"
        )
        for variant, limit in definition.limits.items()
    ]
    length = f"`{definition.limit_of}`" if definition.limit_of else "; ".join(lengths)
    starts, stops = (
        ", ".join(f"`{each}`" for each in names) or "no command yet"
        for names in (definition.starts, definition.stops)
    )
    orders = "all" if definition.profiles == PROFILES else ", ".join(definition.profiles)
    notified = ", ".join(definition.also_told)
    return (
        f"| `{definition.code}` | {orders} | {length} {_UNITS[definition.unit]} |"
        f" {definition.owner_role} | {notified} | {starts} | {stops} |"
    )


def test_the_reference_lists_the_table_as_it_is() -> None:
    """O16: what starts and stops each clock, whose it is and how long, as in the code."""
    lines = (REPOSITORY / "docs" / "reference" / "time-limits.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("| `")]
    assert rows == [row_of(each) for each in DOCUMENT_CLOCKS.values()]

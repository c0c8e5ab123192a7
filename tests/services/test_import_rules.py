"""An import and the API go by one book of rules: days, lines, currencies, numbers, people."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from domain.policy import Policy
from domain.principals import SYSTEM
from services.bootstrap import Dependencies
from services.imports import BadInput, Examined, Fault
from services.policy import install
from tests.clock import FixedClock
from tests.services.import_world import (
    FILES,
    ask,
    examine,
    load,
    replaced,
    with_row,
    write_company,
)

Place = tuple[str, int | None, str | None, str | None]


def place(fault: Fault) -> Place:
    return fault.file, fault.row, fault.column, fault.value


def found(examined: Examined, clock: FixedClock) -> list[tuple[Place, str]]:
    """Every fault of a data set on the tests' day, 21 March 2026: its place, and what is wrong."""
    return [
        (place(fault), str(fault.problem))
        for fault in examined.faults(today=examined.local_date(clock()))
    ]


async def refused(deps: Dependencies, examined: Examined) -> list[tuple[Place, str]]:
    with pytest.raises(BadInput) as bad:
        await load(deps, examined)
    return [(place(fault), str(fault.problem)) for fault in bad.value.faults]


TO_COME = "is still to come."
BEFORE_THE_ORDER = "is before 2026-02-01, the day the order was placed."
DAYS: dict[str, tuple[dict[str, str], Place, str]] = {
    "closed on a day to come": (
        replaced("milestones", "2026-02-12", "2027-02-12"),
        ("milestones.csv", 2, "closed_on", "2027-02-12"),
        TO_COME,
    ),
    "closed tomorrow": (
        replaced("milestones", "2026-02-12", "2026-03-22"),
        ("milestones.csv", 2, "closed_on", "2026-03-22"),
        TO_COME,
    ),
    "closed before the order": (
        replaced("milestones", "2026-02-12", "2026-01-31"),
        ("milestones.csv", 2, "closed_on", "2026-01-31"),
        "is too early: the order was placed on 2026-02-01.",
    ),
    "talked more than a year before the order": (
        with_row("milestones", "O1,1,,2025-01-30,"),
        ("milestones.csv", 4, "closed_on", "2025-01-30"),
        "is too early: the order was placed on 2026-02-01.",
    ),
    "closing step of an open order": (
        with_row("milestones", "O1,16,,2026-02-12,"),
        ("milestones.csv", 4, "closed_on", "2026-02-12"),
        "is given, but step 16 is closed by closing the order, and by nothing else.",
    ),
    "confirmed on a day to come": (
        replaced("customers", "25.00,2026-03-01", "25.00,2027-03-01"),
        ("customers.csv", 2, "confirmed_on", "2027-03-01"),
        TO_COME,
    ),
    "ordered on a day to come": (
        with_row("orders", "O4,F1,2026-03-22,,HELD,CNY,"),
        ("orders.csv", 5, "placed_on", "2026-03-22"),
        TO_COME,
    ),
    "wanted before the order": (
        replaced("orders", "2026-03-20", "2026-01-20"),
        ("orders.csv", 2, "required_on", "2026-01-20"),
        BEFORE_THE_ORDER,
    ),
    "shipped before the order": (
        replaced("shipments", "2026-01-15", "2026-01-04"),
        ("shipments.csv", 2, "shipped_on", "2026-01-04"),
        "is before 2026-01-05, the day the order was placed.",
    ),
    "delivered on a day to come": (
        replaced("shipments", "2026-01-18", "2026-03-22"),
        ("shipments.csv", 2, "delivered_on", "2026-03-22"),
        TO_COME,
    ),
    "delivered before it left": (
        replaced("shipments", "2026-01-18", "2026-01-14"),
        ("shipments.csv", 2, "delivered_on", "2026-01-14"),
        "is before the goods were shipped.",
    ),
    "a day that is not kept": (
        replaced("orders", "2026-03-20", "2150-03-20"),
        ("orders.csv", 2, "required_on", "2150-03-20"),
        "is no day that is kept.",
    ),
}


@pytest.mark.parametrize("kind", DAYS)
def test_a_day_that_cannot_be_is_reported_with_its_cell(
    kind: str, tmp_path: Path, clock: FixedClock
) -> None:
    """M4 A3 O1 S1: as `milestoneClose`, `fundsConfirm` and `orderPlace` refuse it."""
    changes, where, problem = DAYS[kind]
    examined = examine(write_company(tmp_path / "tiny", **changes))
    assert found(examined, clock) == [(where, problem)]


def test_a_day_is_over_when_it_is_over_in_the_company_s_zone(
    tmp_path: Path, clock: FixedClock
) -> None:
    """M4: at 16:00 UTC the next day begins in Shanghai; on it, what was done today was done."""
    path = write_company(tmp_path / "tiny", **replaced("milestones", "2026-02-12", "2026-03-22"))
    assert len(found(examine(path), clock)) == 1
    clock.now = clock.now.replace(hour=16)
    assert found(examine(path), clock) == []


async def test_days_are_held_against_the_database_s_own_clock(
    deps: Dependencies, tmp_path: Path, clock: FixedClock
) -> None:
    """M4: nothing is written; a month later the same file is right."""
    path = write_company(tmp_path / "tiny", **replaced("milestones", "2026-02-12", "2026-03-22"))
    where = ("milestones.csv", 2, "closed_on", "2026-03-22")
    assert await refused(deps, examine(path)) == [(where, TO_COME)]
    assert await ask(deps, "SELECT count(*) FROM customers") == [(0,)]
    clock.now = clock.now.replace(month=4)
    assert (await load(deps, examine(path))).changed_anything


async def test_the_zone_is_that_of_the_policy_in_force(
    deps: Dependencies, tmp_path: Path, clock: FixedClock
) -> None:
    """M4: in Honolulu it is still the day before."""
    async with deps.unit_of_work(SYSTEM) as uow:
        await install(uow, "LIVE", Policy(time_zone="Pacific/Honolulu"))
    path = write_company(tmp_path / "tiny", **replaced("milestones", "2026-02-12", "2026-03-21"))
    assert found(examine(path), clock) == []
    where = ("milestones.csv", 2, "closed_on", "2026-03-21")
    assert await refused(deps, examine(path)) == [(where, TO_COME)]


@pytest.mark.parametrize("status", ["OPEN", "SHIPPED", "DELIVERED", "CLOSED"])
def test_an_order_that_stands_has_lines(status: str, tmp_path: Path, clock: FixedClock) -> None:
    """O1: it would be confirmed over 0.00, and could be shipped."""
    row = with_row("orders", f"O9,F1,2026-02-05,,{status},CNY,")
    examined = examine(write_company(tmp_path / "tiny", **row))
    where = ("orders.csv", 5, "order_id", "O9")
    problem = f"has no line in order_lines, though its order is {status}."
    assert found(examined, clock) == [(where, problem)]


async def test_an_order_without_lines_is_asked_for_them(deps: Dependencies, tmp_path: Path) -> None:
    """O1: HELD says that something lacks; it is NEEDS_INFO and competes for nothing."""
    rows = with_row("orders", "O9,F1,2026-02-05,,HELD,CNY,\nO8,F1,2026-02-05,,CANCELLED,CNY,")
    await load(deps, examine(write_company(tmp_path / "tiny", **rows)))
    assert await ask(
        deps, "SELECT order_number, status FROM orders WHERE id > 3 ORDER BY order_number"
    ) == [("O8", "CANCELLED"), ("O9", "NEEDS_INFO")]


def test_a_line_that_cannot_be_read_is_no_line_that_is_missing(
    tmp_path: Path, clock: FixedClock
) -> None:
    """O1: what is wrong comes before what follows from it."""
    rows = with_row("orders", "O9,F1,2026-02-05,,OPEN,CNY,")
    rows |= with_row("order_lines", "O9,1,TEE-40")
    examined = examine(write_company(tmp_path / "tiny", **rows))
    assert [where for where, _ in found(examined, clock)] == [("order_lines.csv", 6, None, None)]


YEN: dict[str, str | bytes | None] = {
    "skus": FILES["skus"].replace("10.00,CNY", "100.5,JPY"),
    "customers": (
        "customer_id,name,kind,rank,credit_limit,balance,currency,confirmed_on\n"
        "F1,First,FRANCHISEE,1,0,302,JPY,2026-03-01\nF2,Second,FRANCHISEE,2,0,2.005,KWD,\n"
    ),
    "orders": (
        "order_id,customer_id,placed_on,status,currency,min_ship_value\n"
        "O1,F1,2026-02-01,OPEN,JPY,5.0\nO2,F2,2026-02-01,OPEN,,1.125\n"
    ),
    "order_lines": (
        "order_id,line_no,sku_id,quantity,unit_price\n"
        "O1,1,TEE-40,3,100.5\nO2,1,TEE-40,10,0.00125\nO2,2,TEE-41,1,0.0015\n"
    ),
    "milestones": None,
    "shipments": None,
    "people": None,
}


async def test_amounts_are_in_their_currency_s_minor_unit(
    deps: Dependencies, tmp_path: Path
) -> None:
    """F6: 3 at 100.5 JPY are 302; 10 at 0.00125 KWD are 0.012, 1 at 0.0015 is 0.002."""
    await load(deps, examine(write_company(tmp_path / "tiny", **YEN)))
    assert await ask(
        deps,
        "SELECT order_number, currency, total::text, min_ship_value::text FROM orders ORDER BY id",
    ) == [("O1", "JPY", "302.000", "5.000"), ("O2", "KWD", "0.014", "1.125")]
    assert await ask(deps, "SELECT balance::text FROM customer_funds ORDER BY customer_id") == [
        ("302.000",),
        ("2.005",),
    ]


@pytest.mark.parametrize(
    ("changes", "where", "problem"),
    [
        (
            {"customers": YEN["customers"].replace(",302,", ",302.5,")},  # type: ignore[union-attr, arg-type]
            ("customers.csv", 2, "balance", "302.5"),
            "is too fine: JPY has no decimals.",
        ),
        (
            {"orders": YEN["orders"].replace(",5.0", ",5.5")},  # type: ignore[union-attr, arg-type]
            ("orders.csv", 2, "min_ship_value", "5.5"),
            "is too fine: JPY has no decimals.",
        ),
        (
            {"customers": YEN["customers"].replace("JPY", "CNY").replace(",302,", ",302.005,")},  # type: ignore[union-attr, arg-type]
            ("customers.csv", 2, "balance", "302.005"),
            "is too fine: CNY has two decimals.",
        ),
    ],
)
def test_an_amount_finer_than_its_currency_is_reported(
    changes: dict[str, str], where: Place, problem: str, tmp_path: Path, clock: FixedClock
) -> None:
    """F6: what people enter is not rounded."""
    faults = found(examine(write_company(tmp_path / "tiny", **{**YEN, **changes})), clock)
    assert (where, problem) in faults


async def test_an_amount_without_a_currency_is_in_the_company_s(
    deps: Dependencies, tmp_path: Path
) -> None:
    """F6: which only the database knows; a third decimal of a yuan is reported by it."""
    customers = "customer_id,name,kind,rank,balance\nF1,First,FRANCHISEE,1,10.005\n"
    files: dict[str, Any] = {**dict.fromkeys(FILES), "customers": customers}
    examined = examine(write_company(tmp_path / "tiny", **files))
    assert examined.faults() == ()
    where = ("customers.csv", 2, "balance", "10.005")
    assert await refused(deps, examined) == [(where, "is too fine: CNY has two decimals.")]


async def test_an_order_known_before_amounts_had_three_decimals_is_known_still(
    deps: Dependencies, tmp_path: Path
) -> None:
    """O15: its fingerprint is of 10.00, as it always was."""
    orders = "order_id,customer_id,placed_on,min_ship_value\nO1,F1,2026-02-01,10.00\n"
    lines = "order_id,line_no,sku_id,quantity,unit_price\nO1,1,TEE-40,4,10.00\n"
    changes: dict[str, Any] = {"orders": orders, "order_lines": lines, "milestones": None}
    await load(deps, examine(write_company(tmp_path / "tiny", **changes, shipments=None)))
    order = ["orders", "O1", "F1", "2026-02-01", *("\x1e",) * 2, "OPEN", "\x1e", "false", "10.00"]
    line = ["order_lines", "O1", "1", "TEE-40", "4", "10.000000", "0.0000", "0", "true", "\x1e"]
    whole = "\x1d".join(sorted(("\x1f".join(line), "\x1f".join([*order, "\x1e", "\x1e"]))))
    assert await ask(
        deps, "SELECT after ->> 'fingerprint' FROM audit_log WHERE action = 'importOrder'"
    ) == [(hashlib.sha256(whole.encode()).hexdigest(),)]


async def test_all_spellings_of_a_number_are_one_document(
    deps: Dependencies, tmp_path: Path
) -> None:
    """O1 A2: full-width, lower case, with signs that nobody sees; kept as the order has it."""
    changes: dict[str, Any] = replaced("orders", "O1,F1", "Ｏ1\u200b,F1")
    changes |= {"order_lines": FILES["order_lines"].replace("O1,2", "o1,2")}
    changes |= {"milestones": FILES["milestones"].replace("O1,3", " O１,3")}
    changes |= {
        "arrivals": FILES["arrivals"].replace("R1,CENTRAL,TEE-41", "r1\u200e,CENTRAL,TEE-41")
    }
    data = examine(write_company(tmp_path / "tiny", **changes)).alone()
    assert data.frames["order_lines"]["order_id"].to_list()[:2] == ["O1", "O1"]
    assert [arrival.receipt_id for arrival in data.arrivals] == ["R1"]
    assert (await load(deps, examine(write_company(tmp_path / "one")))).changed_anything
    # The same orders by other spellings are no news.
    again = await load(deps, examine(write_company(tmp_path / "tiny", **changes)))
    assert again.changes.get("orders") is None
    assert await ask(deps, "SELECT order_number FROM orders ORDER BY id") == [
        ("O1",),
        ("O2",),
        ("O3",),
    ]


def test_two_spellings_of_a_number_are_one_order_twice(tmp_path: Path, clock: FixedClock) -> None:
    """O1: `o2 ` is O2."""
    rows = with_row("orders", "o2\u00ad,F1,2026-02-05,,HELD,CNY,\n\u200b,F1,2026-02-05,,HELD,CNY,")
    examined = examine(write_company(tmp_path / "tiny", **rows))
    assert found(examined, clock) == [
        (
            ("orders.csv", 5, "order_id", "o2\u00ad"),
            "makes O2 a second order; row 3 has it already.",
        ),
        (("orders.csv", 6, "order_id", "\u200b"), "is blank."),
    ]


def test_a_customer_s_login_has_one_role(tmp_path: Path, clock: FixedClock) -> None:
    """P1: as `personUpdate` has it; a service's name is no person's."""
    rows = with_row("people", "second,Second,CUSTOMER;SALES,F2\nservice:x,X,SALES,")
    examined = examine(write_company(tmp_path / "tiny", **rows))
    assert found(examined, clock) == [
        (("people.csv", 4, "roles", "CUSTOMER;SALES"), "stand beside CUSTOMER."),
        (("people.csv", 5, "user", "service:x"), "is no person's subject."),
    ]


async def test_a_login_is_never_handed_on_and_one_administrator_stays(
    deps: Dependencies, tmp_path: Path
) -> None:
    """P1: what the API refuses, an import does not do by the back door."""
    await load(deps, examine(write_company(tmp_path / "a", **with_row("people", "li,Li,ADMIN,"))))
    people = FILES["people"].replace("CUSTOMER,F1", "CUSTOMER,F2") + "li,Li,SALES,\n"
    examined = examine(write_company(tmp_path / "b", people=people))
    assert await refused(deps, examined) == [
        (
            ("people.csv", 3, "customer_id", "F2"),
            "is another customer than the one this login belongs to.",
        ),
        (("people.csv", 4, "roles", "SALES"), "leaves nobody who may administer."),
    ]
    people = FILES["people"] + "li,Li,SALES,\nwu,Wu,ADMIN,\n"
    report = await load(deps, examine(write_company(tmp_path / "c", people=people)))
    assert report.changed_anything


def test_company_toml_is_held_to_what_the_api_takes(tmp_path: Path, clock: FixedClock) -> None:
    """P5 P7: a currency that is none, a region twice, an amount too fine, a role nobody has."""
    folder = write_company(tmp_path / "tiny")
    (folder / "company.toml").write_text(
        'currency = "ABC"\ncalendar_country = "XX"\ndefault_credit_limit = "10.005"\n'
        '[region_order]\nSPRING_SUMMER = ["airport", "airport"]\nAUTUMN_WINTER = ["airport"]\n'
        '[orders]\nrefusers = ["BOSS"]\nexchange_rates = { XYZ = "7.1" }\n'
    )
    assert found(examine(folder), clock) == [
        (("company.toml", None, "calendar_country", "XX"), "is no country with a calendar."),
        (("company.toml", None, "currency", "ABC"), "is no currency."),
        (
            ("company.toml", None, "default_credit_limit", "10.005"),
            "is too fine: ABC has two decimals.",
        ),
        (("company.toml", None, "orders.exchange_rates", "XYZ"), "is no currency."),
        (("company.toml", None, "orders.refusers", "BOSS"), "is no role of the company."),
        (("company.toml", None, "region_order.SPRING_SUMMER", "airport"), "stands twice."),
    ]


def test_a_receipt_that_could_not_be_recorded_is_reported_by_the_import(
    tmp_path: Path, clock: FixedClock
) -> None:
    """A2: `goodsReceive` takes up to a thousand million units of a SKU."""
    arrivals = replaced("arrivals", "TEE-40,12", "TEE-40,1000000001")
    assert found(examine(write_company(tmp_path / "tiny", **arrivals)), clock) == [
        (
            ("arrivals.csv", 2, "units", "1000000001"),
            "is no number of units received.",
        )
    ]


def test_an_order_costs_what_accounts_hold(tmp_path: Path, clock: FixedClock) -> None:
    """O1: as `orderPlace` has it."""
    lines = with_row("order_lines", "O2,2,TEE-41,20000000,999999999.00,0,0")
    examined = examine(write_company(tmp_path / "tiny", **lines))
    assert [where for where, _ in found(examined, clock)] == [
        ("order_lines.csv", 4, "unit_price", "10.00")
    ]

"""A plan that was changed after it was made is caught, whatever was changed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from allocator import Plan, certify, plan_reader, problem_from, reasons, solve, verifier, verify
from allocator import plan as plan_files
from tests.allocator.worlds import line, world


def honest() -> Plan:
    """Three pieces for two equal stores, two of four for a line, five for one that is filled."""
    return solve(
        problem_from(
            world(
                supply=[
                    {"sku_id": "K1", "units": 5},
                    {"sku_id": "K2", "units": 5},
                    {"sku_id": "K2", "units": 9, "warehouse_id": "W2"},
                ],
                franchisees=[{"franchisee_id": "F", "balance_cents": 200}, {"franchisee_id": "G"}],
                order_lines=[line("1", 4, reserve=0), line("2", 5, "K2", order_id="OG", reserve=0)],
                stores=[{"store_id": "S"}, {"store_id": "T"}],
                store_stock=[{"store_id": s, "sku_id": "K1", "safety": 3} for s in "ST"],
            )
        )
    )


def forged(plan: Plan, **tables: pl.DataFrame) -> Plan:
    """The plan with other tables than the ones it makes."""
    copy = replace(plan)
    copy.__dict__.update(tables)
    return copy


def with_cell(frame: pl.DataFrame, row: int, column: str, value: Any) -> pl.DataFrame:
    """The table with one cell changed."""
    values = frame[column].to_list()
    values[row] = value
    return frame.with_columns(pl.Series(column, values, dtype=frame[column].dtype))


def row_of(plan: Plan, claim: str) -> int:
    return plan.allocations["claim_id"].to_list().index(claim)


def in_allocations(claim: str, column: str, value: Any) -> Callable[[Plan], Plan]:
    def change(plan: Plan) -> Plan:
        rows = with_cell(plan.allocations, row_of(plan, claim), column, value)
        return forged(plan, allocations=rows)

    return change


def in_levels(column: str, value: Any) -> Callable[[Plan], Plan]:
    def change(plan: Plan) -> Plan:
        return forged(plan, levels=with_cell(plan.levels, 0, column, value))

    return change


def equals_swapped(plan: Plan) -> Plan:
    """S and T want the same; D gives S the odd piece."""
    packs = plan.served.packs.copy()
    rows = [plan.served.claim.tolist().index(c) for c in (2, 3)]
    packs[rows] = packs[rows[::-1]]
    return replace(plan, served=replace(plan.served, packs=packs))


def equals_swapped_everywhere(plan: Plan) -> Plan:
    packs = plan.packs.copy()
    packs[[2, 3]] = packs[[3, 2]]
    return replace(equals_swapped(plan), packs=packs)


def rows_in_another_order(plan: Plan) -> Plan:
    return forged(plan, allocations=plan.allocations.reverse())


def another_warehouse(plan: Plan) -> Plan:
    return in_allocations("L:2", "warehouse_id", "W2")(plan)


def said_unproven(plan: Plan) -> Plan:
    return replace(plan, unproven={0: 8}, summary={**plan.summary, "levels_unproven": 1})


def bounded_too_low(plan: Plan) -> Plan:
    return replace(plan, unproven={0: 1}, summary={**plan.summary, "levels_unproven": 1})


def bounded_beyond_all_wishes(plan: Plan) -> Plan:
    return replace(plan, unproven={0: 10**9}, summary={**plan.summary, "levels_unproven": 1})


def in_summary(key: str, value: Any) -> Callable[[Plan], Plan]:
    return lambda plan: replace(plan, summary={**plan.summary, key: value})


def wishes_changed(plan: Plan) -> Plan:
    wanted = plan.wanted.copy()
    wanted[2] += 1
    return replace(plan, wanted=wanted)


TAMPERED: dict[str, Callable[[Plan], Plan]] = {
    "wishes changed": wishes_changed,
    "claim left empty": in_allocations("L:2", "claim_id", None),
    "warehouse unknown": in_allocations("L:2", "warehouse_id", "W9"),
    "reason unknown": in_allocations("L:1", "reason", "LUCK"),
    "row repeated": lambda plan: forged(plan, allocations=plan.allocations[[0, 0, 1, 2, 3]]),
    "rows behind the last": lambda plan: forged(
        plan, allocations=pl.concat([plan.allocations, plan.allocations[-1:]])
    ),
    "no rows": lambda plan: forged(plan, allocations=plan.allocations[:0]),
    "units moved between equals in the rows": equals_swapped,
    "units raised": in_allocations("L:1", "units", 3),
    "units moved to another warehouse": another_warehouse,
    "reason changed": in_allocations("S:T:K1", "reason", "COMMITTED"),
    "reason joined by another": in_allocations("L:1", "reason", "SUPPLY|FUNDS"),
    "reason of a full claim": in_allocations("L:2", "reason", "SUPPLY"),
    "stage changed": in_allocations("L:2", "stage", 2),
    "claim unknown": in_allocations("L:2", "claim_id", "L:9"),
    "rows in another order": rows_in_another_order,
    "row left out": lambda plan: forged(plan, allocations=plan.allocations[1:]),
    "level's key changed": in_levels("key", '[1, 7, 1, "P"]'),
    "level's total changed": in_levels("total", 99),
    "level's fairness changed": in_levels("fairness", 1),
    "level's stage changed": in_levels("stage", 3),
    "level said to be unproven in the table only": in_levels("proven", value=False),
    "level's bound changed in the table": in_levels("bound", 11),
    "level's bound below what is given": bounded_too_low,
    "level's bound beyond all wishes": bounded_beyond_all_wishes,
    "fingerprint forged": in_summary("fingerprint", "0" * 64),
    "count of unproven levels": in_summary("levels_unproven", 3),
    "splits said to be unproven": in_summary("splits_proven", value=False),
}


@pytest.mark.parametrize("rows_at_once", [1, 2, 1 << 16])
@pytest.mark.parametrize("name", TAMPERED)
def test_the_verifier_objects(
    name: str, rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Section 5: the verifier runs on every result; arithmetic shows all of this, in whatever
    pieces the rows are read."""
    for module in (plan_reader, plan_files, reasons, verifier):
        monkeypatch.setattr(module, "ROWS_AT_ONCE", rows_at_once)
    plan = honest()
    assert verify(plan.problem, plan) == []
    changed = TAMPERED[name](plan)
    assert verify(plan.problem, changed) != []
    assert not certify(plan.problem, changed).holds


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (equals_swapped_everywhere, "claim S:S:K1: 1 packs, the program gives 2"),
        (said_unproven, 'level [1, 1, 1, "P"]: bound 8, the program proves 7'),
    ],
)
def test_the_certificate_objects(change: Callable[[Plan], Plan], said: str) -> None:
    """Sections 3 and 5: what is no plan's fault but not the best, or proven, only a solve shows."""
    plan = honest()
    assert certify(plan.problem, plan).holds
    changed = change(plan)
    assert verify(plan.problem, changed) == []
    found = certify(plan.problem, changed)
    assert found.differences == (said,)
    assert not found.holds


def test_a_certificate_says_what_it_did_not_look_at() -> None:
    """Nothing is proven of levels behind the time limit, or behind a difference."""
    plan = honest()
    late = certify(plan.problem, plan, time_limit_s=0.0)
    assert (late.unseen, late.open, late.differences) == (2, 0, ())
    assert late.unseen_from == plan.levels["key"][0]
    assert not late.holds
    packs = plan.packs.copy()
    packs[0] -= 1
    rows = replace(plan.served, packs=plan.served.packs - [1, 0, 0, 0])
    stopped = certify(plan.problem, replace(plan, packs=packs, served=rows))
    assert stopped.differences == ("claim L:1: 1 packs, the program gives 2",)
    assert (stopped.unseen, stopped.unseen_from) == (1, plan.levels["key"][1])


def test_a_certificate_names_the_levels_it_could_not_prove() -> None:
    """A search that hits a limit leaves its level open; the others stand."""
    plan = honest()
    cut = certify(plan.problem, plan, deterministic_limit=1e-9)
    assert (cut.not_proven, cut.open) == (tuple(plan.levels["key"]), 2)
    assert (cut.unseen, cut.unseen_from, cut.differences) == (0, None, ())
    assert not cut.holds


def test_a_certificate_reports_how_far_it_is() -> None:
    reported: list[tuple[int, int]] = []
    plan = honest()
    certify(plan.problem, plan, on_progress=lambda done, of: reported.append((done, of)))
    assert reported == [(1, 2), (2, 2)]

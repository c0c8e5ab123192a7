"""There is one door to the solver, and every search that goes through it is limited."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import allocator
from allocator import limits as limits_module
from allocator import problem_from, solve, verify
from allocator.limits import USUAL_WORK, SearchLimits
from allocator.program.cp_sat import new_solver
from tests.allocator.worlds import line, world

SOURCES = sorted(Path(allocator.__file__).parent.rglob("*.py"))


def calls_of(name: str) -> list[tuple[str, ast.Call]]:
    """Every call of a function or method of that name in the allocator, with its file."""
    return [
        (path.name, node)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", ""))
        == name
    ]


def test_only_one_function_makes_a_solver() -> None:
    """Seed, one worker and limits are set in one place (known issues: always a limit)."""
    assert [file for file, _ in calls_of("CpSolver")] == ["cp_sat.py"]


def test_no_search_makes_limits_of_its_own() -> None:
    """Each is given the caller's limits, or what those allow where a plan must be found."""
    given = [ast.unparse(call.args[0]) for _, call in calls_of("new_solver")]
    assert len(given) >= 7
    allowed = {"limits", "self.limits", "limits.for_any_plan()", "self.limits.for_any_plan()"}
    assert set(given) <= allowed
    # Limits are made where a solve or a certificate begins, and nowhere else.
    assert {file for file, _ in calls_of("SearchLimits")} == {"limits.py"}


@pytest.mark.parametrize(
    ("limits", "work"),
    [(SearchLimits(), USUAL_WORK), (SearchLimits(5.0), 5.0), (SearchLimits(1e9), 1e9)],
)
def test_every_search_has_a_limit_of_work(limits: SearchLimits, work: float) -> None:
    """Without one given too: hostile input ends, on every machine after the same work."""
    settings = new_solver(limits).parameters
    assert (settings.max_deterministic_time, settings.num_workers) == (work, 1)


def test_a_search_for_any_plan_goes_on_behind_the_deadline_but_not_for_ever() -> None:
    """Orders started must be finished: neither clock nor a small limit of work may prevent it."""
    limits = SearchLimits.starting_now(0.0, 1e-9, seed=7).for_any_plan()
    assert (limits.seconds_left(), limits.seed) == (None, 7)
    assert USUAL_WORK < limits.work < float("inf")


def test_hostile_input_ends_without_any_limit_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that takes more than the usual work is cut: the level says so, with its bound, and
    the plan keeps all rules and is the same on every machine."""
    monkeypatch.setattr(limits_module, "USUAL_WORK", 1e-6)
    lines = [line(str(n), 5 * s, pack=s, price_cents=0) for n, s in enumerate((97, 89, 83, 79))]
    problem = problem_from(world(supply=[{"sku_id": "K1", "units": 883}], order_lines=lines))
    plans = [solve(problem, method="program") for _ in range(2)]
    levels = plans[0].levels
    assert plans[0].unproven
    assert plans[0].summary["reproducible"] is True
    assert verify(problem, plans[0]) == []
    assert not levels["proven"][0]
    assert levels["bound"][0] >= levels["total"][0] > 0
    assert plans[0].packs.tolist() == plans[1].packs.tolist()

"""The judge is judged first: brute force and referee against the plans known to be exact."""

import csv
import shutil
from pathlib import Path

import pytest

from tests.allocator import brute_force, cases
from tests.allocator.folder import read_world
from tests.allocator.instances import write_instance
from tests.allocator.referee import Referee, read_written
from tests.allocator.tables import tiny


@cases.needs_cases
@pytest.mark.parametrize("name", [n for n in cases.NAMES if n.startswith("tiny-")])
def test_brute_force_finds_the_exact_plan_of_every_tiny_case(name: str) -> None:
    right = cases.expected(name)
    found = brute_force.solve(cases.FOLDER / name)
    assert found.units == right.units
    assert found.levels == right.levels
    assert found.splits == right.splits


@cases.needs_cases
@pytest.mark.parametrize("name", cases.NAMES)
def test_the_referee_accepts_every_exact_plan_with_its_reasons(name: str, tmp_path: Path) -> None:
    _copy_plan(name, tmp_path)
    referee = Referee(read_world(cases.FOLDER / name), read_written(tmp_path))
    assert list(referee.objections()) == []


@cases.needs_cases
@pytest.mark.parametrize("name", ["tiny-plain", "small-plain"])
def test_the_referee_objects_to_one_pack_too_many_and_to_one_wrong_reason(
    name: str, tmp_path: Path
) -> None:
    _copy_plan(name, tmp_path)
    plan = read_written(tmp_path)
    short = next(c for c, reasons in plan.reasons.items() if reasons == {"SUPPLY"})
    plan.reasons[short] = {"FUNDS"}
    world = read_world(cases.FOLDER / name)
    assert any(short in said for said in Referee(world, plan).objections())
    claim = next(c for c in world.claims.values() if plan.units[c.id] and c.store)
    plan.parts[claim.id] = {w: units + claim.pack for w, units in plan.parts[claim.id].items()}
    assert any("levels differ" in said for said in Referee(world, plan).objections())


def test_equals_share_by_fill_ratio_and_ties_go_to_the_first_claim_id(tmp_path: Path) -> None:
    """Four pieces for wishes of 2 and 6: one and three; of 3 and 3 with an odd piece: the first."""
    two = [{"franchisee_id": "F"}, {"franchisee_id": "F2"}]
    orders = [{"order_id": "O"}, {"order_id": "O2", "franchisee_id": "F2"}]

    def wishes(first: int, second: int) -> list[dict[str, object]]:
        return [
            {"line_id": "L10", "qty": first},
            {"line_id": "L9", "order_id": "O2", "qty": second},
        ]

    def served(name: str, first: int, second: int, units: int) -> tuple[int, int]:
        folder = tiny(
            tmp_path / name,
            franchisees=two,
            orders=orders,
            order_lines=wishes(first, second),
            supply=[{"units": units}],
        )
        found = brute_force.solve(folder).units
        return found["L:L10"], found["L:L9"]

    assert served("ratio", 2, 6, 4) == (1, 3)
    assert served("odd", 3, 3, 5) == (3, 2)


def test_goods_are_reserved_only_for_what_was_not_shipped(tmp_path: Path) -> None:
    """Ten wanted, money for four: six are reserved, out of seven that are there beyond them."""
    folder = tiny(tmp_path, franchisees=[{"balance_cents": 450}], order_lines=[{"qty": 10}])
    found = brute_force.solve(folder)
    assert found.units == {"L:L": 4, "R:L": 6}
    assert found.levels == [((1, 1, 1, "P"), 4, 64000), ((2, 1, 1, "P"), 6, 60000 - 2)]


def test_an_instance_is_made_again_from_its_seed(tmp_path: Path) -> None:
    for name in ("first", "again"):
        write_instance(tmp_path / name, "small", "1:7")
    first = {p.name: p.read_bytes() for p in (tmp_path / "first").iterdir()}
    assert first == {p.name: p.read_bytes() for p in (tmp_path / "again").iterdir()}


def test_pruning_does_not_change_what_brute_force_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The optimistic count only saves time: without it the same plan comes out."""
    names = [f"9:{n}" for n in range(60)]
    folders = [write_instance(tmp_path / n.replace(":", "-"), "tiny", n) for n in names]
    pruned = [brute_force.solve(folder) for folder in folders]
    boundless = (10**18, 10**18)
    monkeypatch.setattr(brute_force._Remaining, "at_most", lambda self, claims: boundless)
    compared = 0
    for folder, found in zip(folders, pruned, strict=True):
        try:
            plain = brute_force.solve(folder, steps=60_000)
        except brute_force.TooLarge:
            continue
        compared += 1
        assert (plain.units, plain.levels) == (found.units, found.levels)
    assert compared > 40


def _copy_plan(name: str, out: Path) -> None:
    shutil.copy(cases.FOLDER / name / "expected-allocations.csv", out / "allocations.csv")
    with (out / "levels.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["level", "t", "g", "proven", "bound"])
        for key, pieces, fair in cases.expected(name).levels:
            text = "[" + ", ".join(f'"{p}"' if isinstance(p, str) else str(p) for p in key) + "]"
            writer.writerow([text, pieces, fair, 1, pieces])

"""A plan is read as one list, though what it gives is rows and what it refuses is packed (A9)."""

import random
from collections.abc import Iterator
from itertools import product

import polars as pl
import pytest

from domain.allocation import PlanPart
from domain.principals import SYSTEM
from domain.supply import ReceiptLine, ReceiveGoods
from persistence.allocation import plan_parts
from persistence.allocation.plan_lines import (
    LineQuestion,
    PlanLine,
    count_levels_by_run,
    count_lines_by_run,
    levels_by_run,
    lines_by_run,
    lines_of_claims,
    plan_lines_by_key,
)
from persistence.allocation.plan_parts import packed, unpacked
from persistence.allocation.wishes import CLAIMANT, moved_wishes
from persistence.paging import Page, PageRequest
from services.allocation.run import run_allocation
from services.bootstrap import Dependencies
from tests.extent import extent
from tests.services.plans import lines_of
from tests.services.test_allocation import arrive
from tests.services.test_lock_order import crowd

pytestmark = pytest.mark.usefixtures("tiny_company")


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven rows in a part, so that a plan has many."""
    monkeypatch.setattr(plan_parts, "ROWS_IN_PART", 7)


async def scarce_goods(deps: Dependencies) -> int:
    """A run over few goods: most claims are refused."""
    await crowd(deps)
    goods = tuple(ReceiptLine(f"K{number}", 9) for number in range(6))
    run_id = await arrive(deps, ReceiveGoods("GR-1", "C", goods))
    await run_allocation(run_id, deps)
    return run_id


def asked(line: PlanLine, question: LineQuestion) -> bool:
    """Whether a line is one of those asked for."""
    return (
        question.stage in (None, line.stage)
        and question.sku_id in (None, line.sku_id)
        and question.customer_id in (None, line.customer_id)
        and (line.units > 0 or not question.only_given)
        and (bool(line.reasons) or not question.only_short)
    )


def questions(lines: list[PlanLine]) -> Iterator[LineQuestion]:
    some = lines[len(lines) // 2]
    for stage, sku, customer, given, short in product(
        (None, 2), (None, some.sku_id), (None, some.customer_id), (False, True), (False, True)
    ):
        yield LineQuestion(stage, sku, customer, given, short)


async def test_pages_of_lines_follow_each_other_in_both_directions(
    deps: Dependencies, small_parts: None
) -> None:
    """A9: filtered and paged, every line comes once and in the plan's order, and is counted."""
    run_id = await scarce_goods(deps)
    lines = await lines_of(deps, run_id)
    assert [line.seq for line in lines] == list(range(len(lines)))
    assert sum(line.units == 0 for line in lines) > 50
    async with deps.unit_of_work(SYSTEM) as uow:
        for question in questions(lines):
            wanted = [line for line in lines if asked(line, question)]
            ask = lines_by_run(question)
            # A walk of one line a page takes a statement for each: of few lines, in short runs.
            smallest = 1 if len(wanted) <= extent(30, 10_000) else 9
            for size, from_end in product((smallest, 200), (False, True)):
                found: list[PlanLine] = []
                page = PageRequest(size, from_end=from_end)
                while True:
                    got: Page[PlanLine] = (await ask(uow.session, [run_id], page))[run_id]
                    found = [*got.rows, *found] if from_end else [*found, *got.rows]
                    assert (got.has_previous if from_end else got.has_next) is (
                        len(found) < len(wanted)
                    )
                    if len(found) >= len(wanted):
                        break
                    page = (
                        PageRequest(size, before=got.cursors[0], from_end=True)
                        if from_end
                        else PageRequest(size, after=got.cursors[-1])
                    )
                assert found == wanted
            counted = await count_lines_by_run(question)(uow.session, [run_id])
            assert counted == {run_id: len(wanted)}


async def test_a_line_is_found_by_its_key_and_its_claim(
    deps: Dependencies, small_parts: None
) -> None:
    """A9: given or refused, and nothing for what there is not."""
    run_id = await scarce_goods(deps)
    lines = await lines_of(deps, run_id)
    async with deps.unit_of_work(SYSTEM) as uow:
        by_key = await plan_lines_by_key(uow.session, [line.key for line in lines])
        assert by_key == {line.key: line for line in lines}
        # Any number that an id may hold is a key, if of nothing.
        nowhere = [lines[-1].key + 1, 5, 0xFFFFFFFF, (1 << 63) - 1]
        assert await plan_lines_by_key(uow.session, nowhere) == {}
        claims: dict[str, list[PlanLine]] = {line.claim: [] for line in lines}
        for line in lines:
            claims[line.claim].append(line)
        assert await lines_of_claims(uow.session, run_id, [*claims, "L:none"]) == claims
        for claim in (lines[0].claim, lines[-1].claim):
            found = await lines_of_claims(uow.session, run_id, [claim])
            assert found == {claim: claims[claim]}


async def test_levels_are_paged(deps: Dependencies, small_parts: None) -> None:
    """A9: the first decided first, each once."""
    run_id = await scarce_goods(deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        count = (await count_levels_by_run(uow.session, [run_id]))[run_id]
        found = []
        page = PageRequest(5)
        while True:
            got = (await levels_by_run(uow.session, [run_id], page))[run_id]
            found += got.rows
            if not got.has_next:
                break
            page = PageRequest(5, after=got.cursors[-1])
    assert [level.position for level in found] == list(range(count))
    assert count > 7
    assert sorted(found, key=lambda level: level.key) == found


def test_what_is_packed_comes_back() -> None:
    """Texts of any kind, missing numbers, and parts of at most a few rows."""
    rows = plan_parts.ROWS_IN_PART + 3
    columns = {
        "seq": list(range(10, 10 + rows)),
        "claim": [f"S:店 {number}:\u0000" for number in range(rows)],
        "store_id": [None if number % 2 else 2**53 + number for number in range(rows)],
    }
    parts = list(packed(PlanPart.REFUSED, columns))
    assert [(part.first, part.last, part.rows) for part in parts] == [
        (10, 10 + rows - 4, rows - 3),
        (10 + rows - 3, 10 + rows - 1, 3),
    ]
    found = [unpacked(part.content) for part in parts]
    assert {name: [value for one in found for value in one[name]] for name in columns} == columns
    assert list(packed(PlanPart.LEVELS, {"position": []})) == []


def test_wishes_always_add_up_to_the_gap() -> None:
    """K1: over random gaps, sales and goods, what is open of wishes is what the gap still is."""
    some = random.Random(3)
    claimant = {"store_id": 1, "region_id": None, "sku_id": 7}
    wishes: list[dict[str, int]] = []
    for _ in range(300):
        gap = some.randint(0, 12)
        given = some.randint(0, gap)
        schema = {"id": pl.Int64, **dict.fromkeys(CLAIMANT, pl.Int64), "left": pl.Int64}
        open_ones = [
            {"id": number, **claimant, "left": wish["units"] - wish["given"] - wish["withdrawn"]}
            for number, wish in enumerate(wishes)
            if wish["units"] > wish["given"] + wish["withdrawn"]
        ]
        of_claimant = {**dict.fromkeys(CLAIMANT, pl.Int64), "units": pl.Int64}
        changed, opened = moved_wishes(
            pl.DataFrame(open_ones, schema=schema),
            pl.DataFrame([{**claimant, "units": gap}], schema=of_claimant),
            pl.DataFrame([{**claimant, "units": given}] if given else [], schema=of_claimant),
        )
        before = sum(wish["given"] for wish in wishes)
        for row in changed.iter_rows(named=True):
            wishes[row["id"]]["given"] += row["given"]
            wishes[row["id"]]["withdrawn"] += row["withdrawn"]
        for row in opened.iter_rows(named=True):
            wishes.append({"units": row["units"], "given": row["units_given"], "withdrawn": 0})
        left = [wish["units"] - wish["given"] - wish["withdrawn"] for wish in wishes]
        assert min(left, default=0) >= 0
        assert sum(left) == gap - given
        assert sum(wish["given"] for wish in wishes) - before == given
        # Goods went to the oldest: behind an open wish, none was given anything in this round.
        first_open = next((at for at, one in enumerate(left) if one), len(left))
        assert all(row["id"] <= first_open for row in changed.iter_rows(named=True) if row["given"])

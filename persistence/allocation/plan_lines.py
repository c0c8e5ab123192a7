"""What did a run give to whom, what did it refuse and why, and how were its levels decided?

Given lines are rows; refused lines and levels are packed (`persistence.allocation.plan_parts`). A
page takes from both what could be on it, and reads only the parts in which it lies.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import orjson
from sqlalchemy import ColumnElement, Select, func, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from domain.allocation import PlanPart
from persistence.allocation.plan_parts import Columns, parts_of, read_part
from persistence.paging import Key, Page, PageRequest, Sorting, place_bounds, placed_page
from persistence.tables import AllocationLineRow, AllocationPlanPartRow

# A line's key is its run's and its place in the plan, side by side in one number. Any place that a
# key can name fits the column of places.
_SEQ_BITS = 31
_PLAN_ORDER = Sorting("seq", (Key(AllocationLineRow.seq),))
_LEVEL_ORDER = Sorting("position", (Key(AllocationPlanPartRow.first),))


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What a claim was given from one warehouse, or nothing; `seq` is its place in the plan."""

    run_id: int
    seq: int
    claim: str
    stage: int
    level: int
    customer_id: int | None
    order_line_id: int | None
    store_id: int | None
    region_id: int | None
    sku_id: int
    warehouse_id: int | None
    units_wanted: int
    units: int
    reasons: list[str]

    @property
    def key(self) -> int:
        """One number for this line among all of all runs."""
        return self.run_id << _SEQ_BITS | self.seq


@dataclass(frozen=True, slots=True)
class PlanLevel:
    """One level of a plan: what was given, how fairly, and whether it is proven to be best."""

    position: int
    stage: int
    key: list[Any]
    units_given: int
    fairness: int
    proven: bool
    bound: int


@dataclass(frozen=True)
class LineQuestion:
    """Which lines of a run are asked for; what is None does not narrow."""

    stage: int | None = None
    sku_id: int | None = None
    customer_id: int | None = None
    only_given: bool = False
    only_short: bool = False


Row = TypeVar("Row")
PagesByRun: TypeAlias = Callable[
    [AsyncSession, Sequence[int], PageRequest], Awaitable[dict[int, Page[Row]]]
]
CountsByRun: TypeAlias = Callable[[AsyncSession, Sequence[int]], Awaitable[dict[int, int]]]


def lines_by_run(question: LineQuestion) -> PagesByRun[PlanLine]:
    """Asks for the same page of each run's lines, in the plan's order."""

    async def ask(
        session: AsyncSession, runs: Sequence[int], page: PageRequest
    ) -> dict[int, Page[PlanLine]]:
        parts = await _parts_by_run(session, PlanPart.REFUSED, runs, question)
        found = {}
        for run_id in runs:
            given = await _given_near(session, run_id, question, page)
            refused = await _refused_near(session, parts[run_id], question, page)
            lines = sorted([*given, *refused], key=lambda line: line.seq)
            found[run_id] = placed_page(lines, lambda line: line.seq, _PLAN_ORDER, page)
        return found

    ask.__name__ = f"lines_by_run {question}"
    return ask


def count_lines_by_run(question: LineQuestion) -> CountsByRun:
    """Asks how many such lines each run has."""

    async def ask(session: AsyncSession, runs: Sequence[int]) -> dict[int, int]:
        row = AllocationLineRow
        counted = await session.execute(
            select(row.run_id, func.count())
            .where(row.run_id.in_(runs), *_of_lines(question))
            .group_by(row.run_id)
        )
        counts = defaultdict(int, {run_id: int(count) for run_id, count in counted})
        whole = question == LineQuestion(
            only_given=question.only_given, only_short=question.only_short
        )
        for run_id, parts in (
            await _parts_by_run(session, PlanPart.REFUSED, runs, question)
        ).items():
            if whole:
                # Every refused line is short, and none is given.
                counts[run_id] += sum(part.rows for part in parts)
                continue
            for part in parts:
                lines = _lines_in(run_id, await read_part(session, part), question)
                counts[run_id] += sum(1 for _ in lines)
        return {run_id: counts[run_id] for run_id in runs}

    ask.__name__ = f"count_lines_by_run {question}"
    return ask


async def plan_lines_by_key(session: AsyncSession, keys: Sequence[int]) -> dict[int, PlanLine]:
    """These lines of plans, where they may be seen; see `PlanLine.key`."""
    places = [(key >> _SEQ_BITS, key & ((1 << _SEQ_BITS) - 1)) for key in keys]
    row = AllocationLineRow
    found = {
        line.key: line
        for line in map(
            _given_line,
            await session.scalars(select(row).where(tuple_(row.run_id, row.seq).in_(places))),
        )
    }
    missing = [place for key, place in zip(keys, places, strict=True) if key not in found]
    parts = await parts_of(session, PlanPart.REFUSED, sorted({run_id for run_id, _ in missing}))
    for part in parts:
        wanted = {
            seq
            for run_id, seq in missing
            if run_id == part.run_id and part.first <= seq <= part.last
        }
        if wanted:
            lines = _lines_in(part.run_id, await read_part(session, part), LineQuestion())
            found |= {line.key: line for line in lines if line.seq in wanted}
    return found


async def lines_of_claims(
    session: AsyncSession, run_id: int, claims: Iterable[str]
) -> dict[str, list[PlanLine]]:
    """What a run gave each of these claims, from each warehouse, or that it gave it nothing.

    A claim that the run did not have is left out.
    """
    row = AllocationLineRow
    missing = set(claims)
    given = await session.scalars(
        select(row).where(row.run_id == run_id, row.claim.in_(missing)).order_by(row.seq)
    )
    found: dict[str, list[PlanLine]] = {}
    for line in given:
        found.setdefault(line.claim, []).append(_given_line(line))
    missing -= found.keys()
    for part in await parts_of(session, PlanPart.REFUSED, [run_id]) if missing else ():
        columns = await read_part(session, part)
        for at, claim in enumerate(columns.get("claim", ())):
            if claim in missing:
                found[claim] = [_refused_line(run_id, columns, at)]
        missing -= found.keys()
        if not missing:
            break
    return found


async def levels_by_run(
    session: AsyncSession, runs: Sequence[int], page: PageRequest
) -> dict[int, Page[PlanLevel]]:
    """The same page of each run's levels, the first decided first."""
    parts = await _parts_by_run(session, PlanPart.LEVELS, runs)
    found = {}
    for run_id in runs:
        levels = await _near(session, parts[run_id], _levels_in, _position, _LEVEL_ORDER, page)
        found[run_id] = placed_page(levels, _position, _LEVEL_ORDER, page)
    return found


async def count_levels_by_run(session: AsyncSession, runs: Sequence[int]) -> dict[int, int]:
    """How many levels each run has."""
    parts = await _parts_by_run(session, PlanPart.LEVELS, runs)
    return {run_id: sum(part.rows for part in parts[run_id]) for run_id in runs}


async def _parts_by_run(
    session: AsyncSession, kind: PlanPart, runs: Sequence[int], question: LineQuestion | None = None
) -> dict[int, list[AllocationPlanPartRow]]:
    by_run: dict[int, list[AllocationPlanPartRow]] = {run_id: [] for run_id in runs}
    if question is not None and question.only_given:
        return by_run
    for part in await parts_of(session, kind, runs):
        by_run[part.run_id].append(part)
    return by_run


async def _given_near(
    session: AsyncSession, run_id: int, question: LineQuestion, page: PageRequest
) -> list[PlanLine]:
    """The given lines that could be on the page."""
    row = AllocationLineRow
    after, before = place_bounds(_PLAN_ORDER, page)
    statement: Select[AllocationLineRow] = (
        select(row)
        .where(
            row.run_id == run_id,
            row.seq > after if after is not None else true(),
            row.seq < before if before is not None else true(),
            *_of_lines(question),
        )
        .order_by(row.seq.desc() if page.from_end else row.seq)
        .limit(page.size + 1)
    )
    return [_given_line(line) for line in await session.scalars(statement)]


async def _refused_near(
    session: AsyncSession,
    parts: Sequence[AllocationPlanPartRow],
    question: LineQuestion,
    page: PageRequest,
) -> list[PlanLine]:
    """The refused lines that could be on the page."""

    def read(part: AllocationPlanPartRow, columns: Columns) -> Iterable[PlanLine]:
        return _lines_in(part.run_id, columns, question)

    return await _near(session, parts, read, lambda line: line.seq, _PLAN_ORDER, page)


async def _near(
    session: AsyncSession,
    parts: Sequence[AllocationPlanPartRow],
    read: Callable[[AllocationPlanPartRow, Columns], Iterable[Row]],
    place: Callable[[Row], int],
    sorting: Sorting,
    page: PageRequest,
) -> list[Row]:
    """The rows of parts that could be on the page; only the parts in which they lie are read."""
    after, before = place_bounds(sorting, page)
    within = [
        part
        for part in parts
        if (after is None or part.last > after) and (before is None or part.first < before)
    ]
    found: list[Row] = []
    for part in reversed(within) if page.from_end else within:
        rows = [
            row
            for row in read(part, await read_part(session, part))
            if (after is None or place(row) > after) and (before is None or place(row) < before)
        ]
        found = [*rows, *found] if page.from_end else [*found, *rows]
        if len(found) > page.size:
            break
    return found[-page.size - 1 :] if page.from_end else found[: page.size + 1]


def _lines_in(run_id: int, columns: Columns, question: LineQuestion) -> Iterator[PlanLine]:
    """The refused lines of a part that are asked for."""
    asked = [
        (columns[name], value)
        for name, value in (
            ("stage", question.stage),
            ("sku_id", question.sku_id),
            ("customer_id", question.customer_id),
        )
        if value is not None and columns
    ]
    for at in range(len(columns.get("seq", ()))):
        if all(values[at] == value for values, value in asked):
            yield _refused_line(run_id, columns, at)


def _refused_line(run_id: int, columns: Columns, at: int) -> PlanLine:
    reasons: str = columns["reasons"][at]
    return PlanLine(
        run_id=run_id,
        seq=columns["seq"][at],
        claim=columns["claim"][at],
        stage=columns["stage"][at],
        level=columns["level"][at],
        customer_id=columns["customer_id"][at],
        order_line_id=columns["order_line_id"][at],
        store_id=columns["store_id"][at],
        region_id=columns["region_id"][at],
        sku_id=columns["sku_id"][at],
        warehouse_id=None,
        units_wanted=columns["units_wanted"][at],
        units=0,
        reasons=reasons.split("|") if reasons else [],
    )


def _position(level: PlanLevel) -> int:
    return level.position


def _levels_in(_: AllocationPlanPartRow, columns: Columns) -> list[PlanLevel]:
    return [
        PlanLevel(
            position=position,
            stage=columns["stage"][at],
            key=_key(columns["key"][at]),
            units_given=columns["units_given"][at],
            fairness=columns["fairness"][at],
            proven=columns["proven"][at],
            bound=columns["bound"][at],
        )
        for at, position in enumerate(columns.get("position", ()))
    ]


def _key(packed: Any) -> list[Any]:
    """Levels of a plan come with their key as JSON text, migrated ones as a list."""
    key: list[Any] = orjson.loads(packed) if isinstance(packed, str) else packed
    return key


def _given_line(row: AllocationLineRow) -> PlanLine:
    return PlanLine(
        run_id=row.run_id,
        seq=row.seq,
        claim=row.claim,
        stage=row.stage,
        level=row.level,
        customer_id=row.customer_id,
        order_line_id=row.order_line_id,
        store_id=row.store_id,
        region_id=row.region_id,
        sku_id=row.sku_id,
        warehouse_id=row.warehouse_id,
        units_wanted=row.units_wanted,
        units=row.units,
        reasons=row.reasons,
    )


def _of_lines(question: LineQuestion) -> list[ColumnElement[bool]]:
    row = AllocationLineRow
    found: list[ColumnElement[bool]] = []
    if question.stage is not None:
        found.append(row.stage == question.stage)
    if question.sku_id is not None:
        found.append(row.sku_id == question.sku_id)
    if question.customer_id is not None:
        found.append(row.customer_id == question.customer_id)
    if question.only_short:
        found.append(row.reasons != [])
    return found

"""The plan: who gets what from where, how good every level is, and why some go short."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import numpy as np
import polars as pl

from allocator.claims import LETTERS, RESERVE, STAGES
from allocator.faults import Fault, Phrase, phrase
from allocator.levels import level_keys
from allocator.pack_worth import claim_worth
from allocator.problem import Problem, claim_ids
from allocator.reasons import Reasons, find_reasons
from allocator.references import ROW, Ints, Mask
from allocator.sorting import ROWS_AT_ONCE
from allocator.warehouses.assignment import Served

FILES = ALLOCATIONS, LEVELS, SUMMARY = "allocations.csv", "levels.csv", "summary.json"
ALLOCATION_COLUMNS = ("stage", "claim_id", "warehouse_id", "units", "reason")
Of = TypeVar("Of")


@dataclass(frozen=True)
class Plan:
    """A finished solve. Its tables are made when they are asked for.

    packs, wanted: per claim number; `wanted` in order units, of reservations what shipping left.
    served: which warehouse gives how many packs to which claim. unproven: per level that was cut
    short, the bound on T.
    """

    problem: Problem
    packs: Ints
    wanted: Ints
    served: Served
    unproven: dict[int, int]
    summary: dict[str, Any]

    @property
    def splits(self) -> int:
        """Warehouses used beyond one, summed over claims."""
        return len(self.served.claim) - int((self.packs > 0).sum())

    @cached_property
    def in_file_order(self) -> Ints:
        """The claims there are, by stage and claim id: a full line leaves nothing to reserve."""
        c = self.problem.claims
        numbers = np.empty(len(c), dtype=ROW)
        numbers[c.place] = np.arange(len(c), dtype=ROW)
        exists = _there_are(self.problem, self.wanted)
        return numbers if exists.all() else numbers[exists[numbers]]

    @cached_property
    def reasons(self) -> Reasons:
        """Why claims were not filled, per claim number."""
        return find_reasons(self.problem, self.packs, self.wanted, self.served, self.unproven)

    @cached_property
    def allocations(self) -> pl.DataFrame:
        """stage, claim_id, warehouse_id, units, reason: a row per claim and warehouse; a claim
        given nothing has one, with no warehouse. Sorted as the file."""
        rows = self._new_rows(*self._rows(self.in_file_order))
        return rows.with_columns(pl.col("warehouse_id", "reason").cast(pl.String).fill_null(""))

    @property
    def has_rows(self) -> bool:
        """Whether `allocations` are made, and need no longer be what the plan would make."""
        return "allocations" in vars(self)

    def each_piece(self, work: Callable[[Ints, pl.DataFrame], Of]) -> Iterator[Of]:
        """What `work` makes of the rows of `allocations`, piece by piece, in their order.

        It is given the claims that the rows are meant to be of, and the rows, with null for no
        warehouse and for no reason. All rows at once would need as much memory as the solve; if
        they were made already, it is they that are passed on. Two pieces at a time.
        """
        # What all rows are made from is made first, once.
        claims, _, _ = self.in_file_order, self.first_row, self.reasons
        made = self.allocations if self.has_rows else None
        if made is None:
            end = len(claims)
        else:
            end, claims = made.height, self._rows(claims)[0]

        def piece(at: int) -> Of:
            some = claims[at : at + ROWS_AT_ONCE]
            if made is None:
                some, row = self._rows(some)
                return work(some, self._new_rows(some, row))
            texts = pl.col("warehouse_id", "reason").replace("", None)
            return work(some, made[at : at + ROWS_AT_ONCE].with_columns(texts))

        with ThreadPoolExecutor(2) as pool:
            yield from pool.map(piece, range(0, max(end, 1), ROWS_AT_ONCE))

    @property
    def most_rows(self) -> int:
        """No fewer than the rows of `allocations`, without making them."""
        if self.has_rows:
            return self.allocations.height
        return len(self.in_file_order) + len(self.served.claim)

    def _rows(self, numbers: Ints) -> tuple[Ints, Ints]:
        """The claim of every row of these claims, and its row in `served`, -1 = given nothing."""
        row, end = self.first_row[numbers], self.first_row[numbers + 1]
        rows = end - row
        row[rows == 0] = -1
        if int(rows.max(initial=0)) <= 1:
            return numbers, row
        repeats = np.maximum(rows, 1)
        nth = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
        return np.repeat(numbers, repeats), np.repeat(row, repeats) + nth

    def _new_rows(self, claims: Ints, row: Ints) -> pl.DataFrame:
        """Rows as the file shows them. A warehouse or a reason is a number that stands for a text,
        null where there is none: a million texts take longer to write and to read back."""
        c, served = self.problem.claims, self.served
        given = np.flatnonzero(row >= 0)
        warehouse = np.zeros(len(claims), dtype=ROW)
        units = np.zeros(len(claims), dtype=np.int64)
        warehouse[given] = served.warehouse[row[given]] + 1
        units[given] = served.packs[row[given]] * c.pack[claims[given]]
        names = pl.Series([None, *self.problem.warehouses], dtype=pl.Enum(self.problem.warehouses))
        return pl.DataFrame(
            {
                "stage": np.array(STAGES, dtype=np.int64)[c.kind[claims]],
                "claim_id": claim_ids(self.problem, claims),
                "warehouse_id": names.gather(warehouse),
                "units": units,
                "reason": self.reasons.texts(claims),
            }
        )

    @cached_property
    def first_row(self) -> Ints:
        """Where each claim's rows in `served` begin, and where the last one's end."""
        return first_rows(self.served.claim, len(self.problem.claims))

    @cached_property
    def level_texts(self) -> pl.Series:
        """The key of every level, listed or not, as the result shows it."""
        return level_keys(self.problem, self.problem.level_start[:-1])

    @cached_property
    def levels(self) -> pl.DataFrame:
        """key (JSON array), total (T, pieces), fairness (G), proven, bound, stage."""
        return _levels_table(self)

    @cached_property
    def claims(self) -> pl.DataFrame:
        """One row per claim in the file's order; `wanted` and `given` in order units."""
        p, c, t = self.problem, self.problem.claims, self.problem.tables
        numbers = self.in_file_order
        kind = c.kind[numbers]
        given = self.packs[numbers] * c.pack[numbers]
        items = pl.concat([t.skus["sku_id"], pl.Series(p.references.prepack_ids, dtype=pl.String)])
        outlets = pl.concat(
            [t.franchisees["franchisee_id"], t.stores["store_id"], t.regions["region_id"]]
        )
        base = np.array([0, 0, t.franchisees.height, t.franchisees.height + t.stores.height])
        level_row = np.full(p.n_levels, -1, dtype=np.int64)
        levels = levels_with_claims(p, self.wanted)
        level_row[levels] = np.arange(len(levels))
        line = np.where(kind <= RESERVE, c.source[numbers], -1)
        return pl.DataFrame(
            {
                "claim_id": claim_ids(p, numbers),
                "stage": np.array(STAGES, dtype=np.int64)[kind],
                "level": level_row[c.level[numbers]],
                "kind": pl.Series(LETTERS).gather(kind),
                "item": items.gather(c.item[numbers]),
                "outlet": outlets.gather(c.outlet[numbers] + base[kind]),
                "order_id": _or_null(t.orders["order_id"], pl.Series(c.order[numbers])),
                "line_id": _or_null(t.order_lines["line_id"], pl.Series(line)),
                "wanted": self.wanted[numbers],
                "given": given,
                "pieces": given * c.unit_pieces[numbers],
                "reason": self.reasons.texts(numbers).cast(pl.String).fill_null(""),
            }
        )


def first_rows(claim: Ints, n_claims: int) -> Ints:
    """Where the rows of each claim begin once they are sorted by claim, and where the last end."""
    first = np.zeros(n_claims + 1, dtype=ROW)
    # Of the array's own type, or it would be added forty times as slowly.
    np.add.at(first, claim + 1, ROW(1))
    return np.cumsum(first, dtype=ROW, out=first)


def _or_null(values: pl.Series, rows: pl.Series) -> pl.Series:
    return values.gather(rows.set(rows < 0, None))


def _there_are(problem: Problem, wanted: Ints) -> Mask:
    """Only of reservations some do not exist: those of lines that are full."""
    return np.asarray((problem.claims.kind != RESERVE) | (wanted > 0))


def levels_with_claims(problem: Problem, wanted: Ints) -> Ints:
    """The levels that levels.csv lists."""
    has_claims = np.zeros(problem.n_levels, dtype=np.bool_)
    has_claims[problem.claims.level[_there_are(problem, wanted)]] = True
    return np.flatnonzero(has_claims)


def counts(problem: Problem, wanted: Ints) -> dict[str, int]:
    """How many claims and levels the plan's files list."""
    return {
        "claims": int(_there_are(problem, wanted).sum()),
        "levels": len(levels_with_claims(problem, wanted)),
    }


def level_totals(problem: Problem, packs: Ints, wanted: Ints) -> tuple[Ints, Ints]:
    """T and G of every level."""
    c = problem.claims
    total = np.zeros(problem.n_levels, dtype=np.int64)
    worth = np.zeros(problem.n_levels, dtype=np.int64)
    for at in range(0, len(c), ROWS_AT_ONCE):
        served = at + np.flatnonzero(packs[at : at + ROWS_AT_ONCE])
        level, k, s = c.level[served], packs[served], c.pack_pieces[served]
        np.add.at(total, level, k * s)
        np.add.at(worth, level, claim_worth(s, wanted[served] * c.unit_pieces[served], k))
    return total, worth


def _levels_table(plan: Plan) -> pl.DataFrame:
    problem = plan.problem
    levels = levels_with_claims(problem, plan.wanted)
    total, worth = level_totals(problem, plan.packs, plan.wanted)
    proven = np.ones(problem.n_levels, dtype=np.bool_)
    bound = total.copy()
    for level, limit in plan.unproven.items():
        proven[level], bound[level] = False, limit
    first = problem.level_start[levels]
    return pl.DataFrame(
        {
            "key": plan.level_texts.gather(levels),
            "total": total[levels],
            "fairness": worth[levels],
            "proven": proven[levels],
            "bound": bound[levels],
            "stage": np.array(STAGES, dtype=np.int64)[problem.claims.kind[first]],
        }
    )


def place_faults(folder: str | Path) -> list[Fault]:
    """What keeps a plan from being written into the folder; it need not be there yet."""
    path = Path(folder)
    try:
        there = next(one for one in (path, *path.absolute().parents) if os.path.lexists(one))
    except OSError as error:
        return [_place_fault(path, phrase("files.NOT_LOOKED_UP", error=error.strerror))]
    if not there.is_dir():
        return [_place_fault(there, phrase("files.IS_NO_FOLDER"))]
    if not os.access(there, os.W_OK | os.X_OK):
        return [_place_fault(there, phrase("files.NOT_WRITABLE"))]
    files = [path / name for name in FILES]
    return [_place_fault(file, phrase("files.IS_A_FOLDER")) for file in files if file.is_dir()]


def not_written(folder: str | Path, error: OSError) -> Fault:
    """The fault that only writing shows, such as a full disk."""
    return _place_fault(Path(folder), phrase("files.NOT_WRITTEN", error=error.strerror))


def _place_fault(path: Path, problem: Phrase) -> Fault:
    return Fault(path.name, 0, "", str(path), problem, phrase("files.OTHER_FOLDER"))


class PlanFiles:
    """The files of a plan, written aside: allocations.csv, levels.csv (both byte-identical for
    equal input) and summary.json.

    They appear together at `finish`: what stops them before leaves a plan that was there as it was.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def __enter__(self) -> PlanFiles:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._aside = TemporaryDirectory(prefix=_unfinished(), dir=self.folder)
        self._rows = (Path(self._aside.name) / ALLOCATIONS).open("wb")
        self._rows.write(",".join(ALLOCATION_COLUMNS).encode() + b"\n")
        return self

    def __exit__(self, *_: object) -> None:
        self._rows.close()
        self._aside.cleanup()

    def add_rows(self, rows: bytes) -> None:
        """Rows as `rows_as_csv` makes them, in their order."""
        self._rows.write(rows)

    def finish(self, plan: Plan) -> None:
        """All files in their place; the plan's rows were added before."""
        self._rows.close()
        path = Path(self._aside.name)
        plan.levels.select(
            pl.col("key"),
            pl.col("total").alias("T"),
            pl.col("fairness").alias("G"),
            pl.col("proven").cast(pl.Int64),
            "bound",
        ).write_csv(path / LEVELS)
        text = json.dumps(plan.summary, indent=1, ensure_ascii=False)
        (path / SUMMARY).write_text(text + "\n", encoding="utf-8")
        for name in FILES:
            (path / name).replace(self.folder / name)


def rows_as_csv(rows: pl.DataFrame) -> bytes:
    """Rows of `Plan.each_piece` as lines."""
    buffer = BytesIO()
    rows.write_csv(buffer, include_header=False)
    return buffer.getvalue()


def write_plan(plan: Plan, folder: str | Path) -> None:
    """Write a plan's files into a folder."""
    with PlanFiles(folder) as files:
        for rows in plan.each_piece(lambda _, rows: rows_as_csv(rows)):
            files.add_rows(rows)
        files.finish(plan)


def remove_unfinished(folder: str | Path) -> None:
    """What this process was writing, for one that ends at once."""
    for aside in Path(folder).glob(f"{_unfinished()}*"):
        # The writer may be at it still, or remove it too.
        shutil.rmtree(aside, ignore_errors=True)


def _unfinished() -> str:
    """How the names of folders begin in which this process writes."""
    return f".plan-{os.getpid()}-"

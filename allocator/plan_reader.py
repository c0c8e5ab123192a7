"""A plan read back from the texts of its rows: what the verifier judges, and nothing else of it.

The rows come piece by piece, as the writer writes them, and are taken over as numbers: a table of
all rows would need as much memory as the solve.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.claims import RESERVE, STAGES
from allocator.columns import known_or
from allocator.plan import Plan, rows_as_csv
from allocator.problem import Problem, claim_ids
from allocator.reasons import TEXTS
from allocator.references import ROW, Ints, Mask, positions
from allocator.sorting import ROWS_AT_ONCE


@dataclass(frozen=True)
class PlanRead:
    """The plan as arrays, read back from the texts of its rows.

    listed: the claim of every row; reason: its reason as a place in `TEXTS`, -1 = none of them.
    claim, warehouse, row_packs: of the rows that give something; gives: which ones these are.
    packs, wanted: per claim. odd_stages: rows that name another stage than their claim's.
    """

    listed: Ints
    reason: NDArray[np.int8]
    gives: Mask
    claim: Ints
    warehouse: Ints
    row_packs: Ints
    packs: Ints
    wanted: Ints
    odd_stages: list[int]


@dataclass(frozen=True)
class _Piece:
    """Some rows as arrays; of those that give something, the warehouse and packs. faults: what
    keeps the rows from being read, the gravest kind first."""

    listed: Ints
    reason: NDArray[np.int8]
    gives: Mask
    warehouse: Ints
    row_packs: Ints
    odd_stages: Ints
    faults: tuple[list[str], ...]


def read_back(
    problem: Problem, plan: Plan, on_rows: Callable[[bytes], object] | None = None
) -> tuple[PlanRead | None, list[str]]:
    """The plan as its rows give it, and what is wrong with the rows; None where they cannot be
    read."""
    most = plan.most_rows
    listed, warehouse = np.empty(most, dtype=ROW), np.empty(most, dtype=ROW)
    reason, gives = np.empty(most, dtype=np.int8), np.empty(most, dtype=np.bool_)
    row_packs = np.empty(most, dtype=np.int64)
    odd_stages: list[int] = []
    faults: list[list[str]] = [[], [], [], []]
    n = n_giving = 0
    # Taken over as they come: to join all of them in the end would need the memory twice.

    are_new = not plan.has_rows

    def work(meant: Ints, rows: pl.DataFrame) -> tuple[_Piece, bytes]:
        # Rows made this moment bear the ids of the claims that they were made of.
        claim = meant if are_new else _claims_of(problem, rows["claim_id"], meant)
        piece = _read_piece(problem, claim, rows)
        return piece, b"" if on_rows is None else rows_as_csv(rows)

    for piece, lines in plan.each_piece(work):
        if on_rows is not None:
            on_rows(lines)
        rows = slice(n, n + len(piece.listed))
        giving = slice(n_giving, n_giving + len(piece.warehouse))
        listed[rows], reason[rows], gives[rows] = piece.listed, piece.reason, piece.gives
        warehouse[giving], row_packs[giving] = piece.warehouse, piece.row_packs
        odd_stages += (piece.odd_stages + n).tolist()
        for kind, found in zip(faults, piece.faults, strict=True):
            kind += [fault for fault in found if fault not in kind[-1:]]
        n, n_giving = rows.stop, giving.stop
    for kind in faults:
        if kind:
            return None, kind
    listed, gives = listed[:n], gives[:n]
    warehouse, row_packs = warehouse[:n_giving], row_packs[:n_giving]
    claim = listed[gives]
    packs = np.zeros(len(problem.claims), dtype=np.int64)
    np.add.at(packs, claim, row_packs)
    packs = _kept_once(packs, plan.packs)
    wanted = _kept_once(_wishes(problem, packs), plan.wanted)
    read = PlanRead(
        listed, reason[:n], gives, claim, warehouse, row_packs, packs, wanted, odd_stages
    )
    return read, _missing(problem, read)


def _wishes(problem: Problem, packs: Ints) -> Ints:
    """Order units per claim, of reservations what shipping these packs leaves."""
    c = problem.claims
    wanted = c.wanted.copy()
    shipping, reserving = problem.claim_of_line
    for at in range(0, len(reserving), ROWS_AT_ONCE):
        rests, shipped = reserving[at : at + ROWS_AT_ONCE], shipping[at : at + ROWS_AT_ONCE]
        rests, shipped = rests[rests >= 0], shipped[rests >= 0]
        wanted[rests] -= packs[shipped] * c.pack[shipped]
    return wanted


def _missing(problem: Problem, read: PlanRead) -> list[str]:
    """Claims without a row, and rows of reservations for which nothing was left."""
    exists = (problem.claims.kind != RESERVE) | (read.wanted > 0)
    has_row = np.zeros(len(exists), dtype=np.bool_)
    has_row[read.listed] = True
    return [
        f"claim {problem.claim_ids[i]}: {said}"
        for odd, said in (
            (exists & ~has_row, "has no row"),
            (has_row & ~exists, "nothing was left to reserve"),
        )
        for i in np.flatnonzero(odd).tolist()
    ]


def _kept_once(found: Ints, theirs: Ints) -> Ints:
    """What was found; where the plan holds the very same, one of the two is enough."""
    return theirs if np.array_equal(found, theirs) else found


def _read_piece(problem: Problem, claim: Ints, rows: pl.DataFrame) -> _Piece:
    c, strange = problem.claims, list[str]()
    if int(claim.min(initial=0)) < 0:
        strange = rows["claim_id"].filter(pl.Series(claim < 0)).to_list()
        rows, claim = rows.filter(pl.Series(claim >= 0)), claim[claim >= 0]
    units, pack = rows["units"].to_numpy(), c.pack[claim]
    packs = units // pack
    broken = [
        f"claim {rows['claim_id'][row]}: {units[row]} units is no whole number of packs"
        f" of {pack[row]}"
        for row in np.flatnonzero((packs * pack != units) | (units < 0)).tolist()
    ]
    place = _places(rows["warehouse_id"], problem.warehouses)
    nowhere = ["a row names a warehouse that has no supply"] * bool((place[units > 0] < 1).any())
    somewhere = ["a row of a claim that is given nothing names a warehouse"] * bool(
        place[units == 0].any()
    )
    stages = np.array(STAGES, dtype=np.int64)[c.kind[claim]]
    gives = units > 0
    return _Piece(
        claim,
        _places(rows["reason"], TEXTS[1:]).astype(np.int8),
        gives,
        place[gives] - 1,
        packs[gives],
        np.flatnonzero(rows["stage"].to_numpy() != stages),
        ([f"claim {one}: not in the problem" for one in strange[:20]], broken, nowhere, somewhere),
    )


def _claims_of(problem: Problem, ids: pl.Series, meant: Ints) -> Ints:
    """The claim of every id, -1 = there is none. meant: a guess, which the texts confirm or not;
    only what it misses needs to be looked up among all ids."""
    n = min(len(meant), len(ids))
    found = np.full(len(ids), -1, dtype=ROW)
    found[:n] = meant[:n]
    wrong = np.ones(len(ids), dtype=np.bool_)
    wrong[:n] = ids[:n].ne_missing(claim_ids(problem, meant[:n])).to_numpy()
    if wrong.any():
        found[wrong] = positions(ids.filter(pl.Series(wrong)), problem.claim_ids)
    return found


def _places(texts: pl.Series, known: Sequence[str]) -> Ints:
    """For each text its place among the known ones, from 1 on; 0 = no text, -1 = none of them."""
    codes = texts.cast(pl.Enum(known), strict=False).to_physical().cast(pl.Int32)
    places = known_or(codes, -1) + 1
    if texts.dtype == pl.String:
        places[(codes.is_null() & texts.is_not_null()).to_numpy()] = -1
    return places

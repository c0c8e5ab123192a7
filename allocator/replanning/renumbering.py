"""The claims of an edited problem in their new order, stage by stage, from the base's claims.

Only stages that an edit can reorder are looked at. In them the level keys are computed again, and
the base's order, which is nearly right, is sorted by them; claims that come are put into their
place among the ids by bisection. The numbers are those that `allocator.claims` gives.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.claims import LETTERS, REGION, RESERVE, SHIP, STORE, Claims
from allocator.columns import reserve_ranks
from allocator.level_places import LevelParts, dense, product_positions, stage3_key
from allocator.problem import Problem
from allocator.references import MAX_CLAIM_PIECES, Ints, Mask, References
from allocator.tables import Tables

FIELDS = ("item", "outlet", "order", "wanted", "pack", "price")
# Claims that come are placed one by one; of more than this many, all are numbered again.
MOST_ADDED = 2_000
TABLES = {
    SHIP: "order_lines",
    RESERVE: "order_lines",
    STORE: "store_stock",
    REGION: "region_reserves",
}


@dataclass(frozen=True)
class Numbering:
    """The claims, where their levels begin, and per claim its number in the base (-1 = none).

    old: None where every claim kept its number.
    """

    claims: Claims
    level_start: Ints
    old: Ints | None
    store_tier: Ints


@dataclass(frozen=True)
class _Stage:
    """The claims of a stage in their order.

    old: numbers in the base, -1 for those it had not. place: position by stage and id. begins:
    whether a claim is the first of its level.
    """

    old: Ints
    kind: NDArray[np.int8]
    source: Ints
    place: Ints
    begins: Mask


def stage_ends(problem: Problem) -> tuple[int, int, int]:
    """Where stages 1, 2 and 3 end in the numbers of the claims."""
    claims = problem.claims
    return claims.first_of(RESERVE), claims.first_of(STORE), len(claims)


def renumber(
    base: Problem,
    tables: Tables,
    refs: References,
    places: dict[str, Ints],
    store_tier: Ints,
    rows: dict[str, Ints],
    *,
    lines: bool,
    gaps: bool,
) -> Numbering | None:
    """The claims of edited tables in their order; None where that is better done from scratch.

    rows: per table with rows that came or went, the base's row of each (-1 = none). lines, gaps:
    whether stages 1 and 2, and stage 3, may be in another order.
    """
    work = _Work(
        base, tables, refs, LevelParts(product_positions(tables), places, store_tier), rows
    )
    first, second, third = stage_ends(base)
    try:
        ships = work.sorted((SHIP,), 0, first) if lines else work.as_it_was(0, first)
        if lines and _mirrored(tables) and _mirrored(base.tables):
            rests = _mirror(ships, first)
        elif lines:
            rests = work.sorted((RESERVE,), first, second)
        else:
            rests = work.as_it_was(first, second)
        rest = (second, third)
        rests_of_goods = work.sorted((REGION, STORE), *rest) if gaps else work.as_it_was(*rest)
    except _TooMuch:
        return None
    return work.joined([ships, rests, rests_of_goods])


class _TooMuch(Exception):
    """Better numbered from scratch."""


def _mirrored(tables: Tables) -> bool:
    """Whether all lines may reserve, in the ranks in which they ship."""
    may = tables.order_lines["reserve"].fill_null(1)
    other = tables.franchisees["reserve_rank"]
    return bool((may == 1).all()) and other.null_count() == other.len()


def _mirror(ships: _Stage, n_base: int) -> _Stage:
    old = np.where(ships.old < 0, -1, ships.old + n_base)
    kind = np.full(len(old), RESERVE, dtype=np.int8)
    return _Stage(old, kind, ships.source, ships.place, ships.begins)


class _Work:
    def __init__(
        self,
        base: Problem,
        tables: Tables,
        refs: References,
        parts: LevelParts,
        rows: dict[str, Ints],
    ) -> None:
        self.base, self.tables, self.references, self.parts = base, tables, refs, parts
        self.old_rows = rows
        self.new_rows: dict[str, Ints] = {}
        for table, old in rows.items():
            new = np.full(getattr(base.tables, table).height, -1, dtype=np.int64)
            known = np.flatnonzero(old >= 0)
            new[old[known]] = known
            self.new_rows[table] = new

    def as_it_was(self, start: int, end: int) -> _Stage:
        c = self.base.claims
        level = c.level[start:end]
        begins = np.ones(end - start, dtype=np.bool_)
        begins[1:] = level[1:] != level[:-1]
        return _Stage(
            np.arange(start, end), c.kind[start:end], c.source[start:end],
            c.place[start:end] - start, begins,
        )  # fmt: skip

    def sorted(self, kinds: tuple[int, ...], start: int, end: int) -> _Stage:
        """The claims of a stage, which the base had from `start` up to `end`."""
        c = self.base.claims
        kind, source = c.kind[start:end], c.source[start:end]
        alive = np.ones(end - start, dtype=np.bool_)
        added = []
        for one in kinds:
            table, mine = TABLES[one], np.flatnonzero(kind == one)
            row = source[mine]
            if table in self.new_rows:
                row = self.new_rows[table][row]
                source = source.copy()
                source[mine] = row
            claimed = self._claimed(one)
            alive[mine] = False
            there = np.flatnonzero(row >= 0)
            alive[mine[there]] = claimed[row[there]]
            claimed[row[alive[mine]]] = False
            added += [(one, int(new)) for new in np.flatnonzero(claimed)]
            if len(added) > MOST_ADDED:
                raise _TooMuch
        old, place = np.arange(start, end), c.place[start:end] - start
        if not alive.all():
            gone = np.sort(place[~alive])
            old, kind, source, place = old[alive], kind[alive], source[alive], place[alive]
            place = place - np.searchsorted(gone, place)
        if added:
            added, ahead = self._place_among(added, kind, source, place)
            place = place + np.searchsorted(ahead, place, side="right")
            place = np.concatenate([place, ahead + np.arange(len(added))])
            old = np.concatenate([old, np.full(len(added), -1)])
            kind = np.concatenate([kind, np.array([one for one, _ in added], dtype=np.int8)])
            source = np.concatenate([source, np.array([row for _, row in added])])
        return self._in_order(old, kind, source, place, kinds)

    def _claimed(self, kind: int) -> Mask:
        """Which rows of the kind's table are claims."""
        t = self.tables
        if kind == SHIP:
            return np.ones(t.order_lines.height, dtype=np.bool_)
        if kind == RESERVE:
            return np.array(t.order_lines["reserve"].fill_null(1).to_numpy() == 1)
        more, less = ("safety", "on_hand") if kind == STORE else ("target", "current")
        frame: pl.DataFrame = getattr(t, TABLES[kind])
        return np.array(frame[more].to_numpy() > frame[less].to_numpy())

    def _text(self, kind: int, row: int) -> str:
        """What a claim of this stage is sorted by."""
        if kind <= RESERVE:
            return str(self.tables.order_lines["line_id"][row])
        frame: pl.DataFrame = getattr(self.tables, TABLES[kind])
        owner = frame["store_id" if kind == STORE else "region_id"][row]
        return f"{LETTERS[kind]}:{owner}:{frame['sku_id'][row]}"

    def _place_among(
        self, added: list[tuple[int, int]], kind: NDArray[np.int8], source: Ints, place: Ints
    ) -> tuple[list[tuple[int, int]], Ints]:
        """The new claims by id, and how many of the others come before each."""
        by_place = np.empty(len(place), dtype=np.int64)
        by_place[place] = np.arange(len(place))
        added = sorted(added, key=lambda one: self._text(*one))

        def text(at: int) -> str:
            claim = by_place[at]
            return self._text(int(kind[claim]), int(source[claim]))

        every = range(len(place))
        ahead = [bisect_left(every, self._text(*one), key=text) for one in added]
        return added, np.array(ahead, dtype=np.int64)

    def _in_order(
        self,
        old: Ints,
        kind: NDArray[np.int8],
        source: Ints,
        place: Ints,
        kinds: tuple[int, ...],
    ) -> _Stage:
        n = len(old)
        if not n:
            return _Stage(old, kind, source, place, np.zeros(0, dtype=np.bool_))
        key = self._line_key(kinds[0], source) if len(kinds) == 1 else self._gap_key(kind, source)
        if int(key.max()) >= 2**62 // n:
            raise _TooMuch
        whole = key * n + place
        if (whole[1:] < whole[:-1]).any():
            # Nearly in order: long runs are merged.
            order = np.argsort(whole, kind="stable")
            old, kind, source = old[order], kind[order], source[order]
            place, key = place[order], key[order]
        begins = np.ones(n, dtype=np.bool_)
        begins[1:] = key[1:] != key[:-1]
        return _Stage(old, kind, source, place, begins)

    def _line_key(self, kind: int, source: Ints) -> Ints:
        people, refs = self.tables.franchisees, self.references
        rank = reserve_ranks(people) if kind == RESERVE else people["rank"].to_numpy()
        of_product = self.parts.product_place
        codes = dense(rank).astype(np.int64) * (int(of_product.max(initial=0)) + 1)
        of_order = codes[refs.order_franchisee]
        of_item = of_product[self.base.item_product]
        return np.asarray(of_order[refs.line_order[source]] + of_item[refs.line_item[source]])

    def _gap_key(self, kind: NDArray[np.int8], source: Ints) -> Ints:
        refs, store_tier = self.references, self.parts.tier_place
        key = np.empty(len(kind), dtype=np.int64)
        tiers = int(store_tier.max(initial=0)) + 1
        products = int(self.parts.product_place.max(initial=0)) + 1
        for one in (REGION, STORE):
            mine = np.flatnonzero(kind == one)
            rows = source[mine]
            if one == STORE:
                owner, sku = refs.stock_store[rows], refs.stock_sku[rows]
                region, tier = refs.store_region[owner], store_tier[owner]
            else:
                region, sku = refs.reserve_region[rows], refs.reserve_sku[rows]
                tier = np.zeros(len(rows), dtype=np.int64)
            product = refs.sku_product[sku]
            first, second, third = stage3_key(self.tables, self.parts, product, region, tier, one)
            key[mine] = (first.astype(np.int64) * products + second) * tiers + third
        return key

    def joined(self, stages: list[_Stage]) -> Numbering:
        """All stages as the claims of a problem."""
        c, refs = self.base.claims, self.references
        old = np.concatenate([stage.old for stage in stages])
        kind = np.concatenate([stage.kind for stage in stages])
        source = np.concatenate([stage.source for stage in stages])
        begins = np.concatenate([stage.begins for stage in stages])
        ends = np.cumsum([0, *(len(stage.old) for stage in stages)])
        place = np.concatenate(
            [stage.place + start for stage, start in zip(stages, ends, strict=False)]
        )
        added = np.flatnonzero(old < 0)
        fields: dict[str, Any] = {}
        for name in FIELDS:
            values = getattr(c, name)
            fields[name] = np.take(values, old, mode="wrap") if len(values) else old.copy()
        for one in (SHIP, RESERVE, STORE, REGION):
            mine = added[kind[added] == one]
            for name, values in self._fields(one, source[mine]).items():
                fields[name][mine] = values
        unit_pieces: Ints = np.broadcast_to(np.int64(1), (len(old),))
        if len(refs.prepack_ids):
            unit_pieces = refs.item_pieces[fields["item"]]
        np.minimum(fields["pack"], MAX_CLAIM_PIECES + 1, out=fields["pack"])
        pack_pieces = fields["pack"] * unit_pieces
        claims = Claims(
            kind=kind,
            level=np.cumsum(begins) - 1,
            source=source,
            place=place,
            unit_pieces=unit_pieces,
            pack_pieces=pack_pieces,
            **fields,
        )
        level_start = np.append(np.flatnonzero(begins), len(old))
        is_same = not self.old_rows and len(old) == len(c)
        is_same = is_same and bool((old == np.arange(len(old))).all())
        is_same = is_same and bool((claims.level == c.level).all())
        return Numbering(claims, level_start, None if is_same else old, self.parts.tier_place)

    def _fields(self, kind: int, rows: Ints) -> dict[str, Ints]:
        """What claims on these rows are about, and their amounts."""
        refs, t = self.references, self.tables
        if kind <= RESERVE:
            order = refs.line_order[rows]
            price = refs.line_price[rows] if kind == SHIP else np.zeros_like(rows)
            return {
                "item": refs.line_item[rows],
                "outlet": refs.order_franchisee[order],
                "order": order,
                "wanted": t.order_lines["qty"].to_numpy()[rows],
                "pack": refs.line_pack[rows],
                "price": price,
            }
        frame: pl.DataFrame = getattr(t, TABLES[kind])
        more, less = ("safety", "on_hand") if kind == STORE else ("target", "current")
        of_store = kind == STORE
        return {
            "item": (refs.stock_sku if of_store else refs.reserve_sku)[rows],
            "outlet": (refs.stock_store if of_store else refs.reserve_region)[rows],
            "order": np.full(len(rows), -1, dtype=np.int64),
            "wanted": (frame[more].to_numpy() - frame[less].to_numpy())[rows],
            "pack": (refs.stock_pack if of_store else refs.reserve_pack)[rows],
            "price": np.zeros_like(rows),
        }

"""An edited problem made from the base's arrays: what an edit leaves alone is not looked up again.

Three things can differ, each costlier than the one before it: amounts (claims keep their numbers),
the order of claims (ranks, launch plan, seasons, regions, tiers: the claims of a stage are put into
their new order) and the claims themselves (rows that come or go). Anything else, such as another
SKU or another ratio pack, makes the problem again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from allocator.claims import REGION, RESERVE, SHIP, STORE, Claims
from allocator.columns import reserve_ranks
from allocator.faults import Phrase
from allocator.level_places import region_positions
from allocator.problem import Problem, bound_packs, bound_picks, bound_shares
from allocator.references import (
    MAX_CENTS,
    MAX_CLAIM_PIECES,
    MAX_SUPPLY_ROW,
    SEASONS,
    Ints,
    Mask,
    References,
    positions,
)
from allocator.replanning.changes import ROWS, Changes, find_changes
from allocator.replanning.renumbering import Numbering, renumber
from allocator.tables import Tables

# What decides the order of claims, and who is a claim at all.
ORDERING = ("rank", "reserve_rank", "launch_rank", "season", "reserve", "tier")
GAPS = (
    ("store_stock", STORE, "safety", "on_hand"),
    ("region_reserves", REGION, "target", "current"),
)
MAY_BE_EMPTY = ("pack", "price_cents", "reserve", "reserve_rank")
BOUNDS = {
    "balance_cents": (-MAX_CENTS, MAX_CENTS),
    "blocked": (0, 1),
    "reserve": (0, 1),
    "ship_complete": (0, 1),
    "units": (0, MAX_SUPPLY_ROW),
    "pack": (1, 2**62),
    "qty": (0, MAX_CLAIM_PIECES),
    "rank": (0, 2**62),
    "reserve_rank": (0, 2**62),
    "launch_rank": (0, 2**62),
}
# What follows from the numbers of the claims and orders alone, and is kept with them.
KEPT = ("claim_of_line", "claim_ids", "_lines_by_order")


@dataclass(frozen=True)
class Patched:
    """The edited problem, and for each of its claims its number in the base (-1 = it had none).

    old: None where every claim kept its number. old_stock: per row of store_stock its row in the
    base (-1 = it had none); None where the rows are the same.
    """

    problem: Problem
    old: Ints | None
    old_stock: Ints | None


def patched(base: Problem, tables: Tables) -> Patched | None:
    """The problem of edited tables, or None where it has to be made again.

    None also where something is unsound: making the problem again reports it.
    """
    changes = find_changes(base.tables, tables)
    if changes is None or not _settings_are_sound(tables):
        return None
    if tables.settings.launch_ties != base.tables.settings.launch_ties:
        return None
    for table, columns in changes.columns.items():
        if not _are_sound(table, columns, tables):
            return None
    refs = _keys(base, tables, changes)
    if refs is None:
        return None
    places, warnings = region_positions(tables)
    numbering = _numbering(base, tables, changes, refs, places)
    if numbering is None:
        return None
    claims = _with_amounts(numbering.claims, tables, changes, refs)
    if changes.touch(*ROWS) and not _fit(claims):
        return None
    supply = _supply(base, tables, refs) if changes.touch("supply") else base.supply
    capacity = base.capacity
    more_warnings: list[Phrase] = []
    if tables.settings.pick_capacity is not None or base.tables.settings.pick_capacity is not None:
        capacity, more_warnings = bound_picks(tables, refs)
    fr, orders, products = tables.franchisees, tables.orders, tables.products
    values: dict[str, Any] = {}
    if changes.touch("franchisees"):
        money = fr["balance_cents"] + fr["credit_limit_cents"] + fr["guarantee_cents"]
        values |= {
            "funds": np.maximum(money.to_numpy(), 0),
            "blocked": fr["blocked"].to_numpy() == 1,
            "ranks": fr["rank"].to_numpy(),
            "reserve_ranks": reserve_ranks(fr),
        }
    if changes.touch("orders"):
        values |= {
            "ship_complete": orders["ship_complete"].to_numpy() == 1,
            "minimum": orders["min_ship_value_cents"].to_numpy(),
            "order_franchisee": refs.order_franchisee,
        }
    if changes.touch("products"):
        values |= {
            "product_launch": products["launch_rank"].to_numpy(),
            "product_season": np.array(products["season"].to_list(), dtype=np.str_),
        }
    if (
        changes.touch("supply")
        or tables.settings.share_cap_ppm != base.tables.settings.share_cap_ppm
    ):
        values["share_cap"] = bound_shares(supply, tables.settings.share_cap_ppm)
    edited = replace(
        base,
        tables=tables,
        warnings=(*tables.notes, *warnings, *more_warnings),
        supply=supply,
        store_tier=numbering.store_tier,
        region_place=places,
        capacity=capacity,
        size_run_min=tables.settings.size_run_min,
        claims=claims,
        level_start=numbering.level_start,
        references=refs,
        **values,
    )
    if claims is not base.claims or _may_block(changes):
        edited = replace(edited, most_packs=bound_packs(tables, claims, edited.blocked))
    if numbering.old is None and len(edited.minimum) == len(base.minimum):
        for name in KEPT:
            if name in base.__dict__:
                edited.__dict__[name] = base.__dict__[name]
    return Patched(edited, numbering.old, changes.rows.get("store_stock"))


def _may_block(changes: Changes) -> bool:
    blocks = {"blocked", "ship_complete"}
    return any(columns & blocks for columns in changes.columns.values())


def _settings_are_sound(tables: Tables) -> bool:
    known = set(tables.regions["region_id"].to_list())
    listed = {region for ids in tables.settings.region_order.values() for region in ids}
    return listed <= known and bool(
        tables.stores["tier"].is_in(list(tables.settings.tiers)).fill_null(value=False).all()
    )


def _are_sound(table: str, columns: set[str], tables: Tables) -> bool:
    """Whether all values of these columns are within the bounds of the files."""
    frame: pl.DataFrame = getattr(tables, table)
    for column in columns:
        values = frame[column]
        if values.null_count() and column not in MAY_BE_EMPTY:
            return False
        if column == "season":
            if not values.is_in(list(SEASONS)).all():
                return False
            continue
        if column == "tier":
            continue
        most = MAX_CENTS if column.endswith("_cents") else MAX_SUPPLY_ROW
        low, high = BOUNDS.get(column, (0, most))
        if not values.is_between(low, high).fill_null(value=True).all():
            return False
    return True


def _keys(base: Problem, tables: Tables, changes: Changes) -> References | None:
    """References and terms of the edited rows; None where a name is unknown or repeated."""
    refs = base.references
    values: dict[str, Any] = {}
    if changes.touch("supply"):
        frame = tables.supply
        warehouses = frame["warehouse_id"].unique().sort()
        if warehouses.null_count() or warehouses.to_list() != list(base.warehouses):
            return None
        sku = positions(frame["sku_id"], tables.skus["sku_id"])
        if (sku < 0).any():
            return None
        where = positions(frame["warehouse_id"], warehouses)
        values |= {"supply_sku": sku, "supply_warehouse": where}
    if tables.orders.height > len(refs.order_franchisee):
        ids, owner = tables.orders["order_id"], tables.orders["franchisee_id"]
        found = positions(owner[len(refs.order_franchisee) :], tables.franchisees["franchisee_id"])
        if ids.null_count() or ids.n_unique() < ids.len() or (found < 0).any():
            return None
        values["order_franchisee"] = np.concatenate([refs.order_franchisee, found])
        refs = replace(refs, order_franchisee=values["order_franchisee"])
    items = pl.concat([tables.skus["sku_id"], pl.Series(refs.prepack_ids, dtype=pl.String)])
    names = {
        "order_lines": (("order_id", "line_order"), ("sku_id", "line_item")),
        "store_stock": (("store_id", "stock_store"), ("sku_id", "stock_sku")),
        "region_reserves": (("region_id", "reserve_region"), ("sku_id", "reserve_sku")),
    }
    among = {
        "order_id": tables.orders["order_id"],
        "store_id": tables.stores["store_id"],
        "region_id": tables.regions["region_id"],
        "sku_id": tables.skus["sku_id"],
    }
    for table, old in changes.rows.items():
        frame, new = getattr(tables, table), np.flatnonzero(old < 0)
        for column, field in names[table]:
            found = np.full(len(old), -1, dtype=np.int64)
            found[old >= 0] = getattr(refs, field)[old[old >= 0]]
            texts = items if field == "line_item" else among[column]
            found[new] = positions(frame[column].gather(new), texts)
            if (found[new] < 0).any():
                return None
            values[field] = found
        if table == "order_lines":
            ids = frame["line_id"]
            mine = ids.gather(new)
            is_new = ids.is_in(mine.implode()).to_numpy()
            repeated = mine.n_unique() < len(new)
        else:
            first, second = (values[field] for _, field in names[table])
            pair = first.astype(np.int64) * max(tables.skus.height, 1) + second
            is_new = np.isin(pair, pair[new])
            repeated = len(np.unique(pair[new])) < len(new)
        # The base repeats no key: a new row may repeat one of its rows, or another new one.
        if repeated or int(is_new.sum()) != len(new):
            return None
    refs = replace(refs, **values) if values else refs
    if not changes.touch(*ROWS):
        return refs
    terms: dict[str, Any] = {}
    own_pack, own_price = tables.skus["pack"], tables.skus["price_cents"]
    for table, column, field, own, item in (
        ("order_lines", "pack", "line_pack", own_pack, refs.line_item),
        ("order_lines", "price_cents", "line_price", own_price, refs.line_item),
        ("store_stock", "pack", "stock_pack", own_pack, refs.stock_sku),
        ("region_reserves", "pack", "reserve_pack", own_pack, refs.reserve_sku),
    ):
        if column in changes.columns.get(table, ()):
            terms[field] = _or_default(getattr(tables, table)[column], own, item)
            # A ratio pack has no default.
            if (terms[field] < (1 if column == "pack" else 0)).any():
                return None
    return replace(refs, **terms)


def _or_default(own: pl.Series, default: pl.Series, item: Ints) -> Ints:
    if not own.null_count():
        return own.to_numpy()
    # A prepack has no default; -1 shows where one would be needed.
    defaults = np.append(default.to_numpy(), -1)
    found = defaults[np.minimum(item, len(defaults) - 1)]
    return np.where(own.is_null().to_numpy(), found, own.fill_null(0).to_numpy())


def _supply(base: Problem, tables: Tables, refs: References) -> Ints:
    supply = np.zeros_like(base.supply)
    np.add.at(supply, (refs.supply_warehouse, refs.supply_sku), tables.supply["units"].to_numpy())
    return supply


def _numbering(
    base: Problem, tables: Tables, changes: Changes, refs: References, places: dict[str, Ints]
) -> Numbering | None:
    """The claims in their order, with the base's amounts where they had any."""
    t, before = tables.settings, base.tables.settings
    moved = {column for columns in changes.columns.values() for column in columns}
    moved &= set(ORDERING)
    lines = bool(moved & {"rank", "reserve_rank", "launch_rank", "reserve"})
    lines |= "order_lines" in changes.rows
    regions = any((places[season] != base.region_place[season]).any() for season in places)
    gaps = bool(moved & {"launch_rank", "season", "tier"}) or regions
    gaps |= t.season != before.season or t.tiers != before.tiers
    gaps |= changes.touch("store_stock", "region_reserves") and not _gaps_stay(
        base, tables, changes
    )
    if not lines and not gaps:
        return Numbering(base.claims, base.level_start, None, base.store_tier)
    tier = {name: place for place, name in enumerate(t.tiers)}
    store_tier = np.array([tier[one] for one in tables.stores["tier"].to_list()], dtype=np.int64)
    return renumber(base, tables, refs, places, store_tier, changes.rows, lines=lines, gaps=gaps)


def _gaps_stay(base: Problem, tables: Tables, changes: Changes) -> bool:
    """Whether the stores' and regions' rows with a gap are the ones they were."""
    c = base.claims
    for table, kind, more, less in GAPS:
        if table in changes.rows:
            return False
        if table in changes.columns:
            frame: pl.DataFrame = getattr(tables, table)
            gap = frame[more].to_numpy() > frame[less].to_numpy()
            source = c.source[c.kind == kind]
            if int(gap.sum()) != len(source) or not gap[source].all():
                return False
    return True


def _with_amounts(claims: Claims, tables: Tables, changes: Changes, refs: References) -> Claims:
    """The claims with the edited amounts."""
    c = claims
    if not changes.touch(*ROWS):
        return c
    wanted, pack, price = c.wanted.copy(), c.pack.copy(), c.price.copy()
    if changes.touch("order_lines"):
        lines = np.flatnonzero(c.kind <= RESERVE)
        rows = c.source[lines]
        wanted[lines] = tables.order_lines["qty"].to_numpy()[rows]
        pack[lines] = refs.line_pack[rows]
        ships = np.flatnonzero(c.kind == SHIP)
        price[ships] = refs.line_price[c.source[ships]]
    for table, kind, more, less in GAPS:
        if changes.touch(table):
            frame: pl.DataFrame = getattr(tables, table)
            mine = np.flatnonzero(c.kind == kind)
            rows = c.source[mine]
            wanted[mine] = (frame[more].to_numpy() - frame[less].to_numpy())[rows]
            pack[mine] = (refs.stock_pack if kind == STORE else refs.reserve_pack)[rows]
    # As large as a pack is where a problem is built; see `allocator.claims`.
    np.minimum(pack, MAX_CLAIM_PIECES + 1, out=pack)
    pieces = pack * c.unit_pieces.astype(np.int64, copy=False)
    return replace(c, wanted=wanted, pack=pack, price=price, pack_pieces=pieces)


def _fit(claims: Claims) -> bool:
    """Whether no claim is too large for the model."""
    c = claims
    pieces: Mask = c.wanted * c.unit_pieces > MAX_CLAIM_PIECES
    ships = slice(0, c.first_of(RESERVE))
    too_expensive: Mask = c.price[ships] > MAX_CENTS // np.maximum(c.wanted[ships], 1)
    return not (pieces.any() or too_expensive.any())

"""An edited problem made from the base's arrays, where an edit leaves every claim its number.

A claim's number depends on ids, ranks, launch plan, seasons, regions and tiers, not on amounts. An
edit of amounts alone therefore needs no sort and no look-up of names; any other makes the problem
anew.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from allocator.claims import REGION, RESERVE, STORE, Claims
from allocator.keys import MAX_CENTS, MAX_CLAIM_PIECES, MAX_SUPPLY_ROW, Ints, positions
from allocator.problem import Problem, _most_packs, _share_cap
from allocator.tables import Tables

# Columns that hold amounts. Rows of supply may come and go as well.
AMOUNTS = {
    "franchisees": ("balance_cents", "credit_limit_cents", "guarantee_cents", "blocked"),
    "orders": ("ship_complete", "min_ship_value_cents"),
    "order_lines": ("qty", "pack", "price_cents"),
    "store_stock": ("safety", "on_hand", "pack"),
    "region_reserves": ("target", "current", "pack"),
}
GAPS = (
    ("store_stock", STORE, "safety", "on_hand"),
    ("region_reserves", REGION, "target", "current"),
)
# What follows from the numbers of the claims alone, and is kept with them.
KEPT = ("claim_of_line", "claim_ids", "_lines_by_order")


def patched(base: Problem, tables: Tables) -> Problem | None:
    """The problem of edited tables, or None where it has to be made anew.

    None also where an amount is out of bounds: making the problem anew tells of it.
    """
    changed = _changed(base.tables, tables)
    if changed is None or not all(_is_sound(name, tables) for name in changed):
        return None
    supply = _supply(base, tables) if "supply" in changed else {}
    claims = _claims(base, tables, changed)
    if supply is None or claims is None:
        return None
    money, orders = tables.franchisees, tables.orders
    funds = money["balance_cents"] + money["credit_limit_cents"] + money["guarantee_cents"]
    blocked = money["blocked"].to_numpy() == 1
    edited = replace(
        base,
        tables=tables,
        warnings=(*tables.notes, *base.warnings[len(base.tables.notes) :]),
        funds=np.maximum(funds.to_numpy(), 0),
        blocked=blocked,
        ship_complete=orders["ship_complete"].to_numpy() == 1,
        minimum=orders["min_ship_value_cents"].to_numpy(),
        claims=claims,
        **supply,
    )
    if changed - {"supply"}:
        edited = replace(edited, most_packs=_most_packs(tables, claims, blocked))
    if changed & {"order_lines", "store_stock", "region_reserves"}:
        values: dict[str, Any] = {**_packs_and_prices(base, tables)}
        edited = replace(edited, keys=replace(edited.keys, **values))
    for name in KEPT:
        if name in base.__dict__:
            edited.__dict__[name] = base.__dict__[name]
    return edited


def _changed(base: Tables, edited: Tables) -> set[str] | None:
    """The tables in which amounts differ; None where more than amounts does."""
    if base.settings != edited.settings:
        return None
    changed = set()
    for name, frame in edited.frames():
        before: pl.DataFrame = getattr(base, name)
        if frame is before or frame.equals(before):
            continue
        changed.add(name)
        if name == "supply":
            continue
        fixed = [column for column in frame.columns if column not in AMOUNTS.get(name, ())]
        if frame.height != before.height or not frame.select(fixed).equals(before.select(fixed)):
            return None
    return changed


def _is_sound(name: str, tables: Tables) -> bool:
    """Whether all amounts of a table are within the bounds of the files."""
    frame: pl.DataFrame = getattr(tables, name)
    bounds = {
        "balance_cents": (-MAX_CENTS, MAX_CENTS),
        "blocked": (0, 1),
        "ship_complete": (0, 1),
        "units": (0, MAX_SUPPLY_ROW),
        "pack": (1, 2**62),
        "qty": (0, MAX_CLAIM_PIECES),
    }
    may_be_empty = ("pack", "price_cents")
    for column in AMOUNTS.get(name, ("units",)):
        values = frame[column]
        most = MAX_CENTS if column.endswith("_cents") else MAX_SUPPLY_ROW
        low, high = bounds.get(column, (0, most))
        if values.null_count() and column not in may_be_empty:
            return False
        if not values.is_between(low, high).fill_null(value=True).all():
            return False
    return True


def _supply(base: Problem, tables: Tables) -> dict[str, Any] | None:
    frame = tables.supply
    warehouses = frame["warehouse_id"].unique().sort()
    if warehouses.null_count() or warehouses.to_list() != list(base.warehouses):
        return None
    sku = positions(frame["sku_id"], tables.skus["sku_id"])
    warehouse = positions(frame["warehouse_id"], warehouses)
    if (sku < 0).any():
        return None
    supply = np.zeros_like(base.supply)
    np.add.at(supply, (warehouse, sku), frame["units"].to_numpy())
    return {
        "supply": supply,
        "share_cap": _share_cap(supply, tables.settings.share_cap_ppm),
        "keys": replace(base.keys, supply_sku=sku, supply_warehouse=warehouse),
    }


def _packs_and_prices(base: Problem, tables: Tables) -> dict[str, Ints]:
    """Pack and price of every row: its own, else its SKU's."""
    t, k = tables, base.keys
    own_pack, own_price = t.skus["pack"], t.skus["price_cents"]
    return {
        "line_pack": _or_default(t.order_lines["pack"], own_pack, k.line_item),
        "line_price": _or_default(t.order_lines["price_cents"], own_price, k.line_item),
        "stock_pack": _or_default(t.store_stock["pack"], own_pack, k.stock_sku),
        "reserve_pack": _or_default(t.region_reserves["pack"], own_pack, k.reserve_sku),
    }


def _or_default(own: pl.Series, default: pl.Series, item: Ints) -> Ints:
    if not own.null_count():
        return own.to_numpy()
    # A prepack has no default; -1 shows where one would be needed.
    defaults = np.append(default.to_numpy(), -1)
    found = defaults[np.minimum(item, len(defaults) - 1)]
    return np.where(own.is_null().to_numpy(), found, own.fill_null(0).to_numpy())


def _claims(base: Problem, tables: Tables, changed: set[str]) -> Claims | None:
    """The base's claims with the edited amounts; None where claims come or go."""
    c = base.claims
    if not changed & {"order_lines", "store_stock", "region_reserves"}:
        return c
    values = _packs_and_prices(base, tables)
    wanted, pack, price = c.wanted.copy(), c.pack.copy(), c.price.copy()
    lines = c.kind <= RESERVE
    rows = c.source[lines]
    wanted[lines] = tables.order_lines["qty"].to_numpy()[rows]
    pack[lines] = values["line_pack"][rows]
    price[c.kind == 0] = values["line_price"][c.source[c.kind == 0]]
    for name, kind, more, less in GAPS:
        frame: pl.DataFrame = getattr(tables, name)
        gap = frame[more].to_numpy() - frame[less].to_numpy()
        mine = c.kind == kind
        if int((gap > 0).sum()) != int(mine.sum()) or not (gap[c.source[mine]] > 0).all():
            return None
        wanted[mine] = gap[c.source[mine]]
        packs = values["stock_pack" if kind == STORE else "reserve_pack"]
        pack[mine] = packs[c.source[mine]]
    too_dear = price > MAX_CENTS // np.maximum(wanted, 1)
    if (pack < 1).any() or (wanted * c.unit_pieces > MAX_CLAIM_PIECES).any() or too_dear.any():
        return None
    pieces = np.minimum(pack, MAX_CLAIM_PIECES + 1) * c.unit_pieces
    return replace(c, wanted=wanted, pack=pack, price=price, pack_pieces=pieces)

"""The input as tables: one data frame per file, and the settings of the run."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from io import BytesIO
from typing import Any

import polars as pl

from allocator.faults import Phrase
from allocator.fingerprint import (
    Coded,
    Pair,
    RowOrder,
    code_texts,
    digest_of,
    order_of_rows,
    sort_texts,
)

TEXT = pl.String
WHOLE = pl.Int64

# The columns of every file. A column in OPTIONAL_COLUMNS may be missing, a cell in MAY_BE_EMPTY
# may be empty: the SKU's own pack or price counts then.
COLUMNS: dict[str, dict[str, type[pl.String] | type[pl.Int64]]] = {
    "regions": {"region_id": TEXT, "name": TEXT},
    "products": {"product_id": TEXT, "launch_rank": WHOLE, "season": TEXT},
    "skus": {
        "sku_id": TEXT,
        "product_id": TEXT,
        "size": TEXT,
        "price_cents": WHOLE,
        "pack": WHOLE,
    },
    "supply": {"warehouse_id": TEXT, "sku_id": TEXT, "units": WHOLE},
    "franchisees": {
        "franchisee_id": TEXT,
        "rank": WHOLE,
        "reserve_rank": WHOLE,
        "balance_cents": WHOLE,
        "credit_limit_cents": WHOLE,
        "guarantee_cents": WHOLE,
        "blocked": WHOLE,
    },
    "orders": {
        "order_id": TEXT,
        "franchisee_id": TEXT,
        "ship_complete": WHOLE,
        "min_ship_value_cents": WHOLE,
    },
    "order_lines": {
        "line_id": TEXT,
        "order_id": TEXT,
        "sku_id": TEXT,
        "qty": WHOLE,
        "pack": WHOLE,
        "price_cents": WHOLE,
        "reserve": WHOLE,
    },
    "stores": {"store_id": TEXT, "region_id": TEXT, "tier": TEXT},
    "store_stock": {
        "store_id": TEXT,
        "sku_id": TEXT,
        "safety": WHOLE,
        "on_hand": WHOLE,
        "pack": WHOLE,
    },
    "region_reserves": {
        "region_id": TEXT,
        "sku_id": TEXT,
        "target": WHOLE,
        "current": WHOLE,
        "pack": WHOLE,
    },
    "prepacks": {"prepack_id": TEXT, "sku_id": TEXT, "qty": WHOLE},
}
TABLE_NAMES = tuple(COLUMNS)
OPTIONAL_COLUMNS = {("franchisees", "reserve_rank"), ("order_lines", "reserve")}
MAY_BE_EMPTY = {
    ("franchisees", "reserve_rank"),
    ("order_lines", "reserve"),
    ("order_lines", "pack"),
    ("order_lines", "price_cents"),
    ("store_stock", "pack"),
    ("region_reserves", "pack"),
    ("regions", "name"),
    ("skus", "size"),
}
# Tables whose rows are known by their first two columns together, not by the first alone.
PAIRS = ("supply", "store_stock", "region_reserves", "prepacks")
# Texts that say nothing to the model; empty and missing are the same.
DESCRIPTIONS = {"regions": ("name",), "skus": ("size",)}


@dataclass(frozen=True)
class Settings:
    """What holds for the whole run.

    season: SS or AW; region_order: per season the regions, the most important first;
    tiers: the most important first; launch_ties: STRICT or SHARED;
    pick_capacity: pieces per warehouse, a warehouse not named is unlimited;
    share_cap_ppm, size_run_min: None = off.
    """

    season: str
    region_order: Mapping[str, tuple[str, ...]]
    tiers: tuple[str, ...]
    launch_ties: str = "STRICT"
    pick_capacity: Mapping[str, int] | None = None
    share_cap_ppm: int | None = None
    size_run_min: int | None = None

    def as_json(self) -> dict[str, object]:
        """The content of settings.json."""
        return {
            "season": self.season,
            "region_order": {season: list(ids) for season, ids in self.region_order.items()},
            "tiers": list(self.tiers),
            "launch_ties": self.launch_ties,
            "pick_capacity": None if self.pick_capacity is None else dict(self.pick_capacity),
            "share_cap_ppm": self.share_cap_ppm,
            "size_run_min": self.size_run_min,
        }


def empty(table: str) -> pl.DataFrame:
    """A table without rows, with the file's columns."""
    return pl.DataFrame(schema=COLUMNS[table])


@dataclass(frozen=True)
class Tables:
    """The whole input. Each frame has exactly its file's columns (`COLUMNS`); edit with `replace`.

    notes: what the reader has to report about the files; no part of the content.
    """

    settings: Settings
    regions: pl.DataFrame = field(default_factory=lambda: empty("regions"))
    products: pl.DataFrame = field(default_factory=lambda: empty("products"))
    skus: pl.DataFrame = field(default_factory=lambda: empty("skus"))
    supply: pl.DataFrame = field(default_factory=lambda: empty("supply"))
    franchisees: pl.DataFrame = field(default_factory=lambda: empty("franchisees"))
    orders: pl.DataFrame = field(default_factory=lambda: empty("orders"))
    order_lines: pl.DataFrame = field(default_factory=lambda: empty("order_lines"))
    stores: pl.DataFrame = field(default_factory=lambda: empty("stores"))
    store_stock: pl.DataFrame = field(default_factory=lambda: empty("store_stock"))
    region_reserves: pl.DataFrame = field(default_factory=lambda: empty("region_reserves"))
    prepacks: pl.DataFrame = field(default_factory=lambda: empty("prepacks"))
    notes: tuple[Phrase, ...] = ()
    # sha256 of each table, kept because edited tables share most of their base's.
    _digests: dict[str, bytes] = field(default_factory=dict, init=False, repr=False, compare=False)
    # What building a problem and the fingerprint both need; see `release`.
    _orders: dict[str, RowOrder] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _pairs: dict[str, Pair] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Bring every frame to the file's columns; a missing optional column becomes empty."""
        for name in TABLE_NAMES:
            frame = _with_columns_of(name, getattr(self, name))
            if frame.n_chunks() > 1:
                # In one piece rows are found forty times as fast, and numbers need no copy.
                frame = frame.rechunk()
            for text in DESCRIPTIONS.get(name, ()):
                if frame[text].null_count():
                    frame = frame.with_columns(pl.col(text).fill_null(""))
            object.__setattr__(self, name, frame)

    def frames(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Every table with its name, in the order of `TABLE_NAMES`."""
        for name in TABLE_NAMES:
            yield name, getattr(self, name)

    def canonical_frames(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """The same tables with sorted rows. Only the order of regions says something."""
        for name, frame in self.frames():
            rows = None if name == "regions" else self.row_order(name).rows
            yield name, (frame if rows is None else frame[rows])

    def row_order(self, name: str) -> RowOrder:
        """The canonical order of a table's rows."""
        found = self._orders.get(name)
        if found is None:
            found = order_of_rows(getattr(self, name), self._pair(name), by_pair=name in PAIRS)
            self._orders[name] = found
        return found

    def cache_codes(self, name: str, first: Coded, second: Coded) -> None:
        """Take over the first two columns of one of PAIRS, without empty cells, as numbers: it
        spares `row_order` and the fingerprint to look every text up."""
        self._pairs[name] = (sort_texts(first), sort_texts(second))

    def _pair(self, name: str) -> Pair | None:
        """The two columns of a key of two, without empty cells, as numbers."""
        if name not in PAIRS:
            return None
        first, second = getattr(self, name).get_columns()[:2]
        if first.null_count() or second.null_count():
            return None
        found = self._pairs.get(name)
        if found is None:
            found = (code_texts(first), code_texts(second))
            self._pairs[name] = found
        return found

    def release(self) -> None:
        """Let go of what was kept for a fingerprint, where that is known."""
        # Listed first: another thread may be hashing.
        for name in list(self._digests):
            self._orders.pop(name, None)
            self._pairs.pop(name, None)

    def to_bytes(self) -> bytes:
        """A snapshot: equal content gives equal bytes, in whatever order the rows came."""
        parts = [
            json.dumps(self._settings_and_shape(), sort_keys=True, ensure_ascii=False).encode()
        ]
        parts += [_csv(frame) for _, frame in self.canonical_frames()]
        self.release()
        body = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return zlib.compress(body, level=1)

    @staticmethod
    def from_bytes(data: bytes) -> Tables:
        """The tables that `to_bytes` wrote."""
        body, parts, at = zlib.decompress(data), [], 0
        while at < len(body):
            size = int.from_bytes(body[at : at + 8], "big")
            parts.append(body[at + 8 : at + 8 + size])
            at += 8 + size
        head = json.loads(parts[0])
        frames: dict[str, Any] = {
            name: pl.read_csv(BytesIO(part), schema=COLUMNS[name])
            for name, part in zip(head["tables"], parts[1:], strict=True)
        }
        return Tables(settings=settings_from_json(head["settings"]), **frames)

    def fingerprint(self) -> str:
        """sha256 of the content: equal whatever the order of the rows, as long as plans are."""
        digest = hashlib.sha256()
        unlisted = {
            season: [r for r in self.regions["region_id"].to_list() if r not in set(listed)]
            for season, listed in self.settings.region_order.items()
        }
        head = {"settings": self.settings.as_json(), "unlisted_regions": unlisted}
        digest.update(json.dumps(head, sort_keys=True, ensure_ascii=False).encode())
        for name, frame in self.frames():
            if name not in self._digests:
                self._digests[name] = digest_of(frame, self.row_order(name), self._pair(name))
                self.release()
            digest.update(f"\0{name}\0".encode() + self._digests[name])
        return digest.hexdigest()

    def share_digests(self, other: Tables) -> None:
        """Take over what the other's fingerprint knows of tables that both share."""
        for name, known in other._digests.items():
            if getattr(self, name) is getattr(other, name):
                self._digests.setdefault(name, known)

    def _settings_and_shape(self) -> dict[str, object]:
        return {"settings": self.settings.as_json(), "tables": list(TABLE_NAMES)}


def settings_from_json(content: Mapping[str, object]) -> Settings:
    """Settings from content that is known to be sound (`files.read_settings` checks)."""
    known = {one.name for one in fields(Settings)}
    values = {key: value for key, value in content.items() if key in known}
    order = values["region_order"]
    tiers = values["tiers"]
    assert isinstance(order, Mapping)  # noqa: S101 - narrows
    assert isinstance(tiers, list | tuple)  # noqa: S101 - narrows
    values["region_order"] = {season: tuple(ids) for season, ids in order.items()}
    values["tiers"] = tuple(tiers)
    if values.get("launch_ties") is None:
        values["launch_ties"] = "STRICT"
    return Settings(**values)  # type: ignore[arg-type]  # content is checked by the reader


def _with_columns_of(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Exactly the file's columns, in their order and types."""
    wanted = COLUMNS[table]
    if frame.schema == pl.Schema(wanted):
        return frame
    missing = [c for c in wanted if c not in frame.columns and (table, c) not in OPTIONAL_COLUMNS]
    if missing:
        raise KeyError(f"Table {table} lacks the column {missing[0]}.")
    return frame.select(
        pl.col(column).cast(kind) if column in frame.columns else pl.lit(None, kind).alias(column)
        for column, kind in wanted.items()
    )


def _csv(frame: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    # "necessary" quotes an empty text, so that it stays apart from an empty cell.
    frame.write_csv(buffer, quote_style="necessary")
    return buffer.getvalue()

"""Where products, regions and tiers stand in the keys of levels, and the order of ids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from allocator.claims import REGION
from allocator.faults import Phrase, phrase
from allocator.references import ROW, Ints
from allocator.sorting import is_ascending, sort_by_codes
from allocator.tables import Tables


@dataclass(frozen=True)
class LevelParts:
    """What level keys are made of, per claim: see `allocator.levels`."""

    product_place: Ints
    region_place: dict[str, Ints]
    tier_place: Ints


def text_positions(texts: pl.Series) -> Ints:
    """For each text its position when sorted by code point."""
    n = texts.len()
    if is_ascending(texts):
        return np.arange(n, dtype=ROW)
    found = np.empty(n, dtype=ROW)
    found[texts.arg_sort().to_numpy()] = np.arange(n, dtype=ROW)
    return found


def order_of_pairs(first: pl.Series, second: pl.Series, first_row: Ints, second_row: Ints) -> Ints:
    """The order of `first:second` by code point."""
    marked = first + ":"
    if not first.str.contains(":", literal=True).any():
        # No marked id is then a prefix of another: comparing the joined text is comparing
        # the marked first id, then the second.
        codes = [text_positions(marked)[first_row], text_positions(second)[second_row]]
    else:
        joined = marked.gather(first_row) + second.gather(second_row)
        codes = [text_positions(joined)]
    return sort_by_codes(codes)[0].astype(ROW)


def dense(values: Ints) -> Ints:
    """Ranks without gaps: 0 for the smallest value."""
    return np.unique(values, return_inverse=True)[1].astype(ROW)


def product_positions(tables: Tables) -> Ints:
    """Place of each product in a level key: by launch rank, then, unless ties share, by id."""
    launch = dense(tables.products["launch_rank"].to_numpy())
    if tables.settings.launch_ties == "SHARED":
        return launch
    places = text_positions(tables.products["product_id"])
    return dense(launch.astype(np.int64) * max(len(launch), 1) + places)


def region_positions(tables: Tables) -> tuple[dict[str, Ints], list[Phrase]]:
    """Place of each region per season, and a warning for each that a season does not list.

    Only of a season whose goods the region wants: another one's order decides nothing here.
    """
    ids = tables.regions["region_id"].to_list()
    found, warnings = {}, []
    for season in ("SS", "AW"):
        listed = tables.settings.region_order.get(season, ())
        unlisted = [region for region in ids if region not in set(listed)]
        place = {region: at for at, region in enumerate([*listed, *unlisted])}
        found[season] = np.array([place[region] for region in ids], dtype=ROW)
        warnings += [
            phrase("files.REGION_UNLISTED", region=region, season=season)
            for region in _wanting(tables, season, unlisted)
        ]
    return found, warnings


def _wanting(tables: Tables, season: str, regions: list[str]) -> list[str]:
    """Those of the regions whose stores or reserves lack goods that the season's order decides."""
    if not regions:
        return []
    # What has no season follows the order of the one that the run is for.
    seasons = [season, "NS"] if tables.settings.season == season else [season]
    products = tables.products.filter(pl.col("season").is_in(seasons))
    skus = tables.skus.join(products, on="product_id", how="semi")
    stores = tables.stores.filter(pl.col("region_id").is_in(regions))
    gaps = tables.store_stock.filter(pl.col("safety") > pl.col("on_hand"))
    short = gaps.join(skus, on="sku_id", how="semi").join(stores, on="store_id", how="inner")
    lacks = tables.region_reserves.filter(pl.col("target") > pl.col("current"))
    reserves = lacks.join(skus, on="sku_id", how="semi")
    wanting = {*short["region_id"].to_list(), *reserves["region_id"].to_list()}
    return [region for region in regions if region in wanting]


def stage3_key(
    tables: Tables, parts: LevelParts, product: Ints, region: Ints, tier: Ints, kind: int
) -> list[Ints]:
    """(non-seasonal, other season, region | kind, kind | region), product, tier."""
    run_season = tables.settings.season
    season = tables.products["season"]
    is_free = (season == "NS").to_numpy()
    is_other = (season != run_season).to_numpy() & ~is_free
    n_regions = max(tables.regions.height, 1)
    is_region = int(kind == REGION)
    # One number per product for what comes first, and the region order it goes by: its own
    # season's, or the run's.
    first = (is_free * ROW(2) + is_other) * ROW(2 * n_regions)
    goes_by_ss = (season == "SS").to_numpy() | (is_free & (run_season == "SS"))
    free = is_free[product]
    ss, aw = parts.region_place["SS"], parts.region_place["AW"]
    place = np.where(goes_by_ss[product], ss[region], aw[region])
    middle = np.where(free, is_region * n_regions + place, place * 2 + is_region)
    return [first[product] + middle, parts.product_place[product], tier]

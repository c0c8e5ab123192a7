"""Wishes of stores and reserves: what a run found their gaps to be, and what became of it.

An order line's wish is the line itself. A gap has no row of its own: it shrinks and grows with the
store's stock, and every run finds it again. So that units which were not given are not counted
again by each run, a run compares the gap with what earlier wishes left open.
"""

import datetime as dt

import polars as pl
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.bulk import insert_columns
from persistence.copying import bigints, copy_out
from persistence.tables import GapWishRow

CLAIMANT = ["store_id", "region_id", "sku_id"]
_WISHES = {
    "id": pl.Int64,
    "store_id": pl.Int64,
    "region_id": pl.Int64,
    "sku_id": pl.Int64,
    "left": pl.Int64,
}

_CHANGE = text(
    """
    UPDATE gap_wishes AS wish
    SET units_given = wish.units_given + changed.given,
      units_withdrawn = wish.units_withdrawn + changed.withdrawn
    FROM unnest(CAST(:id AS bigint[]), CAST(:given AS bigint[]), CAST(:withdrawn AS bigint[]))
      AS changed (id, given, withdrawn)
    WHERE wish.id = changed.id
    """
)


async def update_wishes(
    session: AsyncSession, run_id: int, now: dt.datetime, gaps: pl.DataFrame, given: pl.DataFrame
) -> None:
    """Open, withdraw and fulfil wishes by what a run found and gave.

    gaps: store_id, region_id, sku_id, units of every store and reserve that the run looked at,
    also such as lack nothing. given: the same columns of what it gave. No other run looks at these
    goods meanwhile.
    """
    if gaps.height == 0:
        return
    wishes = await copy_out(
        session,
        f"""
        SELECT id, store_id, region_id, sku_id, units - units_given - units_withdrawn
        FROM gap_wishes WHERE units_given + units_withdrawn < units
          AND sku_id = ANY({bigints(gaps["sku_id"].unique().to_list())}) ORDER BY id
        """,  # noqa: S608 - keys of ours
        _WISHES,
    )
    changed, opened = moved_wishes(wishes, gaps, given)
    if changed.height:
        await session.execute(_CHANGE, changed.to_dict(as_series=False))
    count = opened.height
    await insert_columns(
        session,
        GapWishRow,
        {
            "run_id": [run_id] * count,
            "asked_at": [now] * count,
            **opened.to_dict(as_series=False),
        },
    )


def moved_wishes(
    wishes: pl.DataFrame, gaps: pl.DataFrame, given: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What changes of open wishes (id, given, withdrawn), and the new ones (claimant, units,
    units_given).

    wishes: id, claimant, left; the oldest first. A gap above what is open is a new wish; one below
    withdraws from the youngest. Goods go to the oldest.
    """
    found = (
        wishes.group_by(CLAIMANT)
        .agg(carried=pl.col("left").sum())
        .join(gaps, on=CLAIMANT, how="full", nulls_equal=True, coalesce=True)
        .join(
            given.group_by(CLAIMANT).agg(given=pl.col("units").sum()),
            on=CLAIMANT,
            how="left",
            nulls_equal=True,
        )
        .with_columns(pl.col("carried", "units", "given").fill_null(0))
    )
    units, carried = pl.col("units"), pl.col("carried")
    left = pl.col("left")
    open_after = left - pl.col("withdrawn")
    changed = (
        wishes.join(found, on=CLAIMANT, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(younger=left.cum_sum(reverse=True).over(CLAIMANT) - left)
        .with_columns(withdrawn=(carried - units - pl.col("younger")).clip(0, left))
        .with_columns(older=open_after.cum_sum().over(CLAIMANT) - open_after)
        .with_columns(to_give=(pl.col("given") - pl.col("older")).clip(0, open_after))
    )
    fulfilled = changed.group_by(CLAIMANT).agg(fulfilled=pl.col("to_give").sum())
    opened = (
        found.filter(units > carried)
        .join(fulfilled, on=CLAIMANT, how="left", nulls_equal=True)
        .select(
            *CLAIMANT,
            units=units - carried,
            units_given=pl.col("given") - pl.col("fulfilled").fill_null(0),
        )
        .sort(CLAIMANT)
    )
    moved = changed.filter((pl.col("withdrawn") > 0) | (pl.col("to_give") > 0))
    return moved.select("id", "withdrawn", given="to_give"), opened

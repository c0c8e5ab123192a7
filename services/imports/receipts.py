"""A goods receipt as a CSV file: warehouse_id, sku_id, units; checked like any import."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from domain.messages import msg
from services.imports.canonical import draft_of, headings_of
from services.imports.checking import check_tables
from services.imports.dataset import Arrival
from services.imports.drafts import Draft
from services.imports.faults import BadInput, Fault, in_order
from services.imports.reading import Reading, read_csv
from services.imports.tables import TABLES

TABLE = "arrivals"


def read_receipt(path: Path, receipt_number: str) -> Arrival:
    """The receipt of one file, all of it for one warehouse. Raises BadInput with every fault."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(
            [
                Fault(
                    path.name,
                    None,
                    None,
                    None,
                    msg("imports.CANNOT_BE_READ", error=error.strerror),
                    msg("imports.CHECK_PATH"),
                )
            ]
        ) from None
    sheet = read_csv(data, path.name, Reading())
    if sheet.faults:
        raise BadInput(in_order(sheet.faults))
    if sheet.frame.is_empty():
        problem, remedy = msg("imports.NO_GOODS"), msg("imports.GIVE_ROW_PER_SKU")
        raise BadInput([Fault(path.name, None, None, None, problem, remedy)])
    given, faults = headings_of(sheet, TABLES[TABLE])
    # The number is the command's, whatever stands in the file.
    given.pop("receipt_id", None)
    draft = draft_of(sheet, TABLES[TABLE], given)
    numbered = draft.frame.with_columns(pl.lit(receipt_number).alias("receipt_id"))
    draft = replace(draft, frame=numbered)
    checked = check_tables({TABLE: draft})
    faults += [*checked.faults, *_other_warehouses(draft)]
    if faults:
        raise BadInput(in_order(faults))
    arrivals = checked.frames[TABLE]
    units = dict(arrivals.select("sku_id", "units").iter_rows())
    return Arrival(receipt_number, arrivals["warehouse_id"][0], units)


def _other_warehouses(draft: Draft) -> list[Fault]:
    if "warehouse_id" not in draft.columns:
        return []
    first = draft.frame["warehouse_id"][0]
    return [
        draft.fault(
            position,
            "warehouse_id",
            msg("imports.OTHER_WAREHOUSE", first=first),
            msg("imports.FILE_PER_WAREHOUSE"),
        )
        for position in (draft.frame["warehouse_id"] != first).arg_true()
    ]

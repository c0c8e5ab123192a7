"""Ask a rule of the domain about columns of rows: each combination of values once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl

from domain.objections import Objection
from services.imports.drafts import Draft
from services.imports.faults import Fault

Frames = Mapping[str, pl.DataFrame]
Drafts = Mapping[str, Draft]


def judged(
    frame: pl.DataFrame,
    drafts: Drafts,
    table: str,
    column: str,
    rule: Callable[..., Objection | None],
    *others: str,
) -> Iterator[Fault]:
    """Faults of a column's cells where the rule objects to the cell beside these others.

    frame: the table's rows in their order, perhaps with columns of other tables beside them. A row
    in which one of the values is not known is not asked about.
    """
    # In plain Python: a rule is Python too, and small tables are not worth a pool of threads.
    rows = zip(*(frame[name].to_list() for name in (column, *others)), strict=True)
    judged: dict[tuple[Any, ...], Objection | None] = {}
    for position, values in enumerate(rows):
        if None in values:
            continue
        if values not in judged:
            judged[values] = rule(*values)
        objection = judged[values]
        if objection is not None:
            yield drafts[table].fault(position, column, objection.problem, objection.remedy)

"""What a plan holds besides the goods it gives, packed: its refused claims and its levels.

A plan may refuse a hundred times as many claims as it gives something. As rows with indexes they
would cost more than all the rest of a commit; packed column by column they take some ten bytes
each, and a page of them is found by reading one or two parts.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.allocation import PlanPart
from persistence.bulk import insert_columns
from persistence.tables import AllocationPlanPartRow

# The column by which the rows of each kind are numbered, ascending.
PLACES: Mapping[str, str] = {PlanPart.REFUSED: "seq", PlanPart.LEVELS: "position"}
# A part takes some milliseconds to read, and is what a page costs at most twice.
ROWS_IN_PART = 5_000
# A little worse than the default, and three times as fast.
_LEVEL = 3

Columns = dict[str, list[Any]]


@dataclass(frozen=True)
class Part:
    """A stretch of rows of one kind, from `first` to `last` by their place."""

    kind: PlanPart
    first: int
    last: int
    rows: int
    content: bytes


def packed(kind: PlanPart, columns: Mapping[str, Sequence[Any]]) -> Iterator[Part]:
    """Parts of these columns, all of one length and sorted by their place."""
    places = columns[PLACES[kind]]
    for start in range(0, len(places), ROWS_IN_PART):
        stretch = {name: values[start : start + ROWS_IN_PART] for name, values in columns.items()}
        mine = stretch[PLACES[kind]]
        content = zlib.compress(orjson.dumps(stretch), level=_LEVEL)
        yield Part(kind, mine[0], mine[-1], len(mine), content)


def unpacked(content: bytes) -> Columns:
    """The columns of a part."""
    columns: Columns = orjson.loads(zlib.decompress(content))
    return columns


async def write_parts(session: AsyncSession, run_id: int, parts: Sequence[Part]) -> None:
    """Keep the parts of a run's plan."""
    await insert_columns(
        session,
        AllocationPlanPartRow,
        {
            "run_id": [run_id] * len(parts),
            "kind": [part.kind for part in parts],
            "first": [part.first for part in parts],
            "last": [part.last for part in parts],
            "rows": [part.rows for part in parts],
            "content": [part.content for part in parts],
        },
    )


async def parts_of(
    session: AsyncSession, kind: PlanPart, runs: Sequence[int]
) -> list[AllocationPlanPartRow]:
    """The parts of these runs without their content, in the order of their rows."""
    row = AllocationPlanPartRow
    found = await session.execute(
        select(row.run_id, row.kind, row.first, row.last, row.rows)
        .where(row.run_id.in_(runs), row.kind == kind)
        .order_by(row.run_id, row.first)
    )
    return [
        AllocationPlanPartRow(run_id=run, kind=kind, first=first, last=last, rows=rows)
        for run, kind, first, last, rows in found
    ]


async def read_part(session: AsyncSession, part: AllocationPlanPartRow) -> Columns:
    """The columns of one part."""
    row = AllocationPlanPartRow
    content = await session.scalar(
        select(row.content).where(
            row.run_id == part.run_id, row.kind == part.kind, row.first == part.first
        )
    )
    # Policy may have let it go since the parts were listed.
    return {} if content is None else unpacked(content)

"""Many rows in one statement: columns sent as arrays, so a plan of any size is one round trip."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB, dialect
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.tables import Base

_POSTGRESQL = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves dialects untyped


async def insert_columns(
    session: AsyncSession, row: type[Base], columns: Mapping[str, Sequence[Any]]
) -> None:
    """Insert rows given column by column, all of one length; JSON values arrive as text.

    Names come from our own tables, never from a client.
    """
    table = row.__table__
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1:
        raise ValueError(f"columns of {row.__tablename__} differ in length: {sorted(lengths)}")
    if lengths == {0}:
        return
    parts, chosen = [], []
    for name in columns:
        kind = table.c[name].type
        sent = "text" if isinstance(kind, JSONB) else kind.compile(_POSTGRESQL)
        parts.append(f"CAST(:{name} AS {sent}[])")
        chosen.append(f"CAST({name} AS jsonb)" if isinstance(kind, JSONB) else name)
    names = ", ".join(columns)
    statement = text(
        f"INSERT INTO {row.__tablename__} ({names})"  # noqa: S608 - names of our own columns
        f" SELECT {', '.join(chosen)} FROM unnest({', '.join(parts)}) AS sent ({names})"
    )
    await session.execute(statement, {name: list(values) for name, values in columns.items()})

"""Figures over the rows of a source, group by group."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.kpis import KpiGroup
from persistence.kpis.registry import KpiCode, Share
from persistence.kpis.sources import Source


async def figures_of(
    session: AsyncSession,
    source: Source,
    codes: Sequence[KpiCode],
    group: KpiGroup,
    values: Mapping[str, Any],
    *,
    of_run: bool = False,
    limit: int,
) -> Sequence[Any]:
    """key, label, label_zh, currency, rows, groups, and of each code `parts_of` it.

    groups: how many there are in all, also beyond the limit. values: what the rows take.
    """
    grouping = source.groups[group]
    currency = "currency" if source.has_currency else "NULL"
    figures = ", ".join(
        f"{sql} AS {name}" for code in codes for name, sql in parts_of(code).items()
    )
    statement = (
        f"WITH {source.of_run if of_run else source.rows}"  # noqa: S608 - the registry's own text
        f" SELECT {grouping.key} AS key, {grouping.label or grouping.key} AS label,"
        f"   {grouping.label_zh} AS label_zh, {currency} AS currency, count(*) AS rows,"
        f"   count(*) OVER () AS groups, {figures}"
        f" FROM {source.name} WHERE {grouping.key} IS NOT NULL AND {grouping.concerns}"
        f" GROUP BY {grouping.key}{', currency' if source.has_currency else ''}"
        f" ORDER BY {source.order} LIMIT :limit"
    )
    taken = {name: value for name, value in values.items() if f":{name}" in statement}
    return (await session.execute(text(statement), {**taken, "limit": limit})).all()


def parts_of(code: KpiCode) -> dict[str, str]:
    """The columns of a figure: what is divided and by what, or its value."""
    name, figure = code.name.lower(), code.definition.figure
    if isinstance(figure, Share):
        return {f"{name}_part": figure.numerator, f"{name}_whole": figure.denominator}
    return {f"{name}_value": figure.value}

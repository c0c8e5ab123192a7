"""Key figures, each with its formula and what it is made of (K1, K2)."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from domain.currencies import CurrencyCode
from domain.errors import InvalidInput
from domain.kpis import KpiCode, KpiGroup
from domain.roles import Action
from gql.context import Info
from gql.limits import SIZE
from gql.nodes import optional_key
from gql.permissions import Needs
from services.kpis import (
    CYCLE_FORMULA,
    FILL_FORMULA,
    ON_TIME_FORMULA,
    CycleTime,
    FillRate,
    OnTime,
    cycle_times,
    fill_rates,
    milestones_on_time,
)

_FILL = frozenset({KpiCode.FILL_RATE_UNITS, KpiCode.FILL_RATE_VALUE})
_CYCLE = frozenset(
    {
        KpiCode.ORDER_CYCLE_DAYS_MEAN,
        KpiCode.ORDER_CYCLE_DAYS_P50,
        KpiCode.ORDER_CYCLE_DAYS_P90,
    }
)
_ON_TIME = frozenset({KpiCode.MILESTONE_ON_TIME_RATE})


@strawberry.type(description="One key figure of one group.")
class Kpi:
    """A figure and what it is made of."""

    code: KpiCode = strawberry.field(description="Which figure.")
    formula: str = strawberry.field(description="How it is computed, in words.")
    group_by: KpiGroup = strawberry.field(description="By what it is told apart.")
    key: str = strawberry.field(description="The group: a code, or a month such as 2026-03.")
    label: str = strawberry.field(description="The group's name for people.")
    value: Decimal | None = strawberry.field(
        description="The figure; null where there is nothing to divide by."
    )
    numerator: Decimal | None = strawberry.field(
        description="What was divided, where it is a share."
    )
    denominator: Decimal | None = strawberry.field(
        description="What it was divided by, where it is a share."
    )
    currency: CurrencyCode | None = strawberry.field(
        description="The currency of the claims counted; figures never mix currencies."
    )
    count: int = strawberry.field(description="How many claims, orders or steps are behind it.")


@strawberry.type(description="Key figures, and whether that is all of them.")
class KpiReport:
    """The figures asked for."""

    nodes: list[Kpi] = strawberry.field(description="The figures.", metadata={SIZE: 200})
    left_out: int = strawberry.field(
        description="How many groups of fill rates are left out: those with the least demand."
    )


@strawberry.type
class KpiQueries:
    """Root fields about key figures."""

    @strawberry.field(
        description="Key figures. Fill rates are told by `groupBy`; cycle times and milestones on "
        "time always by month.",
        extensions=[Needs(Action.VIEW_KPIS)],
    )
    async def kpis(
        self,
        info: Info,
        codes: Annotated[
            list[KpiCode] | None, strawberry.argument(description="Which; none = all.")
        ] = None,
        group_by: Annotated[
            KpiGroup, strawberry.argument(description="By what to tell fill rates.")
        ] = KpiGroup.STAGE,
        since: Annotated[
            dt.date | None, strawberry.argument(description="From this day on.")
        ] = None,
        until: Annotated[
            dt.date | None, strawberry.argument(description="Up to, but without, this day.")
        ] = None,
        run_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Fill rates of this allocation run only."),
        ] = None,
    ) -> KpiReport:
        """The figures asked for."""
        wanted = set(codes or KpiCode)
        if since is not None and until is not None and since > until:
            raise InvalidInput("`since` must not be after `until`.", field="since")
        run = optional_key(run_id, "AllocationRun", "runId")
        found: list[Kpi] = []
        left_out = 0
        async with info.context.uow() as uow:
            if wanted & _FILL:
                fills = await fill_rates(uow, group_by, run_id=run, since=since, until=until)
                found += [kpi for row in fills.rows for kpi in _fill(row, group_by)]
                left_out = fills.left_out
            if wanted & _CYCLE:
                cycles = await cycle_times(uow, since=since, until=until)
                found += [kpi for row in cycles for kpi in _cycle(row)]
            if wanted & _ON_TIME:
                steps = await milestones_on_time(uow, since=since, until=until)
                found += [_on_time(row) for row in steps]
        return KpiReport(nodes=[kpi for kpi in found if kpi.code in wanted], left_out=left_out)


def _fill(row: FillRate, group_by: KpiGroup) -> Iterator[Kpi]:
    common: dict[str, Any] = {
        "formula": FILL_FORMULA,
        "group_by": group_by,
        "key": row.key,
        "label": row.label,
        "currency": CurrencyCode(row.currency),
        "count": row.claims,
    }
    yield Kpi(
        code=KpiCode.FILL_RATE_UNITS,
        value=row.units_rate,
        numerator=Decimal(row.units_given),
        denominator=Decimal(row.units_wanted),
        **common,
    )
    yield Kpi(
        code=KpiCode.FILL_RATE_VALUE,
        value=row.value_rate,
        numerator=row.value_given,
        denominator=row.value_wanted,
        **common,
    )


def _cycle(row: CycleTime) -> Iterator[Kpi]:
    figures = {
        KpiCode.ORDER_CYCLE_DAYS_MEAN: row.days_mean,
        KpiCode.ORDER_CYCLE_DAYS_P50: Decimal(row.days_p50),
        KpiCode.ORDER_CYCLE_DAYS_P90: Decimal(row.days_p90),
    }
    for code, value in figures.items():
        yield Kpi(
            code=code,
            formula=CYCLE_FORMULA,
            group_by=KpiGroup.MONTH,
            key=row.month,
            label=row.month,
            value=value,
            numerator=None,
            denominator=None,
            currency=None,
            count=row.orders,
        )


def _on_time(row: OnTime) -> Kpi:
    return Kpi(
        code=KpiCode.MILESTONE_ON_TIME_RATE,
        formula=ON_TIME_FORMULA,
        group_by=KpiGroup.MONTH,
        key=row.month,
        label=row.month,
        value=row.rate,
        numerator=Decimal(row.on_time),
        denominator=Decimal(row.closed),
        currency=None,
        count=row.closed,
    )

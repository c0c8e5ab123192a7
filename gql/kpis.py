"""Key figures, each with its formula and what it is made of (K1, K2)."""

import datetime as dt
from decimal import Decimal
from typing import Annotated

import strawberry

from domain.allocation import STAGES
from domain.currencies import CurrencyCode
from domain.errors import InvalidInput
from domain.kpis import KpiDirection, KpiGroup, KpiUnit
from domain.messages import msg
from domain.roles import Action
from gql.context import Info
from gql.language import LocaleArgument, pick
from gql.limits import SIZE
from gql.nodes import optional_key
from gql.permissions import Needs
from persistence.kpis.registry import KpiCode
from services.kpis import Figure, key_figures


@strawberry.type(description="One key figure of one group.")
class Kpi:
    """A figure and what it is made of."""

    figure: strawberry.Private[Figure]
    code: KpiCode = strawberry.field(description="Which figure.")

    group_by: KpiGroup = strawberry.field(description="By what it is grouped.")
    key: str = strawberry.field(description="The group: a code, or a month such as 2026-03.")

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

    @strawberry.field(description="What the figure is called.")
    def name(self, info: Info, locale: LocaleArgument = None) -> str:
        """The figure's name in a language."""
        return pick(info, locale, *self.code.labels)

    @strawberry.field(description="How it is computed, in words.")
    def formula(self, info: Info, locale: LocaleArgument = None) -> str:
        """The formula in a language."""
        return pick(info, locale, *self.code.definition.formula)

    @strawberry.field(description="What it is counted in.")
    def unit(self) -> KpiUnit:
        """As the registry says."""
        return self.code.definition.unit

    @strawberry.field(description="Which way it gets better.")
    def direction(self) -> KpiDirection:
        """As the registry says."""
        return self.code.definition.direction

    @strawberry.field(description="The group's name for people.")
    def label(self, info: Info, locale: LocaleArgument = None) -> str:
        """The name in a language, where it has one."""
        if self.group_by is KpiGroup.STAGE:
            return pick(info, locale, *STAGES[int(self.key)].labels)
        return pick(info, locale, self.figure.label, self.figure.label_zh)

    @classmethod
    def of(cls, figure: Figure) -> "Kpi":
        """The figure of the schema."""
        return cls(
            figure=figure,
            code=figure.code,
            group_by=figure.group,
            key=figure.key,
            value=figure.value,
            numerator=figure.numerator,
            denominator=figure.denominator,
            currency=None if figure.currency is None else CurrencyCode(figure.currency),
            count=figure.count,
        )


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
        description="Key figures. Fill rates are grouped by `groupBy`; cycle times and milestones "
        "on time always by month.",
        extensions=[Needs(Action.VIEW_KPIS)],
    )
    async def kpis(
        self,
        info: Info,
        codes: Annotated[
            list[KpiCode] | None, strawberry.argument(description="Which; none = all.")
        ] = None,
        group_by: Annotated[
            KpiGroup, strawberry.argument(description="By what to group fill rates.")
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
        if since is not None and until is not None and since > until:
            raise InvalidInput(msg("kpis.SINCE_UNTIL"), field="since")
        run = optional_key(run_id, "AllocationRun", "runId")
        async with info.context.uow() as uow:
            found = await key_figures(
                uow, codes or KpiCode, group_by, run_id=run, since=since, until=until
            )
        return KpiReport(nodes=[Kpi.of(row) for row in found.rows], left_out=found.left_out)

"""Key figures for analysts: what each is made of, group by group (K1, K2)."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from domain.errors import InvalidInput
from domain.kpis import KpiGroup
from domain.messages import msg
from persistence.allocation.run_claims import claims_of_run
from persistence.kpis.reading import figures_of, parts_of
from persistence.kpis.registry import KpiCode, Share
from persistence.unit_of_work import UnitOfWork
from services.policy import current_policy

MOST_ROWS = 200


@dataclass(frozen=True)
class Figure:
    """A key figure of one group.

    value: None where there is nothing to divide by. numerator, denominator: where it is a share.
    count: how many claims, orders or steps are behind it.
    """

    code: KpiCode
    group: KpiGroup
    key: str
    label: str
    label_zh: str | None
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    currency: str | None
    count: int


@dataclass(frozen=True)
class Figures:
    """Figures by source and group, and how many groups are left out."""

    rows: tuple[Figure, ...]
    left_out: int


@dataclass(frozen=True)
class FillRate:
    """Units and value given of what was wanted, in one currency."""

    key: str
    label: str
    currency: str
    units_wanted: int
    units_given: int
    value_wanted: Decimal
    value_given: Decimal
    claims: int

    @property
    def units_rate(self) -> Decimal | None:
        """The share of units given, to four places; None where nothing was wanted."""
        return share(self.units_given, self.units_wanted)

    @property
    def value_rate(self) -> Decimal | None:
        """The share of value given, to four places; None where nothing was wanted."""
        return share(self.value_given, self.value_wanted)


@dataclass(frozen=True)
class FillRates:
    """Groups with the largest demand first, and how many are left out."""

    rows: tuple[FillRate, ...]
    left_out: int


def share(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """part / whole to four places; None where the whole is nothing."""
    if not whole:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001"))


async def key_figures(
    uow: UnitOfWork,
    codes: Iterable[KpiCode] = KpiCode,
    group: str = KpiGroup.MONTH,
    *,
    run_id: int | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> Figures:
    """These figures; what cannot be grouped as asked is grouped its own way.

    since, until: days in the policy's time zone, the second not included. run_id: what comes of
    wishes is of this run's claims; days do not go with it. Raises InvalidInput.
    """
    if not KpiGroup.has(group):
        raise InvalidInput(
            msg("kpis.GROUPED_BY", allowed=KpiGroup, group=group),
            field="groupBy",
        )
    wanted = list(codes)
    of_run = run_id is not None and any(code.definition.source.of_run for code in wanted)
    if of_run and (since is not None or until is not None):
        raise InvalidInput(
            msg("kpis.RUN_OR_DAYS"),
            field="runId",
        )
    claims = await claims_of_run(uow.session, run_id) if of_run and run_id is not None else None
    return await _figures(uow, wanted, KpiGroup(group), claims, since, until)


async def fill_rates(
    uow: UnitOfWork,
    group: str,
    *,
    run_id: int | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> FillRates:
    """Fill by STAGE, REGION, TIER, CUSTOMER or MONTH, of all wishes or of one run's claims."""
    return _fill_rates(
        await key_figures(uow, _FILL, group, run_id=run_id, since=since, until=until)
    )


async def fill_rates_of_run(
    uow: UnitOfWork, group: KpiGroup, claims: Mapping[str, Any]
) -> FillRates:
    """Fill of one run's claims, see `claims_of_run`."""
    return _fill_rates(await _figures(uow, _FILL, group, claims, None, None))


_FILL = [KpiCode.FILL_RATE_UNITS, KpiCode.FILL_RATE_VALUE]


def _fill_rates(figures: Figures) -> FillRates:
    def amount(value: Decimal | None) -> Decimal:
        return Decimal(0) if value is None else value

    units, values = ([figure for figure in figures.rows if figure.code is code] for code in _FILL)
    rows = tuple(
        FillRate(
            unit.key,
            unit.label,
            unit.currency or "",
            int(amount(unit.denominator)),
            int(amount(unit.numerator)),
            amount(value.denominator),
            amount(value.numerator),
            unit.count,
        )
        for unit, value in zip(units, values, strict=True)
    )
    return FillRates(rows, figures.left_out)


async def _figures(
    uow: UnitOfWork,
    codes: list[KpiCode],
    asked: KpiGroup,
    claims: Mapping[str, Any] | None,
    since: dt.date | None,
    until: dt.date | None,
) -> Figures:
    _, policy = await current_policy(uow)
    values = {
        "zone": policy.time_zone,
        "since": _start(since, policy.zone),
        "until": _start(until, policy.zone),
        "first_day": since,
        "end_day": until,
    }
    found: list[Figure] = []
    left_out = 0
    in_order = [code for code in KpiCode if code in codes]
    for source, of_source in groupby(in_order, key=lambda code: code.definition.source):
        of_run = claims is not None and source.of_run is not None
        group, own = source.group_for(asked), list(of_source)
        rows = await figures_of(
            uow.session,
            source,
            own,
            group,
            {**values, **(claims or {})},
            of_run=of_run,
            limit=MOST_ROWS,
        )
        found += [_figure(code, group, row) for row in rows for code in own]
        left_out += rows[0].groups - len(rows) if rows else 0
    return Figures(tuple(found), left_out)


def _figure(code: KpiCode, group: KpiGroup, row: Any) -> Figure:
    parts = [getattr(row, name) for name in parts_of(code)]
    if isinstance(code.definition.figure, Share):
        part, whole = (None if each is None else Decimal(each) for each in parts)
        value = None if part is None or whole is None else share(part, whole)
    else:
        [value], part, whole = parts, None, None
    return Figure(
        code,
        group,
        row.key,
        row.label,
        row.label_zh,
        None if value is None else Decimal(value),
        part,
        whole,
        row.currency,
        row.rows,
    )


def _start(day: dt.date | None, zone: dt.tzinfo) -> dt.datetime | None:
    return None if day is None else dt.datetime.combine(day, dt.time(), zone)

"""Key figures for analysts: what each is made of, and its formula in words (K1, K2)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.errors import InvalidInput
from domain.kpis import KpiGroup
from persistence import kpis
from persistence.allocation.run_claims import claims_of_run
from persistence.unit_of_work import UnitOfWork
from services.policy import current_policy

MOST_ROWS = 200

FILL_FORMULA = (
    "units given (held for a shipment or issued) / units wanted, each wish counted once, by the day"
    " it was asked for: an order line's units when the order was placed, a gap's when a run found"
    " it; of one run: what it gave / what was open before it. By stage a reservation wants what its"
    " line was not given, and reserves; else it counts nothing. Value: units x unit price"
)
CYCLE_FORMULA = (
    "calendar days from placing the order to its last dispatch, in the company's time zone; orders"
    " dispatched in the month"
)
ON_TIME_FORMULA = "steps closed on or before the expected day / steps closed that had one"


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


@dataclass(frozen=True)
class CycleTime:
    """How long orders took that were fully dispatched in a month, in days."""

    month: str
    orders: int
    days_mean: Decimal
    days_p50: int
    days_p90: int


@dataclass(frozen=True)
class OnTime:
    """Steps closed in a month that had an expected day, and how many kept it."""

    month: str
    closed: int
    on_time: int

    @property
    def rate(self) -> Decimal | None:
        """The share that was on time, to four places."""
        return share(self.on_time, self.closed)


def share(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """part / whole to four places; None where the whole is nothing."""
    if not whole:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001"))


async def fill_rates(
    uow: UnitOfWork,
    group: str,
    *,
    run_id: int | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> FillRates:
    """Fill by STAGE, REGION, TIER, CUSTOMER or MONTH, of all wishes or of one run's claims.

    since, until: days in the policy's time zone on which was wished, the second not included. They
    do not go with a run.
    """
    if not KpiGroup.has(group):
        raise InvalidInput(
            f"Fill rates are grouped by {', '.join(KpiGroup)}, not by {group!r}.",
            field="groupBy",
        )
    if run_id is not None and (since is not None or until is not None):
        raise InvalidInput(
            "A run's fill rates are all of one moment: give a run, or days, not both.",
            field="runId",
        )
    if run_id is not None:
        return await fill_rates_of_run(uow, group, await claims_of_run(uow.session, run_id))
    _, policy = await current_policy(uow)
    return _fill_rates(
        await kpis.fill_rates(
            uow.session,
            group,
            zone=policy.time_zone,
            since=_start(since, policy.zone),
            until=_start(until, policy.zone),
            limit=MOST_ROWS,
        )
    )


async def fill_rates_of_run(uow: UnitOfWork, group: str, claims: Mapping[str, Any]) -> FillRates:
    """Fill of one run's claims, see `claims_of_run`; group: one of FILL_GROUPS."""
    _, policy = await current_policy(uow)
    return _fill_rates(
        await kpis.fill_rates_of_run(
            uow.session, group, claims, zone=policy.time_zone, limit=MOST_ROWS
        )
    )


def _fill_rates(rows: Sequence[Any]) -> FillRates:
    listed = tuple(
        FillRate(
            row.key,
            row.label,
            row.currency,
            row.wanted,
            row.given,
            row.wanted_value,
            row.given_value,
            row.claims,
        )
        for row in rows
    )
    return FillRates(listed, left_out=rows[0].groups - len(listed) if rows else 0)


async def cycle_times(
    uow: UnitOfWork, *, since: dt.date | None = None, until: dt.date | None = None
) -> list[CycleTime]:
    """Order cycle time by month of dispatch."""
    _, policy = await current_policy(uow)
    rows = await kpis.cycle_times(
        uow.session,
        zone=policy.time_zone,
        since=_start(since, policy.zone),
        until=_start(until, policy.zone),
    )
    return [
        CycleTime(row.month, row.orders, row.days_mean, row.days_p50, row.days_p90) for row in rows
    ]


async def milestones_on_time(
    uow: UnitOfWork, *, since: dt.date | None = None, until: dt.date | None = None
) -> list[OnTime]:
    """Milestone on-time rate by month of closing."""
    rows = await kpis.milestones_on_time(uow.session, since=since, until=until)
    return [OnTime(row.month, row.closed, row.on_time) for row in rows]


def _start(day: dt.date | None, zone: dt.tzinfo) -> dt.datetime | None:
    return None if day is None else dt.datetime.combine(day, dt.time(), zone)

"""One run for people to read: what arrived, who got what, and what was refused for which reason."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from domain.allocation import AllocationRunStatus
from domain.errors import NotFound
from domain.kpis import KpiGroup
from domain.languages import Names, in_both
from domain.messages import Message
from persistence.allocation import report as reading
from persistence.allocation.run_claims import claims_of_run
from persistence.allocation.runs import run_by_id
from persistence.unit_of_work import UnitOfWork
from services import kpis
from services.policy import current_policy

MOST_CUSTOMERS = 200
MOST_ARRIVALS = 200


@dataclass(frozen=True)
class Arrival:
    """A goods receipt that a run shares out."""

    receipt_number: str
    warehouse: Names
    received_at: dt.datetime
    skus: int
    units: int


@dataclass(frozen=True)
class CustomerShare:
    """What a run gave one customer; value is of the units shipped."""

    code: str
    name: Names
    rank: int
    currency: str
    ordered: int
    shipped: int
    reserved: int
    value: Decimal
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class RegionShare:
    """What a run gave the stores and the reserve of one of our own regions."""

    code: str
    name: Names
    stores_wanted: int
    stores_given: int
    reserve_wanted: int
    reserve_given: int


@dataclass(frozen=True)
class Refusal:
    """Units of a stage not given, for these reasons together."""

    stage: int
    reasons: tuple[str, ...]
    claims: int
    units: int


@dataclass(frozen=True)
class RunReport:
    """All that a report of a committed run needs; regions in the order of the season."""

    run_id: int
    season: str
    arrivals: tuple[Arrival, ...]
    claims: int
    pieces: int
    levels: int
    unproven_levels: int
    warnings: tuple[Message, ...]
    stages: tuple[kpis.FillRate, ...]
    customers: tuple[CustomerShare, ...]
    regions: tuple[RegionShare, ...]
    tiers: tuple[kpis.FillRate, ...]
    refusals: tuple[Refusal, ...]
    example_order_id: int | None


async def report_run(run_id: int, uow: UnitOfWork) -> RunReport:
    """The report of a committed run. Raises NotFound for any other."""
    run = await run_by_id(uow.session, run_id)
    if run is None or run.status != AllocationRunStatus.COMMITTED:
        raise NotFound("committed allocation run", str(run_id))
    session = uow.session
    _, policy = await current_policy(uow)
    arrived = await reading.arrivals(session, run_id, MOST_ARRIVALS)
    claims = await claims_of_run(session, run_id)
    customers = await reading.given_to_customers(session, claims, MOST_CUSTOMERS)
    regions = [
        RegionShare(code, in_both(name, name_zh), *units)
        for code, name, name_zh, *units in await reading.given_to_regions(session, claims)
    ]
    order = {code: place for place, code in enumerate(policy.region_order[policy.season])}
    refusals = await reading.refusals(session, claims)
    stages = await kpis.fill_rates_of_run(uow, KpiGroup.STAGE, claims)
    tiers = await kpis.fill_rates_of_run(uow, KpiGroup.TIER, claims)
    return RunReport(
        run_id=run_id,
        season=policy.season,
        arrivals=tuple(
            Arrival(number, in_both(name, name_zh), *rest)
            for number, name, name_zh, *rest in arrived
        ),
        claims=run.summary["claims"],
        pieces=run.summary["pieces"],
        levels=run.summary["levels"],
        unproven_levels=run.summary["unprovenLevels"],
        warnings=tuple(map(Message.from_json, run.warnings)),
        stages=tuple(sorted(stages.rows, key=lambda fill: fill.key)),
        customers=tuple(
            CustomerShare(
                row.code,
                in_both(row.name, row.name_zh),
                row.rank,
                row.currency,
                row.ordered,
                row.shipped,
                row.reserved,
                row.value,
                tuple(row.reasons),
            )
            for row in customers
        ),
        # Regions that the season does not list come last, in the order of the regions' file.
        regions=tuple(sorted(regions, key=lambda share: order.get(share.code, len(order)))),
        tiers=tuple(sorted(tiers.rows, key=lambda fill: fill.key)),
        refusals=tuple(
            Refusal(row.stage, tuple(row.reasons), row.claims, row.units) for row in refusals
        ),
        example_order_id=await reading.example_order(session, claims),
    )

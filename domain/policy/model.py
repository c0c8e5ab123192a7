"""A company's numbers and lists, held as data: days, amounts, season, region orders, tiers.

The defaults are those of the documents (P5, A5, F2). A policy is stored as a JSON body, version by
version; `from_body` refuses what it does not know, so that a misspelt setting is never ignored.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.dataclasses import dataclass

from domain.languages import Language
from domain.messages import msg
from domain.policy.faults import InvalidSettings, faults_of, must_be
from domain.policy.forms import CONFIG, Amount, Days, Texts, list_of, one_of, over, whole
from domain.policy.orders import OrderPolicy
from domain.policy.schedule import SchedulePolicy
from domain.seasons import SellingSeason

SPRING_SUMMER_REGIONS = (
    "airport",
    "Shenzhen",
    "Dongguan",
    "Guangzhou",
    "Shanghai",
    "Beijing",
    "Chengdu",
    "Shenyang",
    "Guiyang",
    "Nanning",
)
AUTUMN_WINTER_REGIONS = (
    "airport",
    "Beijing",
    "Shanghai",
    "Guangzhou",
    "Dongguan",
    "Shenzhen",
    "Chengdu",
    "Shenyang",
    "Guiyang",
)


def _document_region_order() -> dict[str, tuple[str, ...]]:
    return {
        SellingSeason.SPRING_SUMMER: SPRING_SUMMER_REGIONS,
        SellingSeason.AUTUMN_WINTER: AUTUMN_WINTER_REGIONS,
    }


# A job may last an hour, and a run that goes on after its limit is killed after twice as long.
LONGEST_SOLVE_S = 1_500

LONGEST_KEPT_DAYS = 36_500

RANK_CRITERIA = ("REGION", "CLASS", "UNITS")


def _document_penalties() -> dict[str, Decimal]:
    return {
        "SPECIAL_ORDER_NOT_PICKED_UP": Decimal(200),
        "DEMAND_PLAN_LATE": Decimal(100),
        "RELEASE_MISSED": Decimal(50),
    }


def _of_both_seasons(order: Mapping[str, Any]) -> Mapping[str, Any]:
    if set(order) != set(SellingSeason):
        raise must_be(
            msg("policy.BOTH_SEASONS", seasons=list(map(str, SellingSeason))), is_shown=False
        )
    return order


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # A folder of zones, or a name that no file can have, is an OSError.
        raise must_be(msg("policy.ZONE")) from None
    return name


Season = Annotated[str, one_of(SellingSeason)]
Regions = Annotated[Mapping[Season, Texts], AfterValidator(_of_both_seasons)]
SolverLimit = Annotated[int, whole(1, LONGEST_SOLVE_S)]


@dataclass(frozen=True, config=CONFIG)
class Policy:
    """One version of the company's policy."""

    season: Season = SellingSeason.SPRING_SUMMER
    region_order: Regions = field(default_factory=_document_region_order)
    tiers: Annotated[
        tuple[str, ...],
        list_of(msg("policy.TIERS"), bool, once=True),
    ] = ("A", "B", "C")
    launch_ties: Annotated[str, one_of(("STRICT", "SHARED"))] = "STRICT"
    franchisee_order: Annotated[str, one_of(("PRIORITY", "FUNDS"))] = "PRIORITY"
    default_credit_limit: Amount = Decimal(1000)
    reservation_days: Days = 15
    due_soon_days: Days = 3
    stale_figures_after_working_days: Days = 1
    # What a proposed rank looks at, the first deciding (P7), and how far back orders count.
    rank_criteria: Annotated[
        tuple[Annotated[str, one_of(RANK_CRITERIA)], ...],
        list_of(msg("policy.CRITERIA"), once=True),
    ] = RANK_CRITERIA
    rank_window_days: Days = 365
    # Seconds of a run's search. What it has not proven by then is taken as it is, and marked so.
    solver_time_limit_s: SolverLimit = 300
    # Units of work of one search of the program, about seconds; cut at the same place on every
    # machine, so that a plan cut short can be found again. None: as much as the solver allows.
    solver_deterministic_limit: SolverLimit | None = None
    # For this many days a plan's lines, refused claims and levels can be read, its input replayed
    # and explained, and the audit log looked up. A reservation's plan must outlive it; the audit
    # log is guarded for a year by the database itself.
    plans_kept_days: Annotated[int, whole(30, LONGEST_KEPT_DAYS)] = 730
    snapshots_kept_days: Annotated[int, whole(1, LONGEST_KEPT_DAYS)] = 365
    audit_kept_days: Annotated[int, whole(365, LONGEST_KEPT_DAYS)] = 3650
    # In the company's currency, by the rule that raises them (P8, O7, O8).
    penalty_amounts: Annotated[Mapping[str, Amount], over(_document_penalties())] = field(
        default_factory=_document_penalties
    )
    # What people are answered in where neither the request nor their file names a language. None:
    # as the server is set up.
    language: Annotated[Language, one_of(Language)] | None = None
    currency: str = "CNY"
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Shanghai"
    calendar_country: str = "CN"
    orders: OrderPolicy = field(default_factory=OrderPolicy)
    schedule: SchedulePolicy = field(default_factory=SchedulePolicy)

    @field_validator("snapshots_kept_days")
    @classmethod
    def _no_longer_than_their_plans(cls, days: int, info: ValidationInfo) -> int:
        plans = info.data.get("plans_kept_days", days)
        if days > plans:
            raise must_be(msg("policy.AS_LONG_AS_PLANS", days=plans))
        return days

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which days begin and end."""
        return ZoneInfo(self.time_zone)

    def local_date(self, instant: dt.datetime) -> dt.date:
        """The company's calendar day at an instant."""
        return instant.astimezone(self.zone).date()

    def end_of_day(self, day: dt.date) -> dt.datetime:
        """The instant at which that calendar day is over."""
        following = day + dt.timedelta(days=1)
        return dt.datetime.combine(following, dt.time(), self.zone).astimezone(dt.UTC)

    def reservation_ends(self, committed_at: dt.datetime) -> dt.datetime:
        """A reservation lasts from the commit to the end of day 15 (A5)."""
        return self.end_of_day(
            self.local_date(committed_at) + dt.timedelta(days=self.reservation_days)
        )

    def to_body(self) -> dict[str, Any]:
        """The policy as JSON values."""
        body: dict[str, Any] = _POLICY.dump_python(self, mode="json")
        return body

    @classmethod
    def from_body(cls, body: object) -> "Policy":
        """The policy of a JSON or TOML body; what it does not name keeps its default.

        Raises InvalidSettings with every fault there is.
        """
        try:
            return _POLICY.validate_python(body)
        except ValidationError as error:
            raise InvalidSettings(faults_of(error, cls())) from None


_POLICY = TypeAdapter(Policy)

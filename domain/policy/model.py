"""A company's numbers and lists, held as data: days, amounts, season, region orders, tiers.

The defaults are those of the documents (P5, A5, F2). A policy is stored as a JSON body, version by
version; `from_body` refuses what it does not know, so that a misspelt setting is never ignored.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal, InvalidOperation
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.errors import InvalidInput
from domain.limits import MOST_MONEY, MOST_POLICY_DAYS
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

# The fewest days for which each is kept. A reservation's plan must outlive it; the audit log is
# guarded for a year by the database itself.
RETENTION_DAYS = {"plans_kept_days": 30, "snapshots_kept_days": 1, "audit_kept_days": 365}
LONGEST_KEPT_DAYS = 36_500

RANK_CRITERIA = ("REGION", "CLASS", "UNITS")


def _document_penalties() -> dict[str, Decimal]:
    return {
        "SPECIAL_ORDER_NOT_PICKED_UP": Decimal(200),
        "DEMAND_PLAN_LATE": Decimal(100),
        "RELEASE_MISSED": Decimal(50),
    }


@dataclass(frozen=True)
class Policy:
    """One version of the company's policy."""

    season: str = SellingSeason.SPRING_SUMMER
    region_order: Mapping[str, tuple[str, ...]] = field(default_factory=_document_region_order)
    tiers: tuple[str, ...] = ("A", "B", "C")
    launch_ties: str = "STRICT"
    franchisee_order: str = "PRIORITY"
    default_credit_limit: Decimal = Decimal(1000)
    reservation_days: int = 15
    due_soon_days: int = 3
    stale_figures_after_working_days: int = 1
    # What a proposed rank looks at, the first deciding (P7), and how far back orders count.
    rank_criteria: tuple[str, ...] = ("REGION", "CLASS", "UNITS")
    rank_window_days: int = 365
    # Seconds of a run's search. What it has not proven by then is taken as it is, and marked so.
    solver_time_limit_s: int = 300
    # Units of work of one search of the program, about seconds; cut at the same place on every
    # machine, so that a plan cut short can be found again. None: as much as the solver allows.
    solver_deterministic_limit: int | None = None
    # For so many days a plan's lines, refused claims and levels can be read, its input replayed and
    # explained, and the audit log looked up.
    plans_kept_days: int = 730
    snapshots_kept_days: int = 365
    audit_kept_days: int = 3650
    # In the company's currency, by the rule that raises them (P8, O7, O8).
    penalty_amounts: Mapping[str, Decimal] = field(default_factory=_document_penalties)
    currency: str = "CNY"
    time_zone: str = "Asia/Shanghai"
    calendar_country: str = "CN"
    orders: OrderPolicy = field(default_factory=OrderPolicy)
    schedule: SchedulePolicy = field(default_factory=SchedulePolicy)

    def __post_init__(self) -> None:
        _one_of("season", self.season, tuple(SellingSeason))
        _one_of("launch_ties", self.launch_ties, ("STRICT", "SHARED"))
        _one_of("franchisee_order", self.franchisee_order, ("PRIORITY", "FUNDS"))
        if set(self.region_order) != set(SellingSeason):
            raise InvalidInput(
                f"region_order needs a list for each of {', '.join(SellingSeason)}.",
                field="region_order",
            )
        if not self.rank_criteria or len(set(self.rank_criteria)) != len(self.rank_criteria):
            raise InvalidInput("rank_criteria needs each criterion once.", field="rank_criteria")
        for criterion in self.rank_criteria:
            _one_of("rank_criteria", criterion, RANK_CRITERIA)
        if any(amount < 0 for amount in self.penalty_amounts.values()):
            raise InvalidInput("penalty_amounts cannot be negative.", field="penalty_amounts")
        for name in (
            "reservation_days",
            "due_soon_days",
            "stale_figures_after_working_days",
            "rank_window_days",
        ):
            _whole_number(name, getattr(self, name))
        self._check_retention()
        _solver_limit("solver_time_limit_s", self.solver_time_limit_s)
        if self.solver_deterministic_limit is not None:
            _solver_limit("solver_deterministic_limit", self.solver_deterministic_limit)
        if self.default_credit_limit < 0:
            raise InvalidInput(
                "default_credit_limit cannot be negative.", field="default_credit_limit"
            )
        if not self.tiers or len(set(self.tiers)) != len(self.tiers):
            raise InvalidInput("tiers needs each tier once, the first served first.", field="tiers")
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise InvalidInput(
                f"time_zone is {self.time_zone!r}; it must be a name such as Asia/Shanghai.",
                field="time_zone",
            ) from None

    def _check_retention(self) -> None:
        for name, least in RETENTION_DAYS.items():
            value = getattr(self, name)
            _whole_number(name, value)
            if not least <= value <= LONGEST_KEPT_DAYS:
                raise InvalidInput(
                    f"{name} is {value}; it must be {least} to {LONGEST_KEPT_DAYS} days.",
                    field=name,
                )
        if self.snapshots_kept_days > self.plans_kept_days:
            raise InvalidInput(
                f"snapshots_kept_days is {self.snapshots_kept_days}, longer than the plans that the"
                f" snapshots explain are kept: plans_kept_days is {self.plans_kept_days}.",
                field="snapshots_kept_days",
            )

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
        body = asdict(self)
        body["region_order"] = {season: list(order) for season, order in self.region_order.items()}
        body["tiers"] = list(self.tiers)
        body["rank_criteria"] = list(self.rank_criteria)
        body["penalty_amounts"] = {
            rule: str(amount) for rule, amount in self.penalty_amounts.items()
        }
        body["default_credit_limit"] = str(self.default_credit_limit)
        body["orders"] = self.orders.to_body()
        body["schedule"] = self.schedule.to_body()
        return body

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """The policy of a JSON or TOML body; what it does not name keeps its default."""
        known = {item.name for item in fields(cls)}
        unknown = sorted(set(body) - known)
        if unknown:
            raise InvalidInput(
                f"Unknown policy setting {unknown[0]!r}; known are {', '.join(sorted(known))}.",
                field=unknown[0],
            )
        values: dict[str, Any] = dict(body)
        for item in fields(cls):
            if item.name in values:
                _same_form(item.name, values[item.name], getattr(_DEFAULTS, item.name))
        if "region_order" in values:
            values["region_order"] = {
                season: tuple(_texts("region_order", order))
                for season, order in dict(values["region_order"]).items()
            }
        for name in ("tiers", "rank_criteria"):
            if name in values:
                values[name] = tuple(_texts(name, values[name]))
        if "penalty_amounts" in values:
            # A rule that a company does not name keeps the documents' amount.
            values["penalty_amounts"] = _document_penalties() | {
                str(rule): _amount("penalty_amounts", amount)
                for rule, amount in dict(values["penalty_amounts"]).items()
            }
        if "default_credit_limit" in values:
            values["default_credit_limit"] = _amount(
                "default_credit_limit", values["default_credit_limit"]
            )
        if "orders" in values:
            if not isinstance(values["orders"], Mapping):
                raise InvalidInput("orders must be a table of settings.", field="orders")
            values["orders"] = OrderPolicy.from_body(dict(values["orders"]))
        if "schedule" in values:
            values["schedule"] = SchedulePolicy.from_body(values["schedule"])
        return cls(**values)


def _same_form(name: str, value: object, default: object) -> None:
    """Refuse a number where a text stands, or a text where a table does."""
    if isinstance(default, str) and not isinstance(value, str):
        raise InvalidInput(f"{name} must be a text.", field=name)
    if isinstance(default, Mapping) and not isinstance(value, Mapping):
        raise InvalidInput(f"{name} must be a table of names and values.", field=name)


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidInput(
            f"{name} is {value!r}; it must be one of {', '.join(allowed)}.", field=name
        )


def _whole_number(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_POLICY_DAYS:
        raise InvalidInput(
            f"{name} is {value!r:.40}; it must be a whole number from 0 to {MOST_POLICY_DAYS:,}.",
            field=name,
        )


def _solver_limit(name: str, value: int) -> None:
    _whole_number(name, value)
    if not 1 <= value <= LONGEST_SOLVE_S:
        raise InvalidInput(f"{name} is {value}; it must be 1 to {LONGEST_SOLVE_S}.", field=name)


def _texts(name: str, values: object) -> list[str]:
    if not isinstance(values, list | tuple) or not all(isinstance(v, str) and v for v in values):
        raise InvalidInput(f"{name} must be a list of texts.", field=name)
    return list(values)


def _amount(name: str, value: object) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or abs(amount) > MOST_MONEY:
        raise InvalidInput(
            f"{name} is {value!r:.40}; it must be an amount of {MOST_MONEY:,} at most.", field=name
        )
    return amount


# What each setting looks like.
_DEFAULTS = Policy()

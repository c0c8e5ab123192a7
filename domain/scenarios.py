"""What a planner may change in a what-if (A10)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from domain.commands import command, described, part
from domain.errors import InvalidInput
from domain.limits import MOST_MONEY, NAME, Text
from domain.messages import msg
from domain.roles import Action
from domain.seasons import SellingSeason
from domain.vocabulary import Vocabulary, word


class ScenarioStatus(Vocabulary):
    """Where a scenario stands."""

    DRAFT = word("Draft", "草稿", "Made, not yet run.")
    QUEUED = word("Queued", "排队中", "Waits for a worker.")
    DONE = word("Done", "已完成", "Has a comparison with its base.")
    FAILED = word("Failed", "失败", "Could not be run; see error.")


class ComparisonGroup(Vocabulary):
    """By what a scenario is compared with its base."""

    TOTAL = word("Total", "合计", "All together.")
    FRANCHISEE = word("Franchisee", "加盟商", "By franchisee.")
    REGION = word("Region", "区域", "By region.")
    TIER = word("Store tier", "店铺级别", "By tier of store; RESERVE for the regions' reserves.")


MOST_OVERRIDES = 10_000
MOST_UNITS = 10**12


@dataclass(frozen=True)
class Overrides:
    """Changes to a snapshot; what is not named stays as it is.

    funds: customer -> available funds in its currency, in place of balance, credit and guarantees;
    a customer blocked for an unpaid month is thereby supposed to have paid.
    supply: SKU -> units that the central warehouses together have to give.
    ranks: customer -> rank among the funded and the unfunded. launch_ranks: product -> rank.
    """

    season: str | None = None
    funds: Mapping[str, Decimal] = field(default_factory=dict)
    supply: Mapping[str, int] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)
    launch_ranks: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.season is not None and not SellingSeason.has(self.season):
            raise InvalidInput(
                msg("scenarios.SEASON", season=self.season, allowed=SellingSeason),
                field="season",
            )
        for name in ("funds", "supply", "ranks", "launch_ranks"):
            if len(getattr(self, name)) > MOST_OVERRIDES:
                raise InvalidInput(
                    msg("scenarios.MOST_OVERRIDES", most=MOST_OVERRIDES, name=name), field=name
                )
        for customer, amount in self.funds.items():
            if not 0 <= amount <= MOST_MONEY or amount != amount.quantize(Decimal("0.01")):
                raise InvalidInput(
                    msg("scenarios.FUNDS", customer=customer, amount=amount, most=MOST_MONEY),
                    field="funds",
                )
        for sku, units in self.supply.items():
            if not 0 <= units <= MOST_UNITS:
                raise InvalidInput(
                    msg("scenarios.SUPPLY", sku=sku, units=units, most=MOST_UNITS),
                    field="supply",
                )

    def to_body(self) -> dict[str, Any]:
        """The overrides as JSON values."""
        return {
            "season": self.season,
            "funds": {customer: str(amount) for customer, amount in self.funds.items()},
            "supply": dict(self.supply),
            "ranks": dict(self.ranks),
            "launch_ranks": dict(self.launch_ranks),
        }

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """The overrides that `to_body` wrote."""
        return cls(
            season=body["season"],
            funds={customer: Decimal(amount) for customer, amount in body["funds"].items()},
            supply=dict(body["supply"]),
            ranks=dict(body["ranks"]),
            launch_ranks=dict(body["launch_ranks"]),
        )


@part("FundsOverrideInput")
class FundsOverride:
    """A customer's funds, changed."""

    customer: str = described("The customer, by code.")
    available: Decimal = described("Its available funds, in its currency.")


@part("SupplyOverrideInput")
class SupplyOverride:
    """A SKU's supply, changed."""

    sku: str = described("The SKU, by code.")
    units: int = described("Units to give.")


@part("RankOverrideInput")
class RankOverride:
    """A customer's rank, changed."""

    customer: str = described("The customer, by code.")
    rank: int = described("Its rank; 1 is first.")


@part("LaunchRankOverrideInput")
class LaunchRankOverride:
    """A product's place in the launch plan, changed."""

    product: str = described("The product, by code.")
    rank: int = described("Its launch rank; 1 is first.")


@command(
    "scenarioCreate",
    Action.PLAN_SCENARIOS,
    title=("Make a scenario", "新建情景"),
    history=("Scenario made", "已新建情景"),
    input_description="A scenario to make.",
)
class CreateScenario:
    """Make a scenario from today's or a past run's snapshot; `scenarioRun` runs it."""

    name: str = described("Its name.", limit=Text(NAME))
    base_run_id: int | None = described(
        "A past run whose snapshot to start from; none = what competes now.",
        default=None,
        id_of="AllocationRun",
    )
    season: SellingSeason | None = described("Another season.", default=None)
    funds: tuple[FundsOverride, ...] | None = described("Other funds.", default=None)
    supply: tuple[SupplyOverride, ...] | None = described("Other supply.", default=None)
    ranks: tuple[RankOverride, ...] | None = described("Other ranks of customers.", default=None)
    launch_ranks: tuple[LaunchRankOverride, ...] | None = described(
        "Other launch ranks of products.", default=None
    )

    def overrides(self) -> Overrides:
        """The changes by what they change. Raises InvalidInput."""
        return Overrides(
            season=self.season,
            funds={each.customer: each.available for each in self.funds or ()},
            supply={each.sku: each.units for each in self.supply or ()},
            ranks={each.customer: each.rank for each in self.ranks or ()},
            launch_ranks={each.product: each.rank for each in self.launch_ranks or ()},
        )


@command(
    "scenarioRun",
    Action.PLAN_SCENARIOS,
    title=("Run a scenario", "运行情景"),
    history=("Scenario run asked for", "已发起情景运行"),
    input_description="A scenario to run.",
)
class RunScenario:
    """Run a scenario in the background; poll its `status` until DONE or FAILED."""

    scenario_id: int = described("The scenario's id.", name="id", id_of="Scenario")
    expected_version: int | None = described(
        "Refused when the scenario has another version by now.", default=None
    )

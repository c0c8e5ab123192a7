"""Planners' scenarios: made, run, and compared with their base (A10)."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from domain.money import from_minor
from domain.roles import Action
from domain.scenarios import (
    ComparisonGroup,
    CreateScenario,
    RunScenario,
    ScenarioStatus,
)
from gql import contract
from gql.allocation.types import AllocationRun, run_by_key
from gql.connections import listing
from gql.context import Info
from gql.fairness import FAIRNESS_SIZE, FairnessRow, fairness_rows
from gql.input_changes import Narrowing
from gql.language import failure_in_words
from gql.limits import SIZE
from gql.mutations import REFUSALS, UserError
from gql.nodes import Node, findable, found_by, global_id, key_of, related
from gql.permissions import Needs
from gql.scalars import BigInt, Json
from gql.vocabularies import distinct
from persistence.scenarios import queries
from persistence.tables import ScenarioRow
from persistence.unit_of_work import UnitOfWork


@strawberry.type(description="Figures of one side of a comparison, in order units.")
class ComparisonFigures:
    """One side of one row."""

    wanted: BigInt = strawberry.field(description="Units wanted.")
    shipped: BigInt = strawberry.field(
        description="Units given against funds, or to stores and reserves."
    )
    reserved: BigInt = strawberry.field(description="Units reserved until paid.")
    shipped_value: Decimal = strawberry.field(
        description="What the units shipped cost at the claims' own prices."
    )
    fill_rate: Decimal | None = strawberry.field(
        description="Shipped and reserved / wanted; null where nothing is wanted."
    )

    @classmethod
    def of(cls, figures: dict[str, int], currency: str) -> "ComparisonFigures":
        """The figures that the comparison kept."""
        given, wanted = figures["shipped"] + figures["reserved"], figures["wanted"]
        return cls(
            wanted=BigInt(wanted),
            shipped=BigInt(figures["shipped"]),
            reserved=BigInt(figures["reserved"]),
            shipped_value=from_minor(figures["shipped_cents"], currency),
            fill_rate=((Decimal(given) / wanted).quantize(Decimal("0.0001")) if wanted else None),
        )


@strawberry.type(description="A franchisee, region or tier, in base and scenario.")
class ComparisonRow:
    """One row of a comparison."""

    key: str = strawberry.field(description="Its code; `all` for the total.")
    base: ComparisonFigures = strawberry.field(description="Without the changes.")
    scenario: ComparisonFigures = strawberry.field(description="With the changes.")

    @classmethod
    def of(cls, row: dict[str, Any], currency: str) -> "ComparisonRow":
        """The row that the comparison kept."""
        return cls(
            key=row["key"],
            base=ComparisonFigures.of(row["base"], currency),
            scenario=ComparisonFigures.of(row["scenario"], currency),
        )


@strawberry.type(description="A scenario's plan beside its base's.")
class ScenarioComparison:
    """What a scenario changes."""

    scenario: "Scenario" = strawberry.field(description="The scenario.")
    group_by: ComparisonGroup = strawberry.field(description="By what it is grouped.")
    rows: list[ComparisonRow] = strawberry.field(
        description="Those that differ most first.", metadata={SIZE: 50}
    )
    row_count: int = strawberry.field(description="How many rows there are in all.")
    fairness: list[FairnessRow] = strawberry.field(
        description="How evenly either plan fills groups of a kind.", metadata=FAIRNESS_SIZE
    )


@strawberry.type(description="A what-if: changes on a snapshot; nothing live moves.")
class Scenario(Node):
    """A planner's scenario."""

    row: strawberry.Private[ScenarioRow]
    name: str = strawberry.field(description="Its name.")
    status: ScenarioStatus = strawberry.field(description="Where it stands.")
    overrides: Json = strawberry.field(description="What is changed on the snapshot.")
    base_fingerprint: str = strawberry.field(description="Fingerprint of the snapshot.")
    failure: strawberry.Private[str | None]
    error: str | None = strawberry.field(
        resolver=failure_in_words, description="Why it failed, if it did."
    )
    created_by: str = strawberry.field(description="Who made it.")
    created_at: dt.datetime = strawberry.field(description="When.")
    run_at: dt.datetime | None = strawberry.field(description="When it was last run.")
    version: int = strawberry.field(description="Counts its changes.")

    @classmethod
    def of(cls, row: ScenarioRow) -> "Scenario":
        """The scenario of a row."""
        return cls(
            id=global_id("Scenario", row.id),
            row=row,
            name=row.name,
            status=row.status,
            overrides=Json(row.overrides),
            base_fingerprint=row.base_fingerprint,
            failure=row.error,
            created_by=row.created_by,
            created_at=row.created_at,
            run_at=row.run_at,
            version=row.version,
        )

    base_run = related(
        AllocationRun | None,
        "The past run whose snapshot it starts from; none = what competed that day.",
        run_by_key,
        "base_run_id",
        extensions=[Needs(Action.VIEW_ALLOCATION)],
    )

    @strawberry.field(description="How it differs from its base; null until it was run.")
    def comparison(
        self,
        group_by: Annotated[
            ComparisonGroup, strawberry.argument(description="By what to group it.")
        ] = ComparisonGroup.TOTAL,
        limit: Annotated[int, strawberry.argument(description="How many rows; 200 at most.")] = 50,
    ) -> ScenarioComparison | None:
        """Its comparison."""
        return _comparison(self, group_by, limit)


scenario_by_key = found_by(Scenario.of, lambda load: load.scenario)


@strawberry.input(description="Which scenarios to list; what is left out or empty does not narrow.")
class ScenarioFilter(Narrowing):
    """A question about scenarios."""

    status: list[ScenarioStatus] | None = strawberry.field(
        default=None, description="Only those in one of these states."
    )
    created_by: str | None = strawberry.field(
        default=None, description="Only those that this one made."
    )

    def question(self) -> queries.ScenarioQuestion:
        """The question to the database."""
        return queries.ScenarioQuestion(statuses=distinct(self.status), created_by=self.created_by)


@strawberry.type
class ScenarioQueries:
    """Root fields about planning."""

    @strawberry.field(
        description="A scenario; null when there is none of this id.",
        extensions=[Needs(Action.VIEW_SCENARIOS)],
    )
    async def scenario(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Scenario | None:
        """One scenario."""
        return await scenario_by_key(info.context, key_of(id, "Scenario", "id"))

    scenarios = listing(
        Scenario,
        "Scenarios, the newest first.",
        Action.VIEW_SCENARIOS,
        queries.scenarios,
        queries.count_scenarios,
        ScenarioFilter,
    )

    @strawberry.field(
        description="How a scenario differs from its base; null until it was run.",
        extensions=[Needs(Action.VIEW_SCENARIOS)],
    )
    async def scenario_comparison(
        self,
        info: Info,
        scenario_id: Annotated[
            strawberry.ID, strawberry.argument(description="The scenario's id.")
        ],
        group_by: Annotated[
            ComparisonGroup, strawberry.argument(description="By what to group it.")
        ] = ComparisonGroup.TOTAL,
        limit: Annotated[int, strawberry.argument(description="How many rows; 200 at most.")] = 50,
    ) -> ScenarioComparison | None:
        """One scenario's comparison."""
        key = key_of(scenario_id, "Scenario", "scenarioId")
        scenario = await scenario_by_key(info.context, key)
        return None if scenario is None else _comparison(scenario, group_by, limit)


@strawberry.type(description="The new scenario, or why there is none.")
class ScenarioCreatePayload:
    """The answer to `scenarioCreate`."""

    scenario: Scenario | None = strawberry.field(description="The scenario.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type(description="The scenario that waits for its run, or why it does not.")
class ScenarioRunPayload:
    """The answer to `scenarioRun`."""

    scenario: Scenario | None = strawberry.field(description="The scenario.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


async def _create(command: CreateScenario, uow: UnitOfWork) -> int:
    # Loads the allocator's table libraries, which a server that only reads never needs.
    from services.scenarios.use_cases import create_scenario

    return await create_scenario(command, uow)


async def _run(command: RunScenario, uow: UnitOfWork) -> int:
    # See _create.
    from services.scenarios.use_cases import request_scenario_run

    return await request_scenario_run(command, uow)


_scenario_create = contract.answered_with(ScenarioCreatePayload, "scenario", scenario_by_key)
_scenario_run = contract.answered_with(ScenarioRunPayload, "scenario", scenario_by_key)


@strawberry.type
class ScenarioMutations:
    """Root fields that change scenarios."""

    scenario_create = _scenario_create(CreateScenario, _create, "What to change.", one_instant=True)
    scenario_run = _scenario_run(RunScenario, _run, "Which scenario.")


def _comparison(
    scenario: Scenario, group_by: ComparisonGroup, limit: int
) -> ScenarioComparison | None:
    kept = scenario.row.comparison
    if kept is None:
        return None
    rows = kept[group_by.lower()]
    # Comparisons of earlier versions name none, and counted in hundredths.
    currency = kept.get("currency", "CNY")
    return ScenarioComparison(
        scenario=scenario,
        group_by=group_by,
        rows=[ComparisonRow.of(row, currency) for row in rows[: max(0, min(limit, 200))]],
        row_count=len(rows),
        fairness=fairness_rows(kept),
    )


findable(Scenario, Action.VIEW_SCENARIOS, scenario_by_key)

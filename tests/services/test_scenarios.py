"""What-ifs on the tiny company: same solver, compared with the live plan, nothing live touched."""

from dataclasses import replace
from decimal import Decimal
from itertools import starmap
from typing import Any

import polars as pl
import pytest
from sqlalchemy import text

from allocator import Settings, Tables
from domain.errors import InvalidInput, NotFound, WrongState
from domain.messages import literal, msg
from domain.principals import SYSTEM
from domain.scenarios import (
    CreateScenario,
    FundsOverride,
    LaunchRankOverride,
    Overrides,
    RankOverride,
    RunScenario,
    SupplyOverride,
)
from persistence.scenarios.writing import scenario_by_id
from services.allocation.run import run_allocation
from services.bootstrap import Dependencies
from services.policy import change_policy, current_policy
from services.scenarios import use_cases
from services.scenarios.overriding import overridden
from services.scenarios.use_cases import (
    create_scenario,
    request_scenario_run,
    requeue_waiting_scenarios,
    run_scenario,
)
from tests.services.solver_stand_ins import break_a_rule, lose_the_socket, miss_a_key
from tests.services.test_allocation import arrive, ask
from tests.services.two_goods import two_goods, whole_order

pytestmark = pytest.mark.usefixtures("tiny_company")

LIVE_TABLES = (
    "stock",
    "order_lines",
    "customer_funds",
    "shipments",
    "reservations",
    "allocation_lines",
    "allocation_runs",
    "ledger_postings",
    "order_events",
)


def asked(overrides: Overrides, base: int | None = None) -> CreateScenario:
    """The command that asks for these changes."""
    return CreateScenario(
        "try",
        base,
        season=overrides.season,
        funds=tuple(starmap(FundsOverride, overrides.funds.items())),
        supply=tuple(starmap(SupplyOverride, overrides.supply.items())),
        ranks=tuple(starmap(RankOverride, overrides.ranks.items())),
        launch_ranks=tuple(starmap(LaunchRankOverride, overrides.launch_ranks.items())),
    )


async def compared(deps: Dependencies, overrides: Overrides, base: int | None) -> dict[str, Any]:
    async with deps.unit_of_work(SYSTEM, one_instant=True) as uow:
        scenario_id = await create_scenario(asked(overrides, base), uow)
    await run_scenario(scenario_id, deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        row = await scenario_by_id(uow.session, scenario_id)
    assert row is not None
    assert row.status == "DONE"
    assert row.comparison is not None
    return row.comparison


def side(comparison: dict[str, Any], group: str, key: str, which: str) -> tuple[int, int, int]:
    [row] = [row for row in comparison[group] if row["key"] == key]
    return tuple(row[which][figure] for figure in ("shipped", "reserved", "shipped_cents"))


async def test_more_funds_turn_a_reservation_into_a_shipment(deps: Dependencies) -> None:
    """A10: with 30.00 F2's three units ship instead of waiting; the rest stays as it was."""
    run_id = await arrive(deps)
    await run_allocation(run_id, deps)
    found = await compared(deps, Overrides(funds={"F2": Decimal("30.00")}), run_id)
    assert side(found, "franchisee", "F2", "base") == (0, 3, 0)
    assert side(found, "franchisee", "F2", "scenario") == (3, 0, 3000)
    assert side(found, "franchisee", "F1", "base") == side(found, "franchisee", "F1", "scenario")
    assert side(found, "total", "all", "base") == (9, 3, 9000)
    assert side(found, "total", "all", "scenario") == (12, 0, 12000)
    # F1 had all and F2 nothing shipped; with the money both have all.
    [even] = [row for row in found["fairness"] if row["kind"] == "franchisees_shipped"]
    assert (even["base"]["spread_ppm"], even["base"]["worst"]) == (1_000_000, ["F2", "F1"])
    assert (even["scenario"]["spread_ppm"], even["scenario"]["jain_ppm"]) == (0, 1_000_000)
    # What differs most stands first.
    assert [row["key"] for row in found["franchisee"]] == ["F2", "F1"]


async def test_less_supply_is_missed_by_the_last_in_turn(deps: Dependencies) -> None:
    """A10 A6: of 8 units F1 and F2 have 7, store S1 the last; airport's reserve loses its 4."""
    run_id = await arrive(deps)
    await run_allocation(run_id, deps)
    found = await compared(deps, Overrides(supply={"TEE-40": 8}), run_id)
    assert side(found, "region", "airport", "base")[0] == 5
    assert side(found, "region", "airport", "scenario")[0] == 1
    assert side(found, "tier", "A", "scenario")[0] == 1
    assert side(found, "tier", "RESERVE", "scenario")[0] == 0


async def test_ranks_and_season_change_who_comes_first(deps: Dependencies) -> None:
    """A10 A3: with F2 funded and first, 4 units go 3 to F2 and 1 to F1."""
    run_id = await arrive(deps)
    await run_allocation(run_id, deps)
    overrides = Overrides(
        season="AUTUMN_WINTER",
        supply={"TEE-40": 4},
        ranks={"F2": 0},
        funds={"F2": Decimal(30)},
    )
    found = await compared(deps, overrides, run_id)
    assert side(found, "franchisee", "F2", "scenario") == (3, 0, 3000)
    assert side(found, "franchisee", "F1", "scenario") == (1, 0, 1000)


def test_supply_as_it_is_changes_nothing() -> None:
    """A10: what lies in two warehouses stays there; more joins the most, less is taken from it."""
    sku = {"sku_id": "K", "product_id": "P", "size": "", "price_cents": 100, "pack": 1}
    supply = {"warehouse_id": ["W1", "W2"], "sku_id": ["K", "K"], "units": [2, 4]}
    tables = Tables(
        Settings(season="SS", region_order={"SS": ()}, tiers=("A",)),
        skus=pl.DataFrame([sku]),
        supply=pl.DataFrame(supply),
    )
    for units, expected in ((6, (2, 4)), (7, (2, 5)), (3, (2, 1)), (1, (1, 0)), (0, (0, 0))):
        changed = overridden(
            tables, Overrides(supply={"K": units}), funds_rank=False, currencies={}
        ).supply
        assert tuple(changed.sort("warehouse_id")["units"]) == expected, units


async def test_other_funds_make_another_turn_where_funds_decide_it(deps: Dependencies) -> None:
    """A10 A3: under policy FUNDS the larger purse is first; 4 units go 3 to F2 and 1 to F1."""
    async with deps.unit_of_work(SYSTEM) as uow:
        _, policy = await current_policy(uow)
        await change_policy(uow, replace(policy, franchisee_order="FUNDS"))
    rich = Overrides(supply={"TEE-40": 4}, funds={"F2": Decimal(9000)})
    today = await compared(deps, rich, None)
    run_id = await arrive(deps)
    await run_allocation(run_id, deps)
    for found in (today, await compared(deps, rich, run_id)):
        assert side(found, "franchisee", "F2", "scenario") == (3, 0, 3000)
    found = await compared(deps, replace(rich, ranks={"F1": 0}), run_id)
    assert side(found, "franchisee", "F2", "scenario") == (0, 0, 0)


async def test_a_what_if_of_today_starts_from_what_competes_now(deps: Dependencies) -> None:
    """A10: before anything arrived, 12 units of supply give the plan that the arrival gave."""
    found = await compared(deps, Overrides(supply={"TEE-40": 12}), None)
    assert side(found, "total", "all", "base") == (0, 0, 0)
    assert side(found, "total", "all", "scenario") == (9, 3, 9000)


async def test_nothing_live_is_touched(deps: Dependencies) -> None:
    """A10: every business table has the same rows before and after a what-if."""
    run_id = await arrive(deps)
    await run_allocation(run_id, deps)

    async def contents() -> list[Any]:
        return [
            await ask(deps, f"SELECT {table}::text FROM {table} ORDER BY 1")
            for table in LIVE_TABLES
        ]

    before = await contents()
    await compared(deps, Overrides(season="AUTUMN_WINTER", supply={"TEE-40": 1}), run_id)
    assert await contents() == before


@pytest.mark.parametrize(
    "overrides",
    [
        Overrides(funds={"F9": Decimal(1)}),
        Overrides(supply={"NO-SUCH": 1}),
        Overrides(ranks={"F9": 1}),
        Overrides(launch_ranks={"NO-SUCH": 1}),
    ],
)
async def test_an_unknown_name_is_refused_and_keeps_nothing(
    deps: Dependencies, overrides: Overrides
) -> None:
    """A10: a typing mistake must not look like a scenario without effect."""
    with pytest.raises(NotFound):
        await compared(deps, overrides, None)
    assert await ask(deps, "SELECT count(*) FROM scenarios") == [(0,)]


def test_impossible_figures_are_refused() -> None:
    """A10: negative funds, thirds of a cent, too much, negative units, an unknown season."""
    for wrong in (
        {"funds": {"F1": Decimal(-1)}},
        {"funds": {"F1": Decimal("0.001")}},
        {"funds": {"F1": Decimal(10) ** 29}},
        {"supply": {"TEE-40": -1}},
        {"season": "MONSOON"},
    ):
        with pytest.raises(InvalidInput):
            Overrides(**wrong)  # type: ignore[arg-type]  # a test's shorthand


async def test_a_scenario_is_queued_once(deps: Dependencies) -> None:
    """A10: asked for twice while it waits, it is handed to the worker once."""
    async with deps.unit_of_work(SYSTEM, one_instant=True) as uow:
        scenario_id = await create_scenario(CreateScenario("try"), uow)
    for _ in range(2):
        async with deps.unit_of_work(SYSTEM) as uow:
            await request_scenario_run(RunScenario(scenario_id), uow)
    assert await ask(deps, "SELECT topic, payload FROM outbox") == [
        ("scenario.run", {"scenario_id": scenario_id})
    ]
    async with deps.unit_of_work(SYSTEM) as uow:
        with pytest.raises(NotFound):
            await request_scenario_run(RunScenario(scenario_id + 1), uow)
        await uow.session.execute(text("SELECT 1"))


async def test_a_scenario_whose_job_was_lost_is_asked_for_again(deps: Dependencies) -> None:
    """A10 J2: a message given up during an outage must not leave the planner waiting for ever."""
    async with deps.unit_of_work(SYSTEM, one_instant=True) as uow:
        scenario_id = await create_scenario(CreateScenario("try"), uow)
        await request_scenario_run(RunScenario(scenario_id), uow)
    assert await requeue_waiting_scenarios(deps) == 0
    async with deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(
            text("UPDATE outbox SET created_at = created_at - interval '11 minutes'")
        )
    assert await requeue_waiting_scenarios(deps) == 1
    assert await requeue_waiting_scenarios(deps) == 0
    await run_scenario(scenario_id, deps)
    assert await ask(deps, "SELECT status FROM scenarios") == [("DONE",)]


@pytest.mark.parametrize(
    ("broken", "status", "error"),
    [
        (lose_the_socket, "QUEUED", None),
        (
            break_a_rule,
            "FAILED",
            msg(
                "runs.FAILED",
                kind="ArithmeticError",
                reason=literal("the plan breaks its own rules"),
            ).kept,
        ),
        (
            miss_a_key,
            "FAILED",
            msg("runs.BROKE", kind="KeyError").kept,
        ),
    ],
    ids=["outage", "our own words", "insides"],
)
async def test_a_scenario_that_breaks_says_so(
    deps: Dependencies,
    monkeypatch: pytest.MonkeyPatch,
    broken: Any,
    status: str,
    error: str | None,
) -> None:
    """A10: it ends as FAILED with a sentence; an outage leaves it to be asked for again."""
    async with deps.unit_of_work(SYSTEM, one_instant=True) as uow:
        scenario_id = await create_scenario(CreateScenario("try"), uow)
        await request_scenario_run(RunScenario(scenario_id), uow)

    monkeypatch.setattr(use_cases, "compare_with_base", broken)
    with pytest.raises((ConnectionResetError, ArithmeticError, KeyError)):
        await run_scenario(scenario_id, deps)
    assert await ask(deps, "SELECT status, error FROM scenarios") == [(status, error)]


async def test_goods_that_the_base_run_did_not_share_out_are_refused(deps: Dependencies) -> None:
    """A10: it read F1's line on TEE-41, tied to TEE-40 by a whole order, but not F3's."""
    await two_goods(deps)
    await whole_order(deps, "TEE-40", "TEE-41")
    run_id = await arrive(deps)
    await run_allocation(run_id, deps)
    more = Overrides(supply={"TEE-41": 9})
    with pytest.raises(InvalidInput, match=f"run {run_id} had none of SKU 'TEE-41' to share out"):
        await compared(deps, more, run_id)
    found = await compared(deps, more, None)
    assert side(found, "franchisee", "F3", "scenario") == (5, 0, 5000)


async def test_a_base_whose_snapshot_is_no_longer_kept_is_refused(deps: Dependencies) -> None:
    """A10 A9: and the reason said."""
    run_id = await arrive(deps)
    await run_allocation(run_id, deps)
    await ask(deps, "UPDATE allocation_runs SET snapshot = NULL RETURNING id")
    with pytest.raises(WrongState, match="no longer kept"):
        await compared(deps, Overrides(), run_id)

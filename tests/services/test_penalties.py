"""Penalties are raised once per case and waived with a reason (P8)."""

import asyncio

import pytest

from domain.errors import InvalidInput, NotAllowed, NotFound, WrongState
from domain.parties.people import AddPerson
from domain.penalties import PenaltyRule, WaivePenalty
from domain.principals import SYSTEM
from domain.roles import Role
from services.bootstrap import Dependencies
from services.parties.people import add_person
from services.penalties import Raised, RaisePenalty, raise_penalty, region_manager, waive_penalty
from tests.services.departments import who
from tests.services.test_allocation import ask

pytestmark = pytest.mark.usefixtures("tiny_company")

LATE = RaisePenalty(PenaltyRule.DEMAND_PLAN_LATE, "airport/2013-12", region="airport")


async def found_late(deps: Dependencies) -> Raised:
    async with deps.unit_of_work(SYSTEM) as uow:
        return await raise_penalty(LATE, uow)


async def test_two_sweeps_at_once_raise_a_case_once(deps: Dependencies) -> None:
    """P8 O8: 100 CNY on the region, by policy; whoever comes later finds it there."""
    results = await asyncio.gather(*(found_late(deps) for _ in range(3)))
    assert sorted(each.new for each in results) == [False, False, True]
    assert len({each.penalty_id for each in results}) == 1
    assert await ask(
        deps,
        "SELECT rule, case_key, code, amount::text, currency, raised_by"
        " FROM penalties AS p JOIN regions AS r ON r.id = region_id",
    ) == [("DEMAND_PLAN_LATE", "airport/2013-12", "airport", "100.000", "CNY", "SYSTEM")]
    assert await ask(deps, "SELECT count(*) FROM audit_log WHERE action = 'penaltyRaise'") == [(1,)]


async def test_a_region_s_manager_bears_it_as_a_person(deps: Dependencies) -> None:
    """P8 O7: 200 on the manager of the region, while one is known."""
    async with deps.unit_of_work(SYSTEM) as uow:
        assert await region_manager(uow, "airport") is None
        await add_person(AddPerson("wang", (Role.REGION_MANAGER,), region="airport"), uow)
        subject = await region_manager(uow, "airport")
        assert subject == "wang"
        await raise_penalty(
            RaisePenalty(PenaltyRule.SPECIAL_ORDER_NOT_PICKED_UP, "O1", person=subject), uow
        )
    assert await ask(
        deps, "SELECT subject, amount::text FROM penalties JOIN people AS p ON p.id = person_id"
    ) == [("wang", "200.000")]


async def test_a_waiver_takes_a_leader_and_a_reason_and_lasts(deps: Dependencies) -> None:
    """P8: waived by whom and why; not raised again by the next sweep, not waived twice."""
    raised = await found_late(deps)
    for role, reason, refusal in (
        (Role.SALES_ADMIN, "please", NotAllowed),
        (Role.ADMIN, " ", InvalidInput),
    ):
        with pytest.raises(refusal):
            async with deps.unit_of_work(who(role)) as uow:
                await waive_penalty(WaivePenalty(raised.penalty_id, reason), uow)
    async with deps.unit_of_work(who(Role.DEPUTY_GM)) as uow:
        await waive_penalty(WaivePenalty(raised.penalty_id, "The line was down"), uow)
    with pytest.raises(WrongState, match="deputy_gm@example waived this penalty before"):
        async with deps.unit_of_work(who(Role.GENERAL_MANAGER)) as uow:
            await waive_penalty(WaivePenalty(raised.penalty_id, "Again"), uow)
    assert await found_late(deps) == Raised(raised.penalty_id, new=False)
    assert await ask(
        deps, "SELECT amount::text, waived_by, waive_reason, version FROM penalties"
    ) == [("100.000", "deputy_gm@example", "The line was down", 2)]


async def test_it_falls_on_one_who_is_known(deps: Dependencies) -> None:
    for command, refusal in (
        (RaisePenalty(PenaltyRule.RELEASE_MISSED, "x"), InvalidInput),
        (RaisePenalty(PenaltyRule.RELEASE_MISSED, "x", person="nobody"), NotFound),
        (RaisePenalty(PenaltyRule.RELEASE_MISSED, "x", region="Mars"), NotFound),
    ):
        with pytest.raises(refusal):
            async with deps.unit_of_work(SYSTEM) as uow:
                await raise_penalty(command, uow)
    assert await ask(deps, "SELECT count(*) FROM penalties") == [(0,)]

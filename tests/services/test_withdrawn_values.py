"""What is planned for a later day is withdrawn before it, by those who may set it (P7)."""

import asyncio
import datetime as dt
from decimal import Decimal

import pytest

from domain.errors import FaultyItems, InvalidInput, NotAllowed
from domain.master_data.areas import Area
from domain.master_data.commands import NewValue, WithdrawValues
from domain.principals import SYSTEM
from domain.roles import Role
from persistence.master_data.writing import values_on
from services.bootstrap import Dependencies
from services.master_data import apply_due, withdraw_master_data
from tests.clock import FixedClock
from tests.services.departments import TODAY, TOMORROW, put, rank_of, who
from tests.services.test_allocation import ask

pytestmark = pytest.mark.usefixtures("tiny_company")


async def withdraw(deps: Dependencies, role: Role, *ids: int, reason: str = "no") -> None:
    async with deps.unit_of_work(who(role)) as uow:
        await withdraw_master_data(WithdrawValues(ids, reason), uow)


async def test_a_planned_value_is_withdrawn_and_never_comes_into_force(
    deps: Dependencies, clock: FixedClock
) -> None:
    """P7: it stays in the history with who and why; another plan of the same object holds."""
    day_after = TODAY + dt.timedelta(days=2)
    first = await put(
        deps, Role.CHANNEL, Area.CUSTOMER_RANK, NewValue(("F2",), 5), valid_from=TOMORROW
    )
    await put(deps, Role.CHANNEL, Area.CUSTOMER_RANK, NewValue(("F2",), 7), valid_from=day_after)

    await withdraw(deps, Role.CHANNEL, *first.change_ids, reason="a slip of the pen")

    assert await ask(
        deps,
        "SELECT value, withdrawn_by, withdraw_reason FROM master_data_changes ORDER BY id",
    ) == [(5, "channel@example", "a slip of the pen"), (7, None, None)]
    assert await ask(
        deps,
        "SELECT actor, object_type, before, after, reason FROM audit_log"
        " WHERE action = 'masterDataWithdraw'",
    ) == [
        (
            "channel@example",
            "Customer",
            {"rank": 5, "validFrom": "2013-11-30"},
            None,
            "a slip of the pen",
        )
    ]
    async with deps.unit_of_work(SYSTEM) as uow:
        on = [await values_on(uow.session, Area.CUSTOMER_RANK, d) for d in (TOMORROW, day_after)]
    assert [found["F2"] for found in on] == [2, 7]
    clock.advance(dt.timedelta(days=1))
    assert await apply_due(deps) == 0
    assert await rank_of(deps, "F2") == 2
    clock.advance(dt.timedelta(days=1))
    assert await apply_due(deps) == 1
    assert await rank_of(deps, "F2") == 7


async def test_what_is_no_plan_any_more_is_not_withdrawn(
    deps: Dependencies, clock: FixedClock
) -> None:
    """P7: in force, withdrawn already, or unknown: every fault is reported, and nothing happens."""
    ids = [
        *(await put(deps, Role.CHANNEL, Area.CUSTOMER_RANK, NewValue(("F1",), 4))).change_ids,
        *(
            await put(
                deps,
                Role.CHANNEL,
                Area.CUSTOMER_RANK,
                NewValue(("F1",), 8),
                NewValue(("F2",), 9),
                valid_from=TOMORROW,
            )
        ).change_ids,
    ]
    await withdraw(deps, Role.CHANNEL, ids[1])
    with pytest.raises(FaultyItems) as refused:
        await withdraw(deps, Role.CHANNEL, *ids, 999)
    assert [(fault.index, fault.code) for fault in refused.value.faults] == [
        (0, "WRONG_STATE"),
        (1, "WRONG_STATE"),
        (3, "NOT_FOUND"),
    ]
    left = "SELECT count(*) FROM master_data_changes WHERE withdrawn_at IS NULL"
    assert await ask(deps, left) == [(2,)]
    with pytest.raises(NotAllowed):
        await withdraw(deps, Role.FINANCE, ids[2])
    with pytest.raises(InvalidInput, match="needs a reason"):
        await withdraw(deps, Role.CHANNEL, ids[2], reason=" ")
    # Its day has come, and no timer yet.
    clock.advance(dt.timedelta(days=1))
    with pytest.raises(FaultyItems, match="has had this value since 2013-11-30"):
        await withdraw(deps, Role.CHANNEL, ids[2])


async def test_of_two_who_withdraw_one_plan_the_second_hears_who_was_first(
    deps: Dependencies,
) -> None:
    """P7: the area's lock decides."""
    planned = await put(
        deps, Role.FINANCE, Area.CREDIT_LIMIT, NewValue(("F1",), Decimal(5)), valid_from=TOMORROW
    )
    answers = await asyncio.gather(
        *(withdraw(deps, Role.FINANCE, *planned.change_ids) for _ in range(2)),
        return_exceptions=True,
    )
    (refusal,) = [answer for answer in answers if answer is not None]
    assert isinstance(refusal, FaultyItems)
    assert "finance@example withdrew it first" in str(refusal)

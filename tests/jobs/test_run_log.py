"""One line of the log for each allocation run: number, trigger, receipt, pieces, seconds, short."""

from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain.allocation import RequestAllocation
from domain.principals import SYSTEM
from jobs.actors import run_allocation
from persistence.allocation.runs import cancel_run
from services.allocation import run
from services.allocation.phases import PHASES
from services.allocation.request import request_allocation
from services.bootstrap import Dependencies
from services.supply import receive_goods
from tests.world import ARRIVAL

pytestmark = pytest.mark.usefixtures("tiny_company")


def lines(logs: list[Any]) -> list[dict[str, Any]]:
    """The lines of runs, with seconds, phases and memory looked at and taken out."""
    found = [dict(line) for line in logs if line["event"] == "allocation run"]
    for line in found:
        assert line.pop("seconds") >= 0
        assert line.pop("peak_mib") >= 0
        phases = [line.pop(phase) for phase in PHASES if phase in line]
        assert len(phases) == (len(PHASES) if line["status"] == "COMMITTED" else 0)
        assert all(seconds >= 0 for seconds in phases)
        assert line.pop("log_level") == "info"
        line.pop("event")
    return found


async def received(deps: Dependencies) -> int:
    async with deps.unit_of_work(SYSTEM) as uow:
        run_id = (await receive_goods(ARRIVAL, uow)).run_id
    assert run_id is not None
    return run_id


async def test_a_run_is_logged_once_however_often_it_is_delivered(deps: Dependencies) -> None:
    """12 of the 16 wanted are given: the reserve lacks 1, store S2 all of its 3."""
    run_id = await received(deps)
    with capture_logs() as logs:
        for _ in range(2):
            await run_allocation({"run_id": run_id}, deps)
    assert lines(logs) == [
        {
            "number": run_id,
            "status": "COMMITTED",
            "trigger": "GOODS_RECEIPT",
            "receipt": "GR-1",
            "pieces": 12,
            "short": 4,
        }
    ]


async def test_a_run_that_many_receipts_waited_for_names_the_first(deps: Dependencies) -> None:
    """One line stays one line, however much has piled up."""
    run_id = await received(deps)
    for number in range(2, 24):
        async with deps.unit_of_work(SYSTEM) as uow:
            await receive_goods(replace(ARRIVAL, receipt_number=f"GR-{number}"), uow)
    with capture_logs() as logs:
        await run_allocation({"run_id": run_id}, deps)
    (line,) = lines(logs)
    first = ", ".join(f"GR-{number}" for number in range(1, 21))
    assert line["receipt"] == f"{first} and 3 more"


async def test_a_run_without_a_receipt_names_none(deps: Dependencies) -> None:
    async with deps.unit_of_work(SYSTEM) as uow:
        run_id = await request_allocation(RequestAllocation(), uow)
    with capture_logs() as logs:
        await run_allocation({"run_id": run_id}, deps)
    (line,) = lines(logs)
    assert (line["trigger"], line["receipt"], line["pieces"]) == ("REQUEST", None, 0)


async def test_a_run_that_fails_is_logged_with_its_reason(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await received(deps)

    async def broken(*_: object, **__: object) -> None:
        raise ArithmeticError("the plan breaks its own rules")

    monkeypatch.setattr(run, "run_in_worker", broken)
    with capture_logs() as logs, pytest.raises(ArithmeticError):
        await run_allocation({"run_id": run_id}, deps)
    (line,) = lines(logs)
    assert (line["status"], line["pieces"]) == ("FAILED", 0)
    assert line["error"] == "ArithmeticError: the plan breaks its own rules"


async def test_a_run_that_was_called_off_is_not_logged_again(deps: Dependencies) -> None:
    run_id = await received(deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        assert await cancel_run(uow.session, run_id)
    with capture_logs() as logs:
        await run_allocation({"run_id": run_id}, deps)
    assert lines(logs) == []

"""Goods receipts: recorded once, or refused with a reason and nothing written."""

import asyncio
from dataclasses import replace

import pytest

from domain.errors import DomainError, InvalidInput, KeyReused, NotFound
from domain.principals import SYSTEM
from domain.supply import ReceiptLine, ReceiveGoods
from services.bootstrap import Dependencies
from services.idempotency import Outcome, once
from services.supply import ReceivedGoods, receive_goods
from tests.services.test_allocation import ask
from tests.world import ARRIVAL

pytestmark = pytest.mark.usefixtures("tiny_company")

WRITTEN = (
    "SELECT (SELECT count(*) FROM goods_receipts), (SELECT count(*) FROM stock_movements),"
    " (SELECT count(*) FROM allocation_runs), (SELECT count(*) FROM outbox),"
    " (SELECT coalesce(sum(units_on_hand), 0)::bigint FROM stock)"
)


async def receive(deps: Dependencies, command: ReceiveGoods) -> ReceivedGoods:
    async with deps.unit_of_work(SYSTEM) as uow:
        return await receive_goods(command, uow)


async def test_a_receipt_and_its_job_stand_together(deps: Dependencies) -> None:
    """A2: receipt, movement, stock, run and outbox row are written in one transaction."""
    received = await receive(deps, ARRIVAL)
    assert received.new
    assert await ask(deps, WRITTEN) == [(1, 1, 1, 1, 12)]
    assert await ask(deps, "SELECT topic, payload FROM outbox") == [
        ("allocation.run", {"run_id": received.run_id})
    ]


async def test_the_same_receipt_again_changes_nothing(deps: Dependencies) -> None:
    """J2: the number makes it the same delivery; the first answer is given."""
    first = await receive(deps, ARRIVAL)
    again = await receive(deps, ARRIVAL)
    assert again == replace(first, new=False)
    assert await ask(deps, WRITTEN) == [(1, 1, 1, 1, 12)]


async def test_two_who_record_it_at_once_record_it_once(deps: Dependencies) -> None:
    """J2: the second waits for the first and finds it recorded."""
    both = await asyncio.gather(receive(deps, ARRIVAL), receive(deps, ARRIVAL))
    assert sorted(received.new for received in both) == [False, True]
    assert await ask(deps, WRITTEN) == [(1, 1, 1, 1, 12)]


async def test_a_regions_own_warehouse_triggers_nothing(deps: Dependencies) -> None:
    """P4 A2: only the central warehouses are allocated from."""
    received = await receive(deps, replace(ARRIVAL, warehouse="W-AIR"))
    assert received.run_id is None
    assert await ask(deps, WRITTEN) == [(1, 1, 0, 0, 12)]


@pytest.mark.parametrize(
    ("change", "refusal", "field"),
    [
        ({"warehouse": "MOON"}, NotFound, "warehouse"),
        ({"lines": (ReceiptLine("NO-SUCH", 1),)}, NotFound, "lines.sku"),
        ({"lines": ()}, InvalidInput, "lines"),
        ({"lines": (ReceiptLine("TEE-40", 0),)}, InvalidInput, "lines.units"),
        ({"lines": (ReceiptLine("TEE-40", -3),)}, InvalidInput, "lines.units"),
        ({"lines": (ReceiptLine("TEE-40", 10**10),)}, InvalidInput, "lines.units"),
        ({"lines": (ReceiptLine("TEE-40", 1),) * 2}, InvalidInput, "lines.sku"),
        ({"receipt_number": ""}, InvalidInput, "receiptNumber"),
        ({"receipt_number": "x" * 65}, InvalidInput, "receiptNumber"),
    ],
)
async def test_a_faulty_receipt_is_refused_and_writes_nothing(
    deps: Dependencies, change: dict[str, object], refusal: type[DomainError], field: str
) -> None:
    """A2: the refusal names the field."""
    with pytest.raises(refusal) as refused:
        await receive(deps, replace(ARRIVAL, **change))  # type: ignore[arg-type]  # a test's change
    assert refused.value.field == field
    assert await ask(deps, WRITTEN) == [(0, 0, 0, 0, 0)]


async def test_a_number_recorded_with_other_goods_is_refused(deps: Dependencies) -> None:
    """A2: a correction has a number of its own."""
    await receive(deps, ARRIVAL)
    with pytest.raises(InvalidInput, match="recorded with other goods"):
        await receive(deps, replace(ARRIVAL, lines=(ReceiptLine("TEE-40", 13),)))
    assert await ask(deps, WRITTEN) == [(1, 1, 1, 1, 12)]


async def test_a_key_acts_once_and_keeps_its_outcome(deps: Dependencies) -> None:
    """J2: the same key gives the first outcome, also to two at once; other input is refused."""
    acted = []

    async def send(command: ReceiveGoods) -> Outcome:
        async with deps.unit_of_work(SYSTEM) as uow:

            async def act() -> Outcome:
                acted.append(command)
                return {"receipt": (await receive_goods(command, uow)).receipt_id}

            return await once(uow, "goodsReceive", "key-1", command, act)

    outcomes = await asyncio.gather(send(ARRIVAL), send(ARRIVAL))
    assert outcomes[0] == outcomes[1]
    assert len(acted) == 1
    with pytest.raises(KeyReused):
        await send(replace(ARRIVAL, receipt_number="GR-2"))
    assert await ask(deps, WRITTEN) == [(1, 1, 1, 1, 12)]


async def test_a_refused_act_leaves_its_key_free(deps: Dependencies) -> None:
    """J2: what was refused wrote nothing, so the corrected input may use the key."""
    wrong = replace(ARRIVAL, warehouse="MOON")
    for command, refused in ((wrong, True), (ARRIVAL, False)):
        try:
            async with deps.unit_of_work(SYSTEM) as uow:

                async def act(command: ReceiveGoods = command) -> Outcome:
                    return {"receipt": (await receive_goods(command, uow)).receipt_id}

                await once(uow, "goodsReceive", "key-1", command, act)
        except NotFound:
            assert refused
        else:
            assert not refused
    assert await ask(deps, WRITTEN) == [(1, 1, 1, 1, 12)]

"""The tiny company with two kinds of goods, and runs that are held while they are solved."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from domain.principals import SYSTEM
from domain.supply import ReceiptLine, ReceiveGoods
from persistence.tables import SkuRow
from services.allocation import run as running
from services.allocation.run import RunOutcome, run_allocation
from services.bootstrap import Dependencies
from tests.services.test_allocation import ask
from tests.waiting import PATIENCE_S, until
from tests.world import add_order, confirmed


async def two_goods(deps: Dependencies) -> None:
    """The tiny company with a second SKU, TEE-41, of which F3 (200.00) ordered 5 (order O3)."""
    async with deps.unit_of_work(SYSTEM) as uow:
        await _add_tee_41(uow)


async def _add_tee_41(uow: Any) -> None:
    product = (await uow.session.execute(text("SELECT id FROM products"))).scalar_one()
    sku = SkuRow(
        code="TEE-41", product_id=product, size="41", list_price=Decimal("10.00"), currency="CNY"
    )
    uow.session.add(sku)
    await uow.session.flush()
    await add_order(uow, "F3", 3, "200.00", "O3", sku.id, 5)


def of(number: str, sku: str, units: int) -> ReceiveGoods:
    return ReceiveGoods(number, "C", (ReceiptLine(sku, units),))


async def whole_order(deps: Dependencies, *skus: str) -> None:
    """Order O9 of the first customer, 2 of each, ships whole."""
    async with deps.unit_of_work(SYSTEM) as uow:
        rows = await uow.session.execute(text("SELECT code, id FROM skus"))
        keys = dict(list(rows))
        [customer] = await uow.session.scalars(text("SELECT min(id) FROM customers"))
        units = {keys[code]: 2 for code in skus}
        await confirmed(uow, customer, "O9", units, ship_complete=True)


class SideBySide:
    """Holds the first `runs` where their plan is to be found, until the test meets them there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, runs: int) -> None:
        self.met = asyncio.Barrier(runs + 1)
        self.one_is_there = asyncio.Event()
        self._in_worker = running.run_in_worker
        self._waits = [True] * runs
        monkeypatch.setattr(running, "run_in_worker", self._solve)

    async def _solve(self, *arguments: Any, **options: Any) -> Any:
        if self._waits:
            self._waits.pop()
            self.one_is_there.set()
            await asyncio.wait_for(self.met.wait(), PATIENCE_S)
        return await self._in_worker(*arguments, **options)

    async def begin(self, deps: Dependencies, run_id: int) -> "asyncio.Task[RunOutcome]":
        """Let this run begin; it has its goods when this returns."""
        begun = asyncio.create_task(run_allocation(run_id, deps))
        statement = f"SELECT 1 FROM allocation_run_goods WHERE taken AND run_id = {run_id}"
        await until(lambda: ask(deps, statement))
        return begun

    async def meet(self) -> None:
        """Let go of the runs, once all of them are there."""
        await asyncio.wait_for(self.met.wait(), PATIENCE_S)

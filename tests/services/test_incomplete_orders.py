"""An order that lacks something lives like any other: each act is done or refused (O1, O14)."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.orders.commands.fulfilment import Cancel
from domain.orders.commands.intake import Check, SupplyInformation
from domain.orders.entries import Line
from domain.orders.history import replayed
from domain.orders.refusals import OrderRefused
from domain.principals import SYSTEM
from persistence.orders.reading import load_orders, process_events
from persistence.ranking import rank_facts
from services.allocation.snapshot import read_snapshot
from services.bootstrap import Dependencies
from services.commands import OnOne
from services.orders.commands import act_on_order
from services.policy import current_policy
from tests.domain.orders.sample_commands import SAMPLES
from tests.services.order_office import Office, is_consistent, person

PRICE = Decimal("10.00")
# What a customer may leave open, and what nobody knows.
INCOMPLETE: dict[str, tuple[Line, ...]] = {
    "no lines": (),
    "no price": (Line(1, "TEE-40", 10, None),),
    "no SKU": (Line(1, None, 10, PRICE),),
    "no units": (Line(1, "TEE-40", None, PRICE),),
    "no units wanted": (Line(1, "TEE-40", 0, PRICE),),
    "unknown SKU": (Line(1, "TEA-40", 10, PRICE),),
    "nothing said": (Line(1, None, None, None),),
    "one of two": (Line(1, "TEE-40", 10, PRICE), Line(7, None, None, None, "blue")),
}


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("lines", INCOMPLETE.values(), ids=INCOMPLETE)
async def test_an_incomplete_order_can_be_called_off(
    office: Office, lines: tuple[Line, ...], checked: bool
) -> None:
    """O1 O14: before its check and after; afterwards it still shows what was wanted."""
    order = await office.place(lines=lines)
    if checked:
        await office.do("ORDER_CLERK", order, Check())
    before = await office.facts(order)
    assert before.status == ("NEEDS_INFO" if checked else "RECEIVED")
    await office.do("SALES_MANAGER", order, Cancel("changed his mind"))
    assert await office.facts(order) == replace(before, status="CANCELLED")
    assert before.lines == lines
    assert await is_consistent(office)


class RolledBack(Exception):
    """Ends a transaction, so that the order stands again as it stood."""


async def _can_be_done(office: Office, order: int, command: object) -> bool:
    """Whether an act is done, not refused; its history leads to what it made of the order."""
    try:
        async with office.deps.unit_of_work(person("ADMIN")) as uow:
            await act_on_order(OnOne(order, command), uow)
            found = await load_orders(uow.session, [order], dt.UTC)
            assert replayed(await process_events(uow.session, order)) == found[order].facts
            raise RolledBack
    except OrderRefused:
        return False
    except RolledBack:
        return True


@pytest.mark.parametrize("checked", [False, True])
async def test_every_act_on_an_incomplete_order_is_done_or_refused(
    office: Office, checked: bool
) -> None:
    """O15: no act fails over what an order does not say; history leads to what was done."""
    for lines in INCOMPLETE.values():
        order = await office.place(lines=lines)
        if checked:
            await office.do("ORDER_CLERK", order, Check())
        before = await office.loaded(order)
        done = {
            name for name, command in SAMPLES.items() if await _can_be_done(office, order, command)
        }
        assert await office.loaded(order) == before
        assert done == DONE
    assert await is_consistent(office)


# What can be done to every order that waits for its check, or for information.
DONE = {
    "orderAcknowledge",
    "orderCheck",
    "orderSupplyInformation",
    "orderCancel",
}


async def test_a_line_is_kept_from_the_moment_it_is_taken_in(office: Office) -> None:
    """O1: as the customer gave it; the same row is corrected and then checked."""
    rows = (
        "SELECT id, line_no, sku_id IS NOT NULL, stated_sku, units_ordered, unit_price, amount"
        " FROM order_lines WHERE order_id = :o ORDER BY line_no"
    )
    order = await office.place(lines=(Line(1, "TEA-40", 10, None), Line(2, "TEE-40", 3, PRICE)))
    first, second = await office.ask(rows, o=order)
    assert first[1:] == (1, False, "TEA-40", 10, None, None)
    assert second[1:] == (2, True, None, 3, PRICE, Decimal("30.00"))
    assert await office.ask("SELECT total FROM orders WHERE id = :o", o=order) == [(Decimal(30),)]
    correct = SupplyInformation(lines=(Line(1, "TEE-40", 10, PRICE),))
    await office.do("SALES", order, correct)
    (row,) = await office.ask(rows, o=order)
    assert row == (first[0], 1, True, None, 10, PRICE, Decimal("100.00"))
    await office.do("ORDER_CLERK", order, Check())
    assert await office.ask(rows, o=order) == [row]


async def test_lines_keep_their_numbers_however_they_were_entered(office: Office) -> None:
    """O1 O15: taken in and corrected the wrong way round; history leads to the order as it is."""
    first, second = Line(1, "TEE-40", None, None), Line(2, "TEE-40", 3, PRICE)
    order = await office.place(lines=(second, first))
    assert (await office.facts(order)).lines == (first, second)
    await office.do("SALES", order, SupplyInformation(lines=(second, first)))
    assert (await office.facts(order)).lines == (first, second)


async def test_what_is_not_checked_competes_for_nothing_and_counts_for_nothing(
    office: Office,
) -> None:
    """F3 P7: lines of an order that was not checked give no rank and no claim."""

    async def figures(deps: Dependencies) -> Any:
        async with deps.unit_of_work(SYSTEM, one_instant=True) as uow:
            read = await read_snapshot(uow, *await current_policy(uow))
            return await rank_facts(uow.session, None), read.tables.order_lines.rows()

    before = await figures(office.deps)
    await office.place()
    for lines in INCOMPLETE.values():
        await office.place(lines=lines)
    assert await figures(office.deps) == before

"""Changes of orders beside each other, beside a cancellation and beside a run (O4, O14, A11)."""

import asyncio
from decimal import Decimal

import pytest
from sqlalchemy import text

from domain.orders.commands.approval import Approve
from domain.orders.commands.changes import AgreeChange, NewLine, RequestChange
from domain.orders.commands.decision import Decide
from domain.orders.commands.fulfilment import Cancel
from domain.orders.commands.intake import SupplyInformation
from domain.orders.entries import Line, LineChange
from domain.orders.refusals import OrderRefused
from domain.principals import SYSTEM
from domain.supply import ReceiptLine, ReceiveGoods
from services.allocation.run import run_allocation
from services.supply import receive_goods
from tests.services.order_office import Office, add_customer, is_consistent

SIX = RequestChange("smaller", "SALES", lines=(LineChange(1, units=6),))
DROP = RequestChange(
    "other goods",
    "SALES",
    lines=(LineChange(1, drop=True),),
    added=(NewLine("TEE-40", 3),),
)
LINES = (
    "SELECT line_no, units_ordered, units_held, dropped_by FROM order_lines WHERE order_id = :o"
    " ORDER BY line_no"
)


async def confirmed(office: Office) -> int:
    """A distributor's order of 10 on monthly account: whatever arrives, it can pay for."""
    await add_customer(office, "MONTHLY", "DISTRIBUTOR")
    order = await office.place("N1")
    await office.bring_to_confirmed(order)
    return order


async def ready_to_decide(office: Office, order: int, change: RequestChange) -> None:
    """Asked for, agreed to, and everybody has spoken."""
    await office.do("SALES", order, change)
    await office.do("SALES", order, AgreeChange("mail"))
    await office.review(order)


async def receive(office: Office, units: int) -> int:
    """Goods arrive; the run that was asked for."""
    async with office.deps.unit_of_work(SYSTEM) as uow:
        receipt = ReceiveGoods(f"GR-{units}", "C", (ReceiptLine("TEE-40", units),))
        run = (await receive_goods(receipt, uow)).run_id
    assert run is not None
    return run


async def test_two_changes_at_once(office: Office) -> None:
    """O4: one is taken; the other, who waited, is refused since a change is under way."""
    order = await confirmed(office)
    answers = await asyncio.gather(
        *(office.do("SALES", order, SIX, name=name) for name in ("li", "wang")),
        return_exceptions=True,
    )
    (refusal,) = [answer for answer in answers if answer is not None]
    assert isinstance(refusal, OrderRefused)
    assert refusal.code == "CHANGE_OPEN"
    assert len((await office.facts(order)).changes) == 1


async def test_a_change_decided_while_the_order_is_called_off(office: Office) -> None:
    """O4 O14: whoever is first; the order is cancelled, and what was shown adds up."""
    order = await confirmed(office)
    await ready_to_decide(office, order, SIX)
    decided, cancelled = await asyncio.gather(
        office.do("PLANNING", order, Decide("ACCEPTED")),
        office.do("SALES_MANAGER", order, Cancel("closed down")),
        return_exceptions=True,
    )
    assert cancelled is None
    facts = await office.facts(order)
    assert facts.status == "CANCELLED"
    if decided is None:
        assert facts.lines == (Line(1, "TEE-40", 6, Decimal("10.00")),)
    else:
        assert isinstance(decided, OrderRefused)
        assert decided.code == "WRONG_STATE"
        assert facts.lines == (Line(1, "TEE-40", 10, Decimal("10.00")),)
    assert await is_consistent(office)


async def test_an_account_moves_while_its_customer_orders_again(office: Office) -> None:
    """F1 O4: the second order is in the account's currency, or the account stays where it was."""
    await add_customer(office, "MONTHLY", "DISTRIBUTOR")
    order = await office.place("N1")
    priced = (Line(1, "TEE-40", 10, Decimal("1.50")),)
    in_usd = SupplyInformation(lines=priced, currency="USD")
    moved, placed = await asyncio.gather(
        office.do("SALES", order, in_usd), office.place("N1"), return_exceptions=True
    )
    assert isinstance(placed, int)
    currency = "USD" if moved is None else "CNY"
    if moved is not None:
        assert isinstance(moved, OrderRefused)
        assert moved.code == "ACCOUNT_BOUND"
    assert (await office.facts(order)).currency == currency
    assert (await office.facts(placed)).currency == currency
    accounts = "SELECT currency FROM customers WHERE code = 'N1'"
    assert await office.ask(accounts) == [(currency,)]


@pytest.mark.parametrize("first", ["change", "run", "either"])
async def test_a_line_is_dropped_while_a_run_gives_to_it(office: Office, first: str) -> None:
    """O4 A11: units are given to the line or the line is gone, never both; the line that was added
    gets its 3 in the next run."""
    order = await confirmed(office)
    await ready_to_decide(office, order, DROP)
    run = await receive(office, 40)
    decide = office.do("PLANNING", order, Decide("ACCEPTED"))
    share_out = run_allocation(run, office.deps)
    if first == "either":
        decided, shared = await asyncio.gather(decide, share_out, return_exceptions=True)
        assert not isinstance(shared, BaseException)
    elif first == "change":
        await decide
        await share_out
        decided = None
    else:
        await share_out
        with pytest.raises(OrderRefused) as refusal:
            await decide
        decided = refusal.value
    lines = await office.ask(LINES, o=order)
    if decided is None:
        assert lines[0] == (1, 0, 0, 1)
        assert lines[1][:2] == (2, 3)
        assert lines[1][2] in (0, 3)
    else:
        assert isinstance(decided, OrderRefused)
        assert decided.code == "UNITS_GIVEN_OUT"
        assert lines == [(1, 10, 10, None)]
    await office.facts(order)
    assert await is_consistent(office)


async def test_a_line_that_was_reserved_once_can_be_dropped(office: Office) -> None:
    """O4 A5: what a lapsed reservation or an earlier run says of the line is kept with it."""
    ((order,),) = await office.ask("SELECT id FROM orders WHERE order_number = 'O2'")
    run = await receive(office, 12)
    await run_allocation(run, office.deps)
    assert await office.ask(
        "SELECT units_reserved FROM order_lines WHERE order_id = :o", o=order
    ) == [(3,)]
    drop = RequestChange("other goods", "SALES", lines=(LineChange(1, drop=True),))
    assert await office.refused("SALES", order, drop) == ["UNITS_GIVEN_OUT"]
    async with office.deps.unit_of_work(SYSTEM) as uow:
        await uow.session.execute(
            text("UPDATE reservations SET status = 'EXPIRED', ended_at = now()")
        )
        await uow.session.execute(text("UPDATE stock SET units_reserved = 0"))
        await uow.session.execute(
            text("UPDATE order_lines SET units_reserved = 0 WHERE order_id = :o"), {"o": order}
        )
    await office.do("SALES_SUPERVISOR", order, Approve())
    await ready_to_decide(office, order, DROP)
    await office.do("PLANNING", order, Decide("ACCEPTED"))
    assert (await office.ask(LINES, o=order))[0] == (1, 0, 0, 1)
    assert await office.ask("SELECT count(*) FROM reservations") == [(1,)]
    await office.facts(order)

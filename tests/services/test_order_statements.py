"""What a command on an order costs in SQL statements, the transaction's first one included."""

from decimal import Decimal

from domain.orders.commands.confirmation import Confirm, ReturnConfirmation, SendConfirmation
from domain.orders.commands.fulfilment import Cancel, Deliver, Ship
from domain.orders.commands.intake import Acknowledge
from domain.orders.entries import Line
from tests.services.order_office import DONE, Office, give_goods, is_consistent, pay
from tests.statements import counting


async def statements_of(office: Office, role: str, order: int, command: object) -> list[str]:
    with counting(office.deps.engine) as statements:
        await office.do(role, order, command)
    return statements


async def accepted(office: Office, units: int, lines: int) -> int:
    """An order whose confirmation is back."""
    price = Decimal("10.00")
    given = tuple(Line(no, "TEE-40", units, price) for no in range(1, lines + 1))
    order = await office.place(lines=given)
    await office.bring_to_accepted(order)
    await office.do("ORDER_CLERK", order, SendConfirmation(DONE))
    await office.do("ORDER_CLERK", order, ReturnConfirmation(True, True, True))
    return order


async def test_a_command_reads_an_order_in_four_statements(office: Office) -> None:
    """Lock and lines, policy, the order, its lines, its entries, days off; then what is written."""
    order = await office.place()
    statements = await statements_of(office, "SALES", order, Acknowledge())
    assert len([each for each in statements if "order_offers" in each]) == 1
    assert len(statements) == 11


async def test_confirming_an_order_takes_at_most_twenty_statements(office: Office) -> None:
    """With its milestones, its time limits and the run that it asks for; for many lines too."""
    counts = []
    for lines in (1, 12):
        order = await accepted(office, 2, lines)
        counts.append(len(await statements_of(office, "ORDER_CLERK", order, Confirm())))
    assert counts[0] == counts[1] <= 20


async def test_goods_and_money_of_an_order_are_written_in_one_statement(office: Office) -> None:
    """F4 O14: after three that lock, however many lines are shipped or given back."""
    counts = []
    for lines in (1, 3):
        shipped, called_off = [await accepted(office, 2, lines) for _ in range(2)]
        await pay(office, shipped, 1_000)
        for order in (shipped, called_off):
            await office.do("ORDER_CLERK", order, Confirm())
        await give_goods(office, 40 + lines)
        held = "SELECT DISTINCT units_held FROM order_lines WHERE order_id IN (:a, :b)"
        assert await office.ask(held, a=shipped, b=called_off) == [(2,)]
        acts: list[tuple[str, int, object]] = [
            ("WAREHOUSE", shipped, Ship()),
            ("WAREHOUSE", shipped, Deliver()),
            ("SALES_MANAGER", called_off, Cancel("closed down")),
        ]
        counts.append([len(await statements_of(office, *act)) for act in acts])
        assert await is_consistent(office)
    assert counts[0] == counts[1]
    assert all(each <= most for each, most in zip(counts[0], (21, 18, 21), strict=True)), counts

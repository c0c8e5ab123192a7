"""What a command on an order costs in SQL statements, the transaction's first one included."""

from decimal import Decimal

from domain.orders.commands.confirmation import Confirm, ReturnConfirmation, SendConfirmation
from domain.orders.commands.intake import Acknowledge
from domain.orders.entries import Line
from tests.services.order_office import DONE, Office
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

"""What a payment does beside its entry in the ledger (F1, A5)."""

from decimal import Decimal

from sqlalchemy import text

from domain.funding import RecordPayment
from services.funding import record_payment
from tests.services.order_office import Office, is_consistent, person


async def test_a_payment_lets_lines_reserve_again(office: Office) -> None:
    """A5: F2's reservation had lapsed unpaid; once it has paid something, it may reserve again."""
    async with office.deps.unit_of_work(person("ADMIN")) as uow:
        await uow.session.execute(text("UPDATE order_lines SET may_reserve = false"))
    async with office.deps.unit_of_work(person("FINANCE")) as uow:
        recorded = await record_payment(RecordPayment("F2", Decimal("1.00"), "slip 1"), uow)
    assert recorded.run_id is None
    assert await office.ask(
        "SELECT code, may_reserve FROM order_lines JOIN customers ON customers.id = customer_id"
        " ORDER BY code"
    ) == [("F1", False), ("F2", True)]
    assert await office.ask(
        "SELECT account, amount FROM ledger_postings JOIN ledger_transactions AS entry"
        " ON entry.id = transaction_id WHERE kind = 'RECEIPT' ORDER BY account"
    ) == [("BANK", Decimal("-1.00")), ("CUSTOMER_FUNDS", Decimal("1.00"))]
    assert await is_consistent(office)

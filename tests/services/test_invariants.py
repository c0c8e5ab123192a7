"""The doctor's invariants hold after a run, and each of them notices when it is broken."""

import psycopg
import pytest

from domain.principals import SYSTEM
from persistence.invariants import INVARIANTS, check_invariants
from services.allocation.run import run_allocation
from services.bootstrap import Dependencies
from tests.conftest import TestDatabase
from tests.services.test_allocation import arrive

pytestmark = pytest.mark.usefixtures("tiny_company")

BREAKS = {
    "books.STOCK_IS_ITS_MOVEMENTS": "UPDATE stock SET units_on_hand = 13",
    "books.STOCK_HELD_IS_PICKED": "UPDATE stock SET units_held = 8",
    "books.STOCK_RESERVED": "UPDATE stock SET units_reserved = 2",
    "books.LINE_UNITS": ("UPDATE order_lines SET units_held = 3 WHERE units_held = 4"),
    "books.BALANCES": ("UPDATE customer_funds SET balance = balance + 1"),
    "books.FUNDS_HELD": "UPDATE fund_holds SET status = 'RELEASED'",
    "books.HOLDS_COVER_GOODS": ("UPDATE order_lines SET unit_price = unit_price + 1"),
    "books.DEPOSITS": (
        "INSERT INTO ledger_transactions (customer_id, kind, reference, at, actor)"
        " SELECT id, 'DEPOSIT', 'by hand', now(), 'nobody' FROM customers WHERE code = 'F1';"
        "INSERT INTO ledger_postings (transaction_id, customer_id, account, amount, currency)"
        " SELECT t.id, t.customer_id, side.account, side.amount, 'CNY'"
        " FROM ledger_transactions AS t"
        " CROSS JOIN (VALUES ('CUSTOMER_DEPOSITS', 5), ('BANK', -5)) AS side (account, amount)"
        " WHERE t.reference = 'by hand'"
    ),
    "books.LEDGER": (
        "ALTER TABLE ledger_postings DISABLE TRIGGER refuse_change;"
        "UPDATE ledger_postings SET amount = amount + 1 WHERE account = 'CUSTOMER_HOLDS'"
    ),
    "books.GOODS_OF_RUNS": (
        "INSERT INTO allocation_run_goods (run_id, sku_id, taken)"
        " SELECT run.id, sku.id, true FROM allocation_runs AS run, skus AS sku"
    ),
    "books.UNITS_OF_PLAN": ("UPDATE allocation_lines SET units = units - 1 WHERE units > 1"),
}


async def broken(deps: Dependencies) -> list[str]:
    async with deps.unit_of_work(SYSTEM, one_instant=True) as uow:
        return [found.name for found in await check_invariants(uow.session) if found.broken]


async def test_all_invariants_hold_after_a_run(deps: Dependencies) -> None:
    """A11 F1: stock, funds, reservations and shipments agree after the tiny company's run."""
    assert await broken(deps) == []
    await run_allocation(await arrive(deps), deps)
    assert await broken(deps) == []


@pytest.mark.parametrize("name", INVARIANTS)
async def test_each_invariant_notices_when_it_is_broken(
    deps: Dependencies, database: TestDatabase, name: str
) -> None:
    """A11 F1: a check that can't fail would comfort nobody."""
    await run_allocation(await arrive(deps), deps)
    await as_superuser(database, BREAKS[name])
    assert name in await broken(deps)


async def as_superuser(database: TestDatabase, statements: str) -> None:
    """What no role of ours may do: break the books by hand."""
    address = database.superuser.for_libpq()
    async with await psycopg.AsyncConnection.connect(**address, autocommit=True) as connection:
        for statement in statements.split(";"):
            await connection.execute(statement.strip())

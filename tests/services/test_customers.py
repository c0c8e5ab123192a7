"""A customer's file is opened before its first order and kept (P2); ranks are proposed (P7)."""

import asyncio
import datetime as dt
from decimal import Decimal

import pytest

from domain.errors import DomainError, FaultyItems, InvalidInput, NotAllowed, NotFound, Stale
from domain.funding import ConfirmFunds, FundsOf
from domain.parties.customers import Contact, CreateCustomer, EraseContact, UpdateCustomer
from domain.parties.people import AddPerson, UpdatePerson
from domain.principals import SYSTEM
from domain.roles import Role
from persistence.parties.customers import TradingHistory, trading_by_customer
from services.bootstrap import Dependencies
from services.funding import confirm_funds
from services.parties.customers import create_customer, erase_contact, update_customer
from services.parties.people import add_person, update_person
from services.ranking import propose_customer_ranks
from tests.services.departments import TODAY, TOMORROW, who
from tests.services.test_allocation import ask
from tests.world import PLACED

pytestmark = pytest.mark.usefixtures("tiny_company")

NEW = CreateCustomer(
    "F3",
    "Franchisee three",
    "FRANCHISEE",
    region="airport",
    contacts=(Contact("Zhao", "Owner", "139", "zhao@example", is_main=True),),
)


async def create(deps: Dependencies, command: CreateCustomer = NEW, role: Role = Role.SALES) -> int:
    async with deps.unit_of_work(who(role)) as uow:
        return await create_customer(command, uow)


async def test_a_new_customer_has_an_account_and_stands_behind_all(deps: Dependencies) -> None:
    """P2: file, account and contact are opened together; CHANNEL ranks it later."""
    await create(deps)
    assert await ask(
        deps,
        "SELECT kind, class, payment_terms, c.currency, rank, credit_limit, balance, c2.name"
        " FROM customers AS c JOIN customer_funds AS f ON f.customer_id = c.id"
        " JOIN customer_contacts AS c2 ON c2.customer_id = c.id WHERE code = 'F3'",
    ) == [("FRANCHISEE", "C", "PREPAID", "CNY", 3, None, Decimal(0), "Zhao")]


async def test_two_new_customers_at_once_get_a_code_and_a_place_each(deps: Dependencies) -> None:
    """P2: of two with one code one is refused; two with their own get ranks of their own."""
    commands = [CreateCustomer(code, code, "FRANCHISEE") for code in ("F3", "F3", "F4")]
    results = await asyncio.gather(
        *(create(deps, command) for command in commands), return_exceptions=True
    )
    assert sum(isinstance(each, InvalidInput) for each in results) == 1
    found = await ask(deps, "SELECT rank FROM customers WHERE code >= 'F3' ORDER BY rank")
    assert found == [(3,), (4,)]


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (CreateCustomer("F1", "Again", "FRANCHISEE"), InvalidInput),
        (CreateCustomer(" ", "Blank", "FRANCHISEE"), InvalidInput),
        (CreateCustomer("F3", "Odd", "FRIEND"), InvalidInput),
        (CreateCustomer("F3", "Lost", "EXPORT", region="Mars"), NotFound),
        (CreateCustomer("F3", "Dear", "EXPORT", customer_class="A"), NotAllowed),
        (CreateCustomer("F3", "Credit", "EXPORT", payment_terms="MONTHLY"), NotAllowed),
    ],
)
async def test_what_a_salesperson_cannot_enter_is_refused(
    deps: Dependencies, command: CreateCustomer, refusal: type[DomainError]
) -> None:
    """P2 P7: class A is a manager's word, terms without a slip are FINANCE's."""
    with pytest.raises(refusal):
        await create(deps, command)
    assert await ask(deps, "SELECT count(*) FROM customers") == [(2,)]


async def test_contacts_are_changed_all_or_none(deps: Dependencies) -> None:
    """P2: two faults reported at once; then another main contact takes the place of the first."""
    await create(deps)
    [(zhao,)] = await ask(deps, "SELECT id FROM customer_contacts")

    async def update(*contacts: Contact, expected: int | None = None) -> None:
        async with deps.unit_of_work(who(Role.SALES)) as uow:
            await update_customer(
                UpdateCustomer("F3", contacts=contacts, expected_version=expected), uow
            )

    with pytest.raises(FaultyItems) as refusal:
        await update(Contact("Li"), Contact(" "), Contact("Qian", id=99))
    assert [(each.index, each.field) for each in refusal.value.faults] == [(1, "name"), (2, "id")]
    retired = Contact("Zhao", "Retired", phone=None, id=zhao)
    await update(retired, Contact("Li", is_main=True), expected=1)
    assert await ask(
        deps, "SELECT name, position, phone, is_main FROM customer_contacts ORDER BY id"
    ) == [("Zhao", "Retired", None, False), ("Li", None, None, True)]
    with pytest.raises(Stale):
        await update(expected=1)


async def test_an_erased_contact_leaves_no_name_anywhere(deps: Dependencies) -> None:
    """P2: neither in its row nor in the audit log."""
    await create(deps)
    [(zhao,)] = await ask(deps, "SELECT id FROM customer_contacts")
    with pytest.raises(NotAllowed):
        async with deps.unit_of_work(who(Role.SALES)) as uow:
            await erase_contact(EraseContact(zhao), uow)
    async with deps.unit_of_work(who(Role.LEGAL)) as uow:
        await erase_contact(EraseContact(zhao), uow)
    assert await ask(
        deps,
        "SELECT name, position, phone, email, is_main, erased_at IS NULL FROM customer_contacts",
    ) == [("(erased)", None, None, None, False, False)]
    assert await ask(
        deps, "SELECT count(*) FROM audit_log WHERE concat(before, after) ILIKE '%zhao%'"
    ) == [(0,)]


async def test_the_file_shows_what_was_traded(deps: Dependencies) -> None:
    """P2: F1 ordered four for 40.00; its opening balance is no payment."""
    [(key,)] = await ask(deps, "SELECT id FROM customers WHERE code = 'F1'")
    async with deps.unit_of_work(SYSTEM) as uow:
        found = await trading_by_customer(uow.session, [key])
    assert found[key] == TradingHistory(1, 1, 4, 0, Decimal("40.00"), Decimal(0), PLACED, PLACED)


async def test_proposed_ranks_stand_beside_the_entered_ones(deps: Dependencies) -> None:
    """P7: by region, class and units, explained; nothing is written."""
    async with deps.unit_of_work(who(Role.CHANNEL)) as uow:
        found = await propose_customer_ranks(uow)
    assert [(each.customer, each.proposed, each.entered) for each in found] == [
        ("F1", 1, 1),
        ("F2", 2, 2),
    ]
    assert [str(figure.text) for figure in found[1].figures] == [
        "region Shenzhen is number 2 in spring and summer",
        "class C",
        "3 units ordered in the last 365 days",
    ]
    assert await ask(deps, "SELECT count(*) FROM master_data_changes") == [(0,)]


async def test_finance_confirms_the_day_of_the_figures(deps: Dependencies) -> None:
    """A3 P7: for all or for some, of today or earlier, by FINANCE alone."""

    async def confirm(command: ConfirmFunds, role: Role = Role.FINANCE) -> int:
        async with deps.unit_of_work(who(role)) as uow:
            return len(await confirm_funds(command, uow))

    question = (
        "SELECT code, confirmed_on, f.version FROM customer_funds AS f"
        " JOIN customers ON id = customer_id ORDER BY code"
    )
    yesterday = TODAY - dt.timedelta(days=1)
    assert await confirm(ConfirmFunds(day=yesterday)) == 2
    assert await confirm(ConfirmFunds((FundsOf("F1", 2),))) == 1
    assert await ask(deps, question) == [("F1", TODAY, 3), ("F2", yesterday, 2)]
    with pytest.raises(FaultyItems) as refusal:
        await confirm(ConfirmFunds((FundsOf("F1", 2), FundsOf("F9"), FundsOf("F2"))))
    assert [(each.index, each.code) for each in refusal.value.faults] == [
        (0, "STALE_VERSION"),
        (1, "NOT_FOUND"),
    ]
    with pytest.raises(InvalidInput):
        await confirm(ConfirmFunds(day=TOMORROW))
    for role in (Role.ACCOUNTING_MANAGER, Role.ADMIN, Role.SALES):
        with pytest.raises(NotAllowed):
            await confirm(ConfirmFunds(), role)


async def test_the_last_administrator_stays(deps: Dependencies) -> None:
    """P1: of two, one may go; changes are audited with before and after."""

    async def add(command: AddPerson, role: Role = Role.ADMIN) -> None:
        async with deps.unit_of_work(who(role)) as uow:
            await add_person(command, uow)

    async def update(command: UpdatePerson, role: Role = Role.ADMIN) -> None:
        async with deps.unit_of_work(who(role)) as uow:
            await update_person(command, uow)

    for subject in ("ann", "bob"):
        await add(AddPerson(subject, (Role.ADMIN,)))
    results = await asyncio.gather(
        *(update(UpdatePerson(subject, active=False)) for subject in ("ann", "bob")),
        return_exceptions=True,
    )
    assert sorted(str(each) for each in results) == [
        "Nobody would be left who may administer: give the role ADMIN to another person first.",
        "None",
    ]
    for refused in (
        add(AddPerson("eve", (Role.ADMIN,)), Role.GENERAL_MANAGER),
        update(UpdatePerson("bob", name="Robert"), Role.GENERAL_MANAGER),
    ):
        with pytest.raises(NotAllowed):
            await refused
    with pytest.raises(InvalidInput, match="already"):
        await add(AddPerson("bob", (Role.SALES,)))
    with pytest.raises(Stale):
        await update(UpdatePerson("bob", name="Robert", expected_version=7))
    [(before, after)] = await ask(
        deps, "SELECT before, after FROM audit_log WHERE before->>'active' = 'true'"
    )
    assert (before["roles"], after["active"]) == (["ADMIN"], False)

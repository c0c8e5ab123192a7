"""A customer's file: entered before its first order, changed, its contacts kept (P2)."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.currencies import check_currency
from domain.errors import InvalidInput, NotFound, require_version
from domain.master_data.areas import Area
from domain.messages import msg
from domain.parties.customers import Contact, CreateCustomer, EraseContact, UpdateCustomer
from domain.parties.guards import (
    LOWEST_CLASS,
    actions_beside,
    check_contact_count,
    check_contacts,
    check_new_file,
    check_words,
)
from domain.roles import require
from domain.unchanged import UNCHANGED
from persistence.audit import record, record_each
from persistence.funding.writing import add_funds_row
from persistence.master_data.writing import count_change
from persistence.parties import customers
from persistence.tables import CustomerContactRow, CustomerRow
from persistence.unit_of_work import UnitOfWork
from services.commands import row_of, use_case
from services.parties.references import region_key, salesperson_key
from services.policy import current_policy

ERASED = "(erased)"


@use_case
async def create_customer(command: CreateCustomer, uow: UnitOfWork) -> int:
    """Open a customer's file and account; its key.

    It stands behind all ranked customers until CHANNEL ranks it. Raises InvalidInput, NotFound,
    NotAllowed, FaultyItems.
    """
    check_new_file(command)
    for action in actions_beside(command):
        require(uow.principal, action)
    # One at a time: two new customers must not get one code, or one place.
    await count_change(uow, Area.CUSTOMER_RANK)
    if await customers.customer_for_update(uow.session, command.code) is not None:
        raise InvalidInput(msg("parties.TAKEN", code=command.code), field="code")
    _, policy = await current_policy(uow)
    row = CustomerRow(
        code=command.code,
        name=command.name.strip(),
        name_zh=_stripped(command.name_zh),
        kind=command.kind,
        customer_class=command.customer_class or LOWEST_CLASS,
        payment_terms=command.payment_terms,
        currency=command.currency or policy.currency,
        rank=await customers.last_rank(uow.session),
    )
    check_currency(row.currency)
    await _refer(command, row, uow)
    customer_id = await customers.add_customer(uow.session, row)
    await add_funds_row(uow.session, row)
    await _save_contacts(command.contacts, row, uow)
    await record(uow, row_of(command).name, "Customer", customer_id, after=_seen(row))
    return customer_id


@use_case
async def update_customer(command: UpdateCustomer, uow: UnitOfWork) -> int:
    """Change a customer's file; its key. Contacts that are not named stay.

    Raises NotFound, Stale, InvalidInput, NotAllowed, FaultyItems.
    """
    row = await customers.customer_for_update(uow.session, command.code)
    if row is None:
        raise NotFound("customer", command.code, field="code")
    require_version("customer", command.expected_version, row.version)
    check_words(command)
    for action in actions_beside(command, row.customer_class):
        require(uow.principal, action)
    before = _seen(row)
    row.name = row.name if command.name is None else command.name.strip()
    if command.name_zh is not UNCHANGED:
        row.name_zh = _stripped(command.name_zh)
    row.kind = command.kind or row.kind
    row.customer_class = command.customer_class or row.customer_class
    await _refer(command, row, uow)
    await _save_contacts(command.contacts, row, uow)
    row.version += 1
    await record(uow, row_of(command).name, "Customer", row.id, before=before, after=_seen(row))
    return row.id


@use_case
async def erase_contact(command: EraseContact, uow: UnitOfWork) -> int:
    """Take a contact's personal data away for good; the row stays as a pseudonym. The customer.

    Raises NotFound.
    """
    found = await customers.contacts_for_update(uow.session, [command.contact_id])
    row = found.get(command.contact_id)
    if row is None:
        raise NotFound("contact", str(command.contact_id), field="id")
    row.name, row.position, row.phone, row.email, row.note = ERASED, None, None, None, None
    row.is_main, row.erased_at, row.version = False, uow.now, row.version + 1
    await record(uow, row_of(command).name, "CustomerContact", command.contact_id)
    return row.customer_id


def _stripped(name: str | None) -> str | None:
    return None if name is None else name.strip()


async def _refer(
    command: CreateCustomer | UpdateCustomer, row: CustomerRow, uow: UnitOfWork
) -> None:
    """Point at region, salesperson and price plan by their codes; None points at none."""
    if command.region is not UNCHANGED:
        row.region_id = await region_key(uow, command.region)
    if command.salesperson is not UNCHANGED:
        row.salesperson_id = await salesperson_key(uow, command.salesperson)
    if command.price_plan is None:
        row.price_plan_id = None
    elif command.price_plan is not UNCHANGED:
        plan = await customers.price_plan(uow.session, command.price_plan)
        if plan is None:
            raise NotFound("price plan", command.price_plan, field="pricePlan")
        row.price_plan_id, currency = plan
        if currency != row.currency:
            raise InvalidInput(
                msg(
                    "parties.PLAN_CURRENCY",
                    plan=command.price_plan,
                    currency=currency,
                    other=row.currency,
                ),
                field="pricePlan",
            )


async def _save_contacts(
    contacts: Sequence[Contact], customer: CustomerRow, uow: UnitOfWork
) -> None:
    """Add contacts and change those that have an id; raises FaultyItems with every fault."""
    check_contact_count(contacts)
    named = [contact.id for contact in contacts if contact.id is not None]
    known = {
        key: row
        for key, row in (await customers.contacts_for_update(uow.session, named)).items()
        if row.customer_id == customer.id and row.erased_at is None
    }
    check_contacts(contacts, known)
    if any(contact.is_main for contact in contacts):
        await customers.no_main_contact(uow.session, customer.id)
    saved = [_saved(contact, known, customer) for contact in contacts]
    uow.session.add_all(saved)
    await uow.session.flush()
    # Only that it happened: the audit log keeps for ever what a contact may have erased.
    keys = {row.id: {"customer": customer.code} for row in saved}
    await record_each(uow, "contactKeep", "CustomerContact", keys)


def _saved(
    contact: Contact, known: Mapping[int, CustomerContactRow], customer: CustomerRow
) -> CustomerContactRow:
    """The contact's row with what is said of it; what a change leaves out stays."""
    said: dict[str, Any] = {
        "name": contact.name.strip(),
        "position": contact.position,
        "phone": contact.phone,
        "email": contact.email,
        "note": contact.note,
        "is_main": UNCHANGED if contact.is_main is None else contact.is_main,
    }
    values = {name: value for name, value in said.items() if value is not UNCHANGED}
    if contact.id is None:
        return CustomerContactRow(customer_id=customer.id, **values)
    row = known[contact.id]
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    return row


def _seen(row: CustomerRow) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "nameZh": row.name_zh,
        "kind": row.kind,
        "class": row.customer_class,
        "regionId": row.region_id,
        "salespersonId": row.salesperson_id,
        "paymentTerms": row.payment_terms,
        "pricePlanId": row.price_plan_id,
    }

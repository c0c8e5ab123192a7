"""People are added, given roles, shut out and let in again (P1)."""

from dataclasses import asdict

from domain.errors import NotFound, require_version
from domain.parties.people import (
    AddPerson,
    Person,
    UpdatePerson,
    an_administrator_is_left,
)
from domain.roles import Role
from persistence.audit import record
from persistence.master_data.writing import PEOPLE, lock_area
from persistence.parties import people
from persistence.tables import PersonRow
from persistence.unit_of_work import UnitOfWork
from services.commands import row_of, use_case
from services.parties.references import customer_key, region_key


@use_case
async def add_person(command: AddPerson, uow: UnitOfWork) -> int:
    """Add a person; its key.

    Raises NotAllowed, InvalidInput, or NotFound for an unknown customer or region.
    """
    found = await _locked(command.subject, uow)
    after = command.effect(None if found is None else found[1])
    customer_id = await customer_key(uow, after.customer)
    region_id = await region_key(uow, after.region)
    key = await people.add_person(uow.session, after, customer_id, region_id)
    await record(uow, row_of(command).name, "Person", key, after=asdict(after))
    return key


@use_case
async def update_person(command: UpdatePerson, uow: UnitOfWork) -> int:
    """Change a person; its key.

    Raises NotAllowed, InvalidInput, Stale, NotFound for an unknown person or region, or WrongState
    where nobody would be left to administer.
    """
    found = await _locked(command.subject, uow)
    if found is None:
        raise NotFound("person", command.subject, field="subject")
    row, before = found
    require_version("person", command.expected_version, row.version)
    after = command.effect(before)
    if before.administers:
        others = await people.count_active_with_role(uow.session, Role.ADMIN, but=row.id)
        an_administrator_is_left(before, after, others)
    if after.region != before.region:
        row.region_id = await region_key(uow, after.region)
    if after.active != before.active:
        row.active, row.deactivated_at = after.active, None if after.active else uow.now
    row.name, row.language, row.version = after.name, after.language, row.version + 1
    await uow.session.flush()
    if after.roles != before.roles:
        await people.set_roles(uow.session, row.id, after.roles)
    await record(
        uow, row_of(command).name, "Person", row.id, before=asdict(before), after=asdict(after)
    )
    return row.id


async def _locked(subject: str, uow: UnitOfWork) -> tuple[PersonRow, Person] | None:
    # One at a time: of two last administrators one must stay.
    await lock_area(uow, PEOPLE)
    return await people.person_for_update(uow.session, subject)

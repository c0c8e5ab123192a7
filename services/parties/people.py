"""People are added, given roles, shut out and let in again (P1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain import limits
from domain.errors import InvalidInput, NotFound, WrongState, require_version
from domain.messages import msg
from domain.objections import refuse
from domain.roles import Action, Role, object_to_roles, object_to_subject, require
from domain.unchanged import UNCHANGED, Unchanged
from persistence.audit import record
from persistence.master_data.writing import PEOPLE, lock_area
from persistence.parties import people
from persistence.unit_of_work import UnitOfWork
from services.parties.references import customer_key, region_key


@dataclass(frozen=True)
class SavePerson:
    """Who a person is and may be; what is None stays as it is, except the region.

    customer: the code of the customer whose login it is; goes with the role CUSTOMER, alone.
    """

    subject: str
    name: str | None = None
    roles: Sequence[Role] | None = None
    customer: str | None = None
    active: bool | None = None
    # Whose region it is, for a REGION_MANAGER, by code; None: the manager of no region.
    region: str | Unchanged | None = UNCHANGED
    # Whether a new person is meant; None takes either.
    is_new: bool | None = None
    expected_version: int | None = None


async def save_person(command: SavePerson, uow: UnitOfWork) -> bool:
    """Add a person or change one; whether it is a new one.

    Raises NotAllowed, InvalidInput, Stale, NotFound for an unknown customer or region, or
    WrongState where nobody would be left to administer.
    """
    require(uow.principal, Action.MANAGE_PEOPLE)
    session = uow.session
    refuse(repr(command.subject), object_to_subject(command.subject), "subject")
    customer_id = await customer_key(uow, command.customer)
    region = command.region
    region_id = region if region is UNCHANGED else await region_key(uow, region)
    # One at a time: of two last administrators one must stay.
    await lock_area(uow, PEOPLE)
    person = await people.person_for_update(session, command.subject)
    new = person is None
    before = None if person is None else await _seen(uow, person.id)
    if command.is_new is True and not new:
        raise InvalidInput(msg("people.TAKEN", subject=command.subject), field="subject")
    if command.is_new is False and new:
        raise NotFound("person", command.subject, field="subject")
    if person is None:
        if command.roles is None:
            raise InvalidInput(msg("people.NEEDS_ROLE"), field="roles")
        person = await people.add_person(
            session, command.subject, command.name or command.subject, customer_id
        )
    else:
        require_version("person", command.expected_version, person.version)
        if command.customer is not None and person.customer_id != customer_id:
            raise InvalidInput(
                msg("people.OTHER_CUSTOMER", subject=command.subject),
                field="customer",
            )
    if command.name is not None:
        if not 1 <= len(command.name.strip()) <= limits.NAME:
            raise InvalidInput(msg("values.NAME_1_200"), field="name")
        person.name = command.name.strip()
    if region_id is not UNCHANGED:
        person.region_id = region_id
    if command.roles is not None:
        objection = object_to_roles(command.roles, of_customer=person.customer_id is not None)
        refuse(", ".join(command.roles) or msg("people.THE_ROLES"), objection, "roles")
        await people.set_roles(session, person.id, command.roles)
    if command.active is not None:
        await people.set_active(session, person, command.active, uow.now)
    person.version += 0 if new else 1
    after = await _seen(uow, person.id)
    if before is not None and _administers(before) and not _administers(after):
        await _require_another_administrator(uow)
    await record(uow, "personKeep", "Person", person.id, before=before, after=after)
    return new


async def _seen(uow: UnitOfWork, person_id: int) -> dict[str, Any]:
    """What the audit log keeps of a person."""
    await uow.session.flush()
    person, roles, customer, region = await people.person_with_roles(uow.session, person_id)
    return {
        "subject": person.subject,
        "name": person.name,
        "roles": roles,
        "customer": customer,
        "region": region,
        "active": person.active,
    }


def _administers(seen: dict[str, Any]) -> bool:
    return bool(seen["active"]) and Role.ADMIN in seen["roles"]


async def _require_another_administrator(uow: UnitOfWork) -> None:
    if await people.count_active_with_role(uow.session, Role.ADMIN) == 0:
        raise WrongState(msg("people.LAST_ADMINISTRATOR"))

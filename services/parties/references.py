"""The keys of what callers name by codes and logins; None names nothing. All raise NotFound."""

from domain.errors import NotFound
from persistence.parties import keys
from persistence.parties.people import person_named
from persistence.unit_of_work import UnitOfWork


async def customer_key(uow: UnitOfWork, code: str | None) -> int | None:
    """The key of the customer of that code."""
    if code is None:
        return None
    return _found(await keys.customer_key(uow.session, code), "customer", code, "customer")


async def region_key(uow: UnitOfWork, code: str | None) -> int | None:
    """The key of the region of that code."""
    if code is None:
        return None
    return _found(await keys.region_key(uow.session, code), "region", code, "region")


async def person_key(uow: UnitOfWork, subject: str | None) -> int | None:
    """The key of the person of that login."""
    if subject is None:
        return None
    return _found(await keys.person_key(uow.session, subject), "person", subject, "person")


async def salesperson_key(uow: UnitOfWork, subject: str | None) -> int | None:
    """The key of the person of that login; a customer's login is nobody's who sells."""
    if subject is None:
        return None
    return _found(await keys.employee_key(uow.session, subject), "person", subject, "salesperson")


async def owner_named(uow: UnitOfWork, subject: str) -> tuple[int, frozenset[str]]:
    """The key of a person to whom work is given, and the roles that the person may act as."""
    found = await person_named(uow.session, subject)
    if found is None:
        raise NotFound("person", subject, field="owner")
    return found


def _found(key: int | None, what: str, named: str, field: str) -> int:
    if key is None:
        raise NotFound(what, named, field=field)
    return key

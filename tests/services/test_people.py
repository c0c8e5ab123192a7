"""People are added, given roles and shut out, each time with an entry in the audit log (P1)."""

import pytest
from sqlalchemy import select

from domain.errors import DomainError
from domain.parties.people import AddPerson, UpdatePerson
from domain.principals import SYSTEM
from domain.roles import Role
from persistence.parties.queries import PersonView, person_by_subject
from persistence.tables import AuditRow
from services.bootstrap import Dependencies
from services.parties.people import add_person, update_person

pytestmark = pytest.mark.usefixtures("tiny_company")


async def add(deps: Dependencies, command: AddPerson) -> None:
    async with deps.unit_of_work(SYSTEM) as uow:
        await add_person(command, uow)


async def update(deps: Dependencies, command: UpdatePerson) -> None:
    async with deps.unit_of_work(SYSTEM) as uow:
        await update_person(command, uow)


async def person(deps: Dependencies, subject: str) -> PersonView | None:
    async with deps.unit_of_work(SYSTEM) as uow:
        return await person_by_subject(uow.session, subject)


async def test_a_person_is_added_changed_and_shut_out(deps: Dependencies) -> None:
    """P1: each time with an entry in the audit log."""
    await add(deps, AddPerson("li", (Role.SALES, Role.FINANCE), name="Li Na", region="airport"))
    added = await person(deps, "li")
    assert added is not None
    assert (added.name, added.roles, added.active) == ("Li Na", {"SALES", "FINANCE"}, True)
    await update(deps, UpdatePerson("li", roles=(Role.LEGAL,), region=None, active=False))
    changed = await person(deps, "li")
    assert changed is not None
    assert (changed.name, changed.roles, changed.active) == ("Li Na", {"LEGAL"}, False)
    async with deps.unit_of_work(SYSTEM) as uow:
        entries = list(await uow.session.scalars(select(AuditRow).order_by(AuditRow.id)))
    at_first = {
        "subject": "li",
        "name": "Li Na",
        "roles": ["FINANCE", "SALES"],
        "customer": None,
        "region": "airport",
        "active": True,
        "language": None,
    }
    in_the_end = {**at_first, "roles": ["LEGAL"], "region": None, "active": False}
    assert [(entry.action, entry.before, entry.after) for entry in entries] == [
        ("personAdd", None, at_first),
        ("personUpdate", at_first, in_the_end),
    ]


async def test_a_customers_login_is_bound_for_good(deps: Dependencies) -> None:
    """P1: nobody is bound to a second customer."""
    await add(deps, AddPerson("f1", (Role.CUSTOMER,), customer="F1"))
    await update(deps, UpdatePerson("f1", customer="F1", name="F1's login"))
    with pytest.raises(DomainError, match="belongs to another customer"):
        await update(deps, UpdatePerson("f1", customer="F2"))


@pytest.mark.parametrize(
    "command",
    [
        AddPerson("", (Role.SALES,)),
        AddPerson("service:admin", (Role.ADMIN,)),
        AddPerson("li", ()),
        AddPerson("li", (Role.SALES,), name=" "),
        AddPerson("li", (Role.CUSTOMER,)),
        AddPerson("li", (Role.SALES,), customer="F1"),
        AddPerson("li", (Role.CUSTOMER, Role.SALES), customer="F1"),
        AddPerson("li", (Role.CUSTOMER,), customer="nobody"),
        AddPerson("li", (Role.REGION_MANAGER,), region="nowhere"),
    ],
)
async def test_what_does_not_fit_is_refused_and_nothing_is_kept(
    deps: Dependencies, command: AddPerson
) -> None:
    with pytest.raises(DomainError):
        await add(deps, command)
    assert await person(deps, command.subject) is None


async def test_who_is_not_there_is_not_changed(deps: Dependencies) -> None:
    with pytest.raises(DomainError, match="There is no person 'li'"):
        await update(deps, UpdatePerson("li", name="Li Na"))

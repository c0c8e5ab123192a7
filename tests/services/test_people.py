"""People are added, given roles and shut out, each time with an entry in the audit log (P1)."""

import pytest
from sqlalchemy import select

from domain.errors import DomainError
from domain.principals import SYSTEM
from domain.roles import Role
from persistence.parties.queries import PersonView, person_by_subject
from persistence.tables import AuditRow
from services.bootstrap import Dependencies
from services.parties.people import SavePerson, save_person

pytestmark = pytest.mark.usefixtures("tiny_company")


async def keep(deps: Dependencies, command: SavePerson) -> bool:
    async with deps.unit_of_work(SYSTEM) as uow:
        return await save_person(command, uow)


async def person(deps: Dependencies, subject: str) -> PersonView | None:
    async with deps.unit_of_work(SYSTEM) as uow:
        return await person_by_subject(uow.session, subject)


async def test_a_person_is_added_changed_and_shut_out(deps: Dependencies) -> None:
    """P1: each time with an entry in the audit log."""
    assert await keep(deps, SavePerson("li", "Li Na", [Role.SALES, Role.FINANCE]))
    added = await person(deps, "li")
    assert added is not None
    assert (added.name, added.roles, added.active) == ("Li Na", {"SALES", "FINANCE"}, True)
    assert not await keep(deps, SavePerson("li", roles=[Role.LEGAL], active=False))
    changed = await person(deps, "li")
    assert changed is not None
    assert (changed.name, changed.roles, changed.active) == ("Li Na", {"LEGAL"}, False)
    async with deps.unit_of_work(SYSTEM) as uow:
        entries = list(await uow.session.scalars(select(AuditRow).order_by(AuditRow.id)))
    assert [(entry.action, entry.after and entry.after["roles"]) for entry in entries] == [
        ("personKeep", ["FINANCE", "SALES"]),
        ("personKeep", ["LEGAL"]),
    ]


async def test_a_customers_login_is_bound_for_good(deps: Dependencies) -> None:
    """P1: nobody is bound to a second customer."""
    await keep(deps, SavePerson("f1", roles=[Role.CUSTOMER], customer="F1"))
    with pytest.raises(DomainError, match="belongs to another customer"):
        await keep(deps, SavePerson("f1", customer="F2"))


@pytest.mark.parametrize(
    "command",
    [
        SavePerson("", roles=[Role.SALES]),
        SavePerson("service:admin", roles=[Role.ADMIN]),
        SavePerson("li"),
        SavePerson("li", roles=[]),
        SavePerson("li", roles=[Role.CUSTOMER]),
        SavePerson("li", roles=[Role.SALES], customer="F1"),
        SavePerson("li", roles=[Role.CUSTOMER, Role.SALES], customer="F1"),
        SavePerson("li", roles=[Role.CUSTOMER], customer="nobody"),
    ],
)
async def test_what_does_not_fit_is_refused_and_nothing_is_kept(
    deps: Dependencies, command: SavePerson
) -> None:
    with pytest.raises(DomainError):
        await keep(deps, command)
    assert await person(deps, command.subject) is None

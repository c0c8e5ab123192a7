"""People who may act, and the roles they hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.parties.people import Person
from persistence.lookups import rows_by
from persistence.paging import Key, Page, PageRequest, Sorting, count_rows, fetch_page
from persistence.tables import CustomerRow, PersonRoleRow, PersonRow, RegionRow

BY_SUBJECT = Sorting("subject", (Key(PersonRow.subject), Key(PersonRow.id)))


@dataclass(frozen=True)
class PeopleQuestion:
    """Which people are asked for; what is None does not narrow."""

    role: str | None = None
    is_active: bool | None = None


async def person_for_update(session: AsyncSession, subject: str) -> tuple[PersonRow, Person] | None:
    """The person of that subject, locked until the transaction ends, and what is known of it."""
    found = (
        await session.execute(
            select(PersonRow, CustomerRow.code, RegionRow.code)
            .outerjoin(CustomerRow, CustomerRow.id == PersonRow.customer_id)
            .outerjoin(RegionRow, RegionRow.id == PersonRow.region_id)
            .where(PersonRow.subject == subject)
            .with_for_update(key_share=True, of=PersonRow)
        )
    ).one_or_none()
    if found is None:
        return None
    row, customer, region = found
    roles = await session.scalars(
        select(PersonRoleRow.role)
        .where(PersonRoleRow.person_id == row.id)
        .order_by(PersonRoleRow.role)
    )
    known = Person(row.subject, row.name, tuple(roles), customer, region, row.active, row.language)
    return row, known


async def is_active_staff(session: AsyncSession, subject: str) -> bool:
    """Whether that is a person of the company who may act; a customer's login is none."""
    found = await session.scalar(
        select(PersonRow.id).where(
            PersonRow.subject == subject, PersonRow.customer_id.is_(None), PersonRow.active
        )
    )
    return found is not None


async def add_person(
    session: AsyncSession, person: Person, customer_id: int | None, region_id: int | None
) -> int:
    """Add a person with its roles; its key."""
    row = PersonRow(
        subject=person.subject,
        name=person.name,
        customer_id=customer_id,
        region_id=region_id,
        language=person.language,
    )
    session.add(row)
    await session.flush()
    await session.execute(insert(PersonRoleRow), _role_rows(row.id, person.roles))
    return row.id


async def set_roles(session: AsyncSession, person_id: int, roles: Iterable[str]) -> None:
    """Let a person hold these roles and no others."""
    await session.execute(delete(PersonRoleRow).where(PersonRoleRow.person_id == person_id))
    await session.execute(insert(PersonRoleRow), _role_rows(person_id, roles))


def _role_rows(person_id: int, roles: Iterable[str]) -> list[dict[str, object]]:
    return [{"person_id": person_id, "role": role} for role in roles]


async def count_active_with_role(session: AsyncSession, role: str, *, but: int) -> int:
    """How many people who may act hold a role, but for one person."""
    found = await session.scalar(
        select(func.count())
        .select_from(PersonRoleRow)
        .join(PersonRow, PersonRow.id == PersonRoleRow.person_id)
        .where(PersonRoleRow.role == role, PersonRow.active, PersonRow.id != but)
    )
    return int(found or 0)


async def people(
    session: AsyncSession, question: PeopleQuestion, page: PageRequest
) -> Page[PersonRow]:
    """One page of people, by subject."""
    return await fetch_page(session, _asked(question), BY_SUBJECT, page)


async def count_people(session: AsyncSession, question: PeopleQuestion) -> int:
    """How many people are asked for."""
    return await count_rows(session, _asked(question).with_only_columns(PersonRow.id))


async def people_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, PersonRow]:
    """These people, where they may be seen."""
    return await rows_by(session, select(PersonRow), PersonRow.id, ids)


async def people_by_subject(session: AsyncSession, subjects: Sequence[str]) -> dict[str, PersonRow]:
    """The people of these subjects, where they may be seen."""
    return await rows_by(session, select(PersonRow), PersonRow.subject, subjects)


async def roles_by_person(session: AsyncSession, ids: Sequence[int]) -> dict[int, list[str]]:
    """The roles that each person holds."""
    rows = await session.execute(
        select(PersonRoleRow.person_id, PersonRoleRow.role)
        .where(PersonRoleRow.person_id.in_(ids))
        .order_by(PersonRoleRow.role)
    )
    found: dict[int, list[str]] = {key: [] for key in ids}
    for row in rows:
        found[row.person_id].append(row.role)
    return found


def _asked(question: PeopleQuestion) -> Select[PersonRow]:
    statement = select(PersonRow)
    if question.role is not None:
        holding = select(PersonRoleRow.person_id).where(PersonRoleRow.role == question.role)
        statement = statement.where(PersonRow.id.in_(holding))
    if question.is_active is not None:
        statement = statement.where(PersonRow.active.is_(question.is_active))
    return statement


async def person_named(session: AsyncSession, subject: str) -> tuple[int, frozenset[str]] | None:
    """The key of a person and the roles it may act as; none of one who was shut out."""
    found = await session.execute(
        select(PersonRow.id, PersonRow.active, PersonRoleRow.role)
        .outerjoin(PersonRoleRow, PersonRoleRow.person_id == PersonRow.id)
        .where(PersonRow.subject == subject)
    )
    rows = found.all()
    if not rows:
        return None
    return rows[0].id, frozenset(row.role for row in rows if row.active and row.role is not None)

"""Who are our people, customers, regions, stores and warehouses?"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.languages import Language
from persistence.filters import among, asked, refers_to
from persistence.lookups import containing, rows_by
from persistence.paging import Key, Page, PageRequest, Sorting, count_rows, fetch_page
from persistence.tables import (
    CustomerRow,
    PersonRoleRow,
    PersonRow,
    RegionRow,
    StoreRow,
    WarehouseRow,
)

BY_CODE = Sorting("code", (Key(CustomerRow.code), Key(CustomerRow.id)))


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person with the roles held now."""

    id: int
    subject: str
    name: str
    customer_id: int | None
    active: bool
    roles: frozenset[str]
    language: Language | None = None


async def person_by_subject(session: AsyncSession, subject: str) -> PersonView | None:
    """The person of that subject, deactivated or not; None when there is none."""
    roles = (
        select(func.coalesce(func.array_agg(PersonRoleRow.role), text("'{}'")))
        .where(PersonRoleRow.person_id == PersonRow.id)
        .scalar_subquery()
    )
    statement = select(
        PersonRow.id,
        PersonRow.subject,
        PersonRow.name,
        PersonRow.customer_id,
        PersonRow.active,
        PersonRow.language,
        roles.label("roles"),
    ).where(PersonRow.subject == subject)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        return None
    return PersonView(
        row.id,
        row.subject,
        row.name,
        row.customer_id,
        row.active,
        frozenset(row.roles),
        row.language,
    )


@dataclass(frozen=True)
class CustomerQuestion:
    """Which customers are asked for; what is None or empty does not narrow."""

    kinds: Sequence[str] = ()
    classes: Sequence[str] = ()
    region: str | None = None
    search: str | None = None


async def customers(
    session: AsyncSession, question: CustomerQuestion, page: PageRequest
) -> Page[CustomerRow]:
    """One page of the customers asked for, by code."""
    return await fetch_page(session, _asked(question), BY_CODE, page)


async def count_customers(session: AsyncSession, question: CustomerQuestion) -> int:
    """How many customers are asked for."""
    return await count_rows(session, _asked(question).with_only_columns(CustomerRow.id))


async def customers_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, CustomerRow]:
    """These customers, where they may be seen."""
    return await rows_by(session, select(CustomerRow), CustomerRow.id, ids)


async def customers_by_code(session: AsyncSession, codes: Sequence[str]) -> dict[str, CustomerRow]:
    """The customers of these codes, where they may be seen."""
    return await rows_by(session, select(CustomerRow), CustomerRow.code, codes)


async def regions_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, RegionRow]:
    """These regions."""
    return await rows_by(session, select(RegionRow), RegionRow.id, ids)


async def stores_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, StoreRow]:
    """These stores."""
    return await rows_by(session, select(StoreRow), StoreRow.id, ids)


async def warehouses_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, WarehouseRow]:
    """These warehouses."""
    return await rows_by(session, select(WarehouseRow), WarehouseRow.id, ids)


def name_contains(words: str) -> ColumnElement[bool]:
    """Whether a customer's name, in either language, has these words in it."""
    part = containing(words)
    return or_(
        CustomerRow.name.ilike(part, escape="\\"), CustomerRow.name_zh.ilike(part, escape="\\")
    )


def _asked(question: CustomerQuestion) -> Select[CustomerRow]:
    row = CustomerRow
    statement = select(row).where(
        *asked(
            among(row.kind, question.kinds),
            among(row.customer_class, question.classes),
            refers_to(row.region_id, RegionRow, RegionRow.code, question.region),
        )
    )
    if question.search:
        coded = row.code.ilike(containing(question.search), escape="\\")
        statement = statement.where(or_(coded, name_contains(question.search)))
    return statement

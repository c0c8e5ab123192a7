"""The policy, version by version."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.lookups import rows_by
from persistence.paging import Key, Page, PageRequest, Sorting, count_rows, fetch_page
from persistence.tables import PolicyRow

NEWEST_FIRST = Sorting("version_desc", (Key(PolicyRow.version, descending=True),))


async def policy_at(session: AsyncSession, now: dt.datetime) -> tuple[int, dict[str, Any]] | None:
    """The version and body of the policy in force at an instant."""
    found = (
        await session.execute(
            select(PolicyRow.version, PolicyRow.body)
            .where(PolicyRow.effective_from <= now)
            .order_by(PolicyRow.effective_from.desc(), PolicyRow.version.desc())
            .limit(1)
        )
    ).first()
    return None if found is None else (found.version, found.body)


async def policy_body(session: AsyncSession, version: int) -> dict[str, Any] | None:
    """The body of one version."""
    return await session.scalar(select(PolicyRow.body).where(PolicyRow.version == version))


async def policies_after(session: AsyncSession, instant: dt.datetime) -> list[PolicyRow]:
    """The versions planned for later, one per instant: the one that will be in force from it."""
    rows = await session.scalars(
        select(PolicyRow)
        .ext(distinct_on(PolicyRow.effective_from))
        .where(PolicyRow.effective_from > instant)
        .order_by(PolicyRow.effective_from, PolicyRow.version.desc())
    )
    return list(rows)


async def policies_until(session: AsyncSession, instant: dt.datetime) -> list[PolicyRow]:
    """Every version that is effective by an instant, in the order in which they count."""
    rows = await session.scalars(
        select(PolicyRow)
        .where(PolicyRow.effective_from <= instant)
        .order_by(PolicyRow.effective_from, PolicyRow.version)
    )
    return list(rows)


async def policy_of_version(session: AsyncSession, version: int) -> PolicyRow | None:
    """A version of the policy."""
    return await session.get(PolicyRow, version)


async def add_policy(
    session: AsyncSession,
    body: dict[str, Any],
    effective_from: dt.datetime,
    actor: str,
    reason: str | None = None,
) -> int:
    """Add the next version; two at once cannot both get it, the key forbids it."""
    latest = await session.scalar(select(func.coalesce(func.max(PolicyRow.version), 0)))
    version = int(latest or 0) + 1
    session.add(
        PolicyRow(
            version=version,
            effective_from=effective_from,
            body=body,
            created_by=actor,
            reason=reason,
        )
    )
    await session.flush()
    return version


async def policies(session: AsyncSession, question: None, page: PageRequest) -> Page[PolicyRow]:
    """One page of the policy's versions, the newest first."""
    return await fetch_page(session, select(PolicyRow), NEWEST_FIRST, page)


async def count_policies(session: AsyncSession, question: None) -> int:
    """How many versions there are."""
    return await count_rows(session, select(PolicyRow.version))


async def policies_by_version(
    session: AsyncSession, versions: Sequence[int]
) -> dict[int, PolicyRow]:
    """These versions of the policy."""
    return await rows_by(session, select(PolicyRow), PolicyRow.version, versions)

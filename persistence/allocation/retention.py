"""What is let go of runs and of the audit log when policy no longer keeps it, batch by batch."""

import datetime as dt

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.allocation.runs import OPEN_STATUSES

# The newest of the runs that were asked for before a day; keys and days rise together.
_NEWEST_BEFORE = """
  (SELECT max(id) FROM allocation_runs WHERE requested_at < :before)
"""
_SNAPSHOTS = text(
    f"""
    UPDATE allocation_runs SET snapshot = NULL WHERE id IN (
      SELECT id FROM allocation_runs
      WHERE id <= {_NEWEST_BEFORE} AND snapshot IS NOT NULL
        AND status <> ALL(:open)
      ORDER BY id LIMIT :most)
    """  # noqa: S608 - our own text
).bindparams(open=list(OPEN_STATUSES))
_LINES = text(
    f"""
    DELETE FROM allocation_lines WHERE id IN (
      SELECT id FROM allocation_lines WHERE run_id <= {_NEWEST_BEFORE}
      ORDER BY run_id, seq LIMIT :most)
    """  # noqa: S608 - our own text
)
_PARTS = text(
    f"""
    DELETE FROM allocation_plan_parts WHERE (run_id, kind, first) IN (
      SELECT run_id, kind, first FROM allocation_plan_parts WHERE run_id <= {_NEWEST_BEFORE}
      ORDER BY run_id, kind, first LIMIT :most)
    """  # noqa: S608 - our own text
)
# Nobody may remove entries of the audit log but this function, which runs as its owner.
_AUDIT = text("SELECT prune_audit_log(:before, :most)")


async def prune_snapshots(session: AsyncSession, before: dt.datetime, most: int) -> int:
    """Let go of the snapshots of runs asked for before an instant; how many, `most` at once."""
    return await _changed(session, _SNAPSHOTS, before, most)


async def prune_plans(session: AsyncSession, before: dt.datetime, most: int) -> int:
    """Let go of lines, refused claims and levels of plans asked for before an instant."""
    return await _changed(session, _LINES, before, most) + await _changed(
        session, _PARTS, before, most
    )


async def prune_audit(session: AsyncSession, before: dt.datetime, most: int) -> int:
    """Let go of entries of the audit log made before an instant, but never of the last year's."""
    return int(await session.scalar(_AUDIT, {"before": before, "most": most}) or 0)


async def _changed(session: AsyncSession, statement: object, before: dt.datetime, most: int) -> int:
    done = await session.execute(statement, {"before": before, "most": most})  # type: ignore[call-overload]
    return int(done.rowcount)

"""Whether the application may speak to this database: its role's powers, the schema's state."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.errors import CannotRun
from domain.messages import msg
from persistence.dsn import APPLICATION_ROLE
from persistence.row_security import secured

MINIMUM_VERSION = 150000


class UnsafeDatabase(CannotRun):
    """Row level security would not hold here; the message says what to do."""


async def schema_revision(engine: AsyncEngine) -> str | None:
    """The revision that the schema is at; None when it was never migrated."""
    async with engine.connect() as connection:
        table = await connection.scalar(text("SELECT to_regclass('public.alembic_version')::text"))
        if table is None:
            return None
        found = await connection.scalar(text("SELECT version_num FROM public.alembic_version"))
        return None if found is None else str(found)


async def refuse_unsafe_database(engine: AsyncEngine) -> None:
    """Raise UnsafeDatabase where a customer could come to see another's rows.

    Superusers and BYPASSRLS roles see everything; an owner could switch the policies off; and
    without FORCE they do not apply to owners.
    """
    async with engine.connect() as connection:
        row = (await connection.execute(_ROLE)).one()
        unsecured = (await connection.scalars(_UNSECURED, {"names": list(secured())})).all()
    remedy = msg("operating.OWN_ROLE", role=APPLICATION_ROLE)
    if row.version < MINIMUM_VERSION:
        raise UnsafeDatabase(msg("operating.POSTGRESQL_TOO_OLD", version=row.version // 10000))
    if row.is_superuser:
        raise UnsafeDatabase(msg("operating.ROLE_IS_SUPERUSER", role=row.role, remedy=remedy))
    if row.bypasses:
        raise UnsafeDatabase(msg("operating.ROLE_BYPASSES", role=row.role, remedy=remedy))
    if row.owned is not None:
        raise UnsafeDatabase(
            msg("operating.ROLE_OWNS", role=row.role, owned=row.owned, remedy=remedy)
        )
    if unsecured:
        raise UnsafeDatabase(msg("operating.NOT_FORCED", tables=unsecured))


_ROLE = text(
    """
    SELECT current_user::text AS role,
           r.rolsuper AS is_superuser,
           r.rolbypassrls AS bypasses,
           current_setting('server_version_num')::int AS version,
           (SELECT min(c.oid::regclass::text)
              FROM pg_class c
             WHERE c.relnamespace IN (SELECT oid FROM pg_namespace
                                       WHERE nspname IN ('public', 'dramatiq'))
               AND c.relkind IN ('r', 'p')
               AND pg_has_role(current_user, c.relowner, 'MEMBER')) AS owned
      FROM pg_roles r
     WHERE r.rolname = current_user
    """
)

_UNSECURED = text(
    """
    SELECT wanted.name
      FROM unnest(CAST(:names AS text[])) AS wanted (name)
      LEFT JOIN pg_class c
        ON c.relname = wanted.name AND c.relnamespace = 'public'::regnamespace
     WHERE NOT coalesce(c.relrowsecurity AND c.relforcerowsecurity, false)
     ORDER BY wanted.name
    """
)

"""Master data of an import: added where missing, changed where different, audited when changed.

Each master is one source query over its staging table. The rows it gives are inserted; on conflict
only columns that the input has are updated, and only where something differs, so that importing
the same rows again touches nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import TextClause, text

from persistence.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Master:
    """How one canonical table becomes rows.

    columns: target column -> (SQL over the staging row `s`, the canonical column it comes from).
    key: the target columns that say whether a row is there already; also among `columns`.
    audited: what the audit log calls the thing; it knows the row by its key.
    joins: what turns codes into keys.
    """

    canonical: str
    table: str
    key: tuple[str, ...]
    columns: Mapping[str, tuple[str, str]]
    audited: str
    joins: str = ""
    versioned: bool = False


MASTERS: tuple[Master, ...] = (
    Master(
        "regions",
        "regions",
        ("code",),
        {
            "code": ("s.region_id", "region_id"),
            "name": ("s.name", "name"),
            "name_zh": ("s.name_zh", "name_zh"),
            "position": ("s.position", "region_id"),
        },
        "Region",
    ),
    Master(
        "warehouses",
        "warehouses",
        ("code",),
        {
            "code": ("s.warehouse_id", "warehouse_id"),
            "name": ("s.name", "name"),
            "name_zh": ("s.name_zh", "name_zh"),
            "kind": ("s.kind", "kind"),
            "region_id": ("r.id", "region_id"),
        },
        "Warehouse",
        "LEFT JOIN regions AS r ON r.code = s.region_id",
    ),
    Master(
        "products",
        "products",
        ("code",),
        {
            "code": ("s.product_id", "product_id"),
            "name": ("s.name", "name"),
            "name_zh": ("s.name_zh", "name_zh"),
            "season": ("s.season", "season"),
            "launch_rank": ("s.launch_rank", "launch_rank"),
        },
        "Product",
        versioned=True,
    ),
    Master(
        "skus",
        "skus",
        ("code",),
        {
            "code": ("s.sku_id", "sku_id"),
            "product_id": ("p.id", "product_id"),
            "size": ("coalesce(s.size, '')", "size"),
            "colour": ("coalesce(s.colour, '')", "colour"),
            "pack": ("s.pack", "pack"),
            "list_price": ("s.list_price", "list_price"),
            "currency": ("coalesce(s.currency, :currency)", "currency"),
        },
        "Sku",
        "JOIN products AS p ON p.code = s.product_id",
    ),
    Master(
        "customers",
        "customers",
        ("code",),
        {
            "code": ("s.customer_id", "customer_id"),
            "name": ("s.name", "name"),
            "name_zh": ("s.name_zh", "name_zh"),
            "kind": ("s.kind", "kind"),
            "class": ("coalesce(s.class, 'C')", "class"),
            "region_id": ("r.id", "region_id"),
            "payment_terms": ("s.payment_terms", "payment_terms"),
            "currency": ("coalesce(s.currency, :currency)", "currency"),
            "rank": ("coalesce(s.rank, 0)", "rank"),
            "reserve_rank": ("s.reserve_rank", "reserve_rank"),
            "credit_limit": ("s.credit_limit", "credit_limit"),
        },
        "Customer",
        "LEFT JOIN regions AS r ON r.code = s.region_id",
        versioned=True,
    ),
    Master(
        "stores",
        "stores",
        ("code",),
        {
            "code": ("s.store_id", "store_id"),
            "name": ("s.name", "name"),
            "name_zh": ("s.name_zh", "name_zh"),
            "kind": ("s.kind", "kind"),
            "region_id": ("r.id", "region_id"),
            "tier": ("s.tier", "tier"),
        },
        "Store",
        "JOIN regions AS r ON r.code = s.region_id",
        versioned=True,
    ),
    Master(
        "store_stock",
        "store_stock",
        ("store_id", "sku_id"),
        {
            "store_id": ("t.id", "store_id"),
            "sku_id": ("k.id", "sku_id"),
            "safety_stock": ("s.safety_stock", "safety_stock"),
            "units_on_hand": ("s.on_hand", "on_hand"),
            "units_in_transit": ("coalesce(s.in_transit, 0)", "in_transit"),
            "pack": ("s.pack", "pack"),
        },
        "StoreStock",
        "JOIN stores AS t ON t.code = s.store_id JOIN skus AS k ON k.code = s.sku_id",
    ),
    Master(
        "region_reserves",
        "region_reserves",
        ("region_id", "sku_id"),
        {
            "region_id": ("r.id", "region_id"),
            "sku_id": ("k.id", "sku_id"),
            "target": ("s.target", "target"),
            "units_on_hand": ("s.current", "current"),
            "pack": ("s.pack", "pack"),
        },
        "RegionReserve",
        "JOIN regions AS r ON r.code = s.region_id JOIN skus AS k ON k.code = s.sku_id",
    ),
    Master(
        "people",
        "people",
        ("subject",),
        {
            "subject": ('s."user"', "user"),
            "name": ("s.name", "name"),
            "customer_id": ("c.id", "customer_id"),
        },
        "Person",
        "LEFT JOIN customers AS c ON c.code = s.customer_id",
    ),
)


@dataclass(frozen=True)
class Change:
    """How many rows a statement added and changed."""

    added: int = 0
    changed: int = 0

    def __add__(self, other: "Change") -> "Change":
        return Change(self.added + other.added, self.changed + other.changed)


async def apply_master(
    uow: UnitOfWork, master: Master, given: Collection[str], currency: str
) -> Change:
    """Bring one table to what was staged for it; the audit log keeps before and after.

    given: canonical columns that the input has; others keep what the database has.
    currency: the company's, where a row names none.
    """
    updated = [
        name
        for name, (_, canonical) in master.columns.items()
        if name not in master.key and canonical in given
    ]
    source = ", ".join(f"{sql} AS {name}" for name, (sql, _) in master.columns.items())
    rows = (
        f"SELECT s.position AS row_position, {source}"  # noqa: S608 - our own names, here and below
        f" FROM stage_{master.canonical} AS s {master.joins}"
    )
    parameters = {"currency": currency, "now": uow.now, "actor": uow.actor}
    if updated:
        await uow.session.execute(_audit(master, updated, rows), parameters)
    names = ", ".join(master.columns)
    statement = (
        f"WITH done AS (INSERT INTO {master.table} ({names})"  # noqa: S608
        f" SELECT {names} FROM ({rows}) AS n ORDER BY row_position"
        f" ON CONFLICT ({', '.join(master.key)}) DO {_update(master, updated)}"
        " RETURNING xmax = 0 AS added)"
        " SELECT count(*) FILTER (WHERE added) AS added,"
        " count(*) FILTER (WHERE NOT added) AS changed FROM done"
    )
    found = (await uow.session.execute(text(statement), parameters)).one()
    return Change(found.added, found.changed)


def _update(master: Master, updated: list[str]) -> str:
    if not updated:
        return "NOTHING"
    sets = [f"{name} = excluded.{name}" for name in updated]
    if master.versioned:
        sets.append(f"version = {master.table}.version + 1")
    return f"UPDATE SET {', '.join(sets)} WHERE {_differs(master, updated, 'excluded')}"


def _differs(master: Master, updated: list[str], other: str) -> str:
    ours = ", ".join(f"{master.table}.{name}" for name in updated)
    theirs = ", ".join(f"{other}.{name}" for name in updated)
    return f"({ours}) IS DISTINCT FROM ({theirs})"


def _audit(master: Master, updated: list[str], rows: str) -> TextClause:
    """Before and after of every row that is about to change (P7)."""
    before = ", ".join(f"'{name}', {master.table}.{name}" for name in updated)
    after = ", ".join(f"'{name}', n.{name}" for name in updated)
    same = " AND ".join(f"{master.table}.{name} = n.{name}" for name in master.key)
    identity = ("id",) if len(master.key) == 1 else master.key
    known_by = " || '/' || ".join(f"{master.table}.{name}::text" for name in identity)
    return text(
        "INSERT INTO audit_log (at, actor, action, object_type, object_id, before, after)"  # noqa: S608 - our own names
        f" SELECT :now, :actor, 'importChange', '{master.audited}', {known_by},"
        f" jsonb_build_object({before}), jsonb_build_object({after})"
        f" FROM ({rows}) AS n JOIN {master.table} ON {same}"
        f" WHERE {_differs(master, updated, 'n')} ORDER BY n.row_position"
    )


_NAMED_ROLES = """
    SELECT s."user" AS subject, btrim(word) AS role
    FROM stage_people AS s CROSS JOIN LATERAL regexp_split_to_table(s.roles, ';') AS word
    WHERE btrim(word) <> ''
"""
_ROLES = """
    SELECT p.id AS person_id, btrim(word) AS role
    FROM stage_people AS s
    JOIN people AS p ON p.subject = s."user"
    CROSS JOIN LATERAL regexp_split_to_table(s.roles, ';') AS word
    WHERE btrim(word) <> ''
"""


async def set_roles(uow: UnitOfWork) -> Change:
    """Give the staged people just the roles that the input names (P1)."""
    taken = await uow.session.scalars(
        text(
            "DELETE FROM person_roles AS held USING people AS p, stage_people AS s"  # noqa: S608 - our own query
            ' WHERE held.person_id = p.id AND p.subject = s."user"'
            f" AND (held.person_id, held.role) NOT IN ({_ROLES}) RETURNING held.person_id"
        )
    )
    given = await uow.session.scalars(
        text(
            f"INSERT INTO person_roles (person_id, role) {_ROLES}"
            " ON CONFLICT DO NOTHING RETURNING person_id"
        )
    )
    return Change(len(given.all()), len(taken.all()))


async def logins_handed_on(uow: UnitOfWork) -> list[int]:
    """Staged people whom the database knows as another customer's, or as one of ours (P1)."""
    rows = await uow.session.scalars(
        text(
            'SELECT s.position FROM stage_people AS s JOIN people AS p ON p.subject = s."user"'
            " LEFT JOIN customers AS c ON c.id = p.customer_id"
            " WHERE c.code IS DISTINCT FROM s.customer_id AND s.customer_id IS NOT NULL"
            " ORDER BY s.position"
        )
    )
    return list(rows)


async def last_administrators(uow: UnitOfWork) -> list[int]:
    """Staged people who would lose the role ADMIN, where nobody active would have it then (P1)."""
    rows = await uow.session.scalars(
        text(
            f"""
            WITH given AS ({_NAMED_ROLES}), losing AS (
              SELECT s.position FROM stage_people AS s JOIN people AS p ON p.subject = s."user"
              JOIN person_roles AS held ON held.person_id = p.id AND held.role = 'ADMIN'
              WHERE p.active AND NOT EXISTS (
                SELECT FROM given WHERE given.subject = p.subject AND given.role = 'ADMIN')
            )
            SELECT position FROM losing
            WHERE NOT EXISTS (
                SELECT FROM given LEFT JOIN people AS p ON p.subject = given.subject
                WHERE given.role = 'ADMIN' AND coalesce(p.active, true))
              AND NOT EXISTS (
                SELECT FROM people AS p JOIN person_roles AS held ON held.person_id = p.id
                WHERE p.active AND held.role = 'ADMIN'
                  AND p.subject NOT IN (SELECT "user" FROM stage_people))
            ORDER BY position
            """  # noqa: S608 - our own query
        )
    )
    return list(rows)

"""Statements about values of master data, written from where each area's values live."""

from dataclasses import dataclass

from sqlalchemy import TextClause, text

from domain.master_data.areas import RULES, Area, Kind


@dataclass(frozen=True)
class Place:
    """Where an area's value lives. source: the codes' tables, aliases a and b, with their keys."""

    table: str
    column: str
    keys: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    audited: str


_PRODUCTS = (("products", "code"),)
_CUSTOMERS = (("customers", "code"),)
PLACES = {
    Area.PRODUCT_RANK: Place("products", "launch_rank", ("id",), _PRODUCTS, "Product"),
    Area.SPRING_SUMMER_PLAN: Place("products", "spring_summer_rank", ("id",), _PRODUCTS, "Product"),
    Area.AUTUMN_WINTER_PLAN: Place("products", "autumn_winter_rank", ("id",), _PRODUCTS, "Product"),
    Area.CUSTOMER_RANK: Place("customers", "rank", ("id",), _CUSTOMERS, "Customer"),
    Area.RESERVE_RANK: Place("customers", "reserve_rank", ("id",), _CUSTOMERS, "Customer"),
    Area.CREDIT_LIMIT: Place("customers", "credit_limit", ("id",), _CUSTOMERS, "Customer"),
    Area.PAYMENT_TERMS: Place("customers", "payment_terms", ("id",), _CUSTOMERS, "Customer"),
    Area.STORE_TIER: Place("stores", "tier", ("id",), (("stores", "code"),), "Store"),
    Area.SAFETY_STOCK: Place(
        "store_stock",
        "safety_stock",
        ("store_id", "sku_id"),
        (("stores", "code"), ("skus", "code")),
        "StoreStock",
    ),
    Area.REGION_RESERVE: Place(
        "region_reserves",
        "target",
        ("region_id", "sku_id"),
        (("regions", "code"), ("skus", "code")),
        "RegionReserve",
    ),
    Area.GUARANTEE_QUOTA: Place(
        "people", "guarantee_quota", ("id",), (("people", "subject"),), "Person"
    ),
}
CASTS = {
    Kind.RANK: "integer",
    Kind.UNITS: "bigint",
    Kind.AMOUNT: "numeric",
    Kind.TIER: "varchar",
    Kind.TERMS: "varchar",
}


def _match(place: Place, target: str, other: str) -> str:
    """The condition that a row of the area's table is the object another row names."""
    names = ("a", "b") if other == "sent" else ("key_a", "key_b")
    return " AND ".join(
        f"{target}.{column} = {other}.{name}"
        for column, name in zip(place.keys, names, strict=False)
    )


def _current(area: Area, target: str) -> str:
    """The column's value as JSON, in the form in which changes keep it."""
    column = f"{target}.{PLACES[area].column}"
    if RULES[area].kind is not Kind.AMOUNT:
        return f"to_jsonb({column})"
    # The third decimal only where it says something, as `plain` has it.
    two = f"trunc({column}, 2)"
    return f"to_jsonb((CASE WHEN {column} = {two} THEN {two} ELSE {column} END)::text)"


# In all of these, names come from the table above, never from a client.


def add_rows(place: Place) -> TextClause:
    first, second = place.keys
    return text(
        f"INSERT INTO {place.table} ({first}, {second}, {place.column}, version)"  # noqa: S608
        " SELECT a, b, 0, 0 FROM unnest(CAST(:a AS bigint[]), CAST(:b AS bigint[])) AS sent (a, b)"
        " ORDER BY a, b ON CONFLICT DO NOTHING"
    )


def lock(place: Place) -> TextClause:
    keys = ", ".join(f"t.{name}" for name in place.keys)
    second = f"t.{place.keys[1]}" if len(place.keys) == 2 else "0"
    return text(
        f"SELECT t.{place.keys[0]} AS a, {second} AS b, t.version FROM {place.table} AS t"  # noqa: S608
        " JOIN unnest(CAST(:a AS bigint[]), CAST(:b AS bigint[])) AS sent (a, b)"
        f" ON {_match(place, 't', 'sent')} ORDER BY {keys} FOR NO KEY UPDATE OF t"
    )


def count_objects(place: Place) -> TextClause:
    return text(
        f"UPDATE {place.table} AS t SET version = t.version + 1"  # noqa: S608
        " FROM unnest(CAST(:a AS bigint[]), CAST(:b AS bigint[])) AS sent (a, b)"
        f" WHERE {_match(place, 't', 'sent')}"
    )


def apply(area: Area) -> TextClause:
    place = PLACES[area]
    kind = CASTS[RULES[area].kind]
    return text(
        f"""
        WITH due AS (
          SELECT id, key_a, key_b, value,
                 row_number() OVER turn = 1 AS is_first,
                 lead(id) OVER turn IS NULL AS is_last,
                 lag(value) OVER turn AS earlier
            FROM master_data_changes
           WHERE area = :area AND applied_at IS NULL AND withdrawn_at IS NULL
             AND effective_from <= :today
          WINDOW turn AS (PARTITION BY key_a, key_b ORDER BY effective_from, id)
        ), marked AS (
          UPDATE master_data_changes AS c
             SET applied_at = :now, area_version = :version,
                 previous = CASE WHEN due.is_first THEN {_current(area, "t")} ELSE due.earlier END
            FROM due JOIN {place.table} AS t ON {_match(place, "t", "due")}
           WHERE c.id = due.id
        )
        UPDATE {place.table} AS t
           SET {place.column} = CAST(due.value #>> '{{}}' AS {kind}), version = t.version + 1
          FROM due
         WHERE due.is_last AND {_match(place, "t", "due")}
        """  # noqa: S608
    )


def audit(area: Area, condition: str) -> TextClause:
    place = PLACES[area]
    identity = "c.key_a::text" if len(place.keys) == 1 else "c.key_a || '/' || c.key_b"
    column = place.column
    return text(
        "INSERT INTO audit_log"  # noqa: S608
        " (at, actor, action, object_type, object_id, before, after, reason)"
        f" SELECT :now, :actor, :act, '{place.audited}', {identity},"
        f" CASE WHEN c.applied_at IS NULL THEN NULL"
        f" ELSE jsonb_build_object('{column}', c.previous) END,"
        f" jsonb_build_object('{column}', c.value, 'validFrom', c.effective_from), c.reason"
        f" FROM master_data_changes AS c WHERE c.area = :area AND {condition} ORDER BY c.id"
        " RETURNING id"
    )


def audit_withdrawn(area: Area) -> TextClause:
    place = PLACES[area]
    identity = "c.key_a::text" if len(place.keys) == 1 else "c.key_a || '/' || c.key_b"
    return text(
        "INSERT INTO audit_log"  # noqa: S608
        " (at, actor, action, object_type, object_id, before, after, reason)"
        f" SELECT :now, :actor, :act, '{place.audited}', {identity},"
        f" jsonb_build_object('{place.column}', c.value, 'validFrom', c.effective_from), NULL,"
        " c.withdraw_reason"
        " FROM master_data_changes AS c WHERE c.id = ANY(:ids) ORDER BY c.id"
    )


def values_on(area: Area) -> TextClause:
    place = PLACES[area]
    tables = [f"JOIN {place.table} AS a ON a.id = t.id"]
    code = names = "a." + place.sources[0][1]
    if len(place.keys) == 2:
        tables = [
            f"JOIN {table} AS {alias} ON {alias}.id = t.{key}"
            for (table, _), alias, key in zip(place.sources, "ab", place.keys, strict=True)
        ]
        names = "a.code || '/' || b.code"
    return text(
        f"""
        SELECT named.object, named.value FROM (
          SELECT {names} AS object,
                 CASE WHEN begun.id <> last.id OR begun.id IS NOT NULL AND last.id IS NULL
                      THEN begun.value
                      WHEN begun.id IS NULL AND first.id IS NOT NULL THEN first.previous
                      -- An import may have written the column since the last change.
                      ELSE {_current(area, "t")} END AS value
            FROM {place.table} AS t {" ".join(tables)}
            LEFT JOIN LATERAL (
              SELECT c.id, c.value FROM master_data_changes AS c
               WHERE c.area = :area AND {_match(place, "t", "c")} AND c.effective_from <= :day
                 AND c.withdrawn_at IS NULL
               ORDER BY c.effective_from DESC, c.id DESC LIMIT 1
            ) AS begun ON true
            -- What the first change replaced when it came into force.
            LEFT JOIN LATERAL (
              SELECT c.id, c.previous FROM master_data_changes AS c
               WHERE c.area = :area AND {_match(place, "t", "c")} AND c.applied_at IS NOT NULL
               ORDER BY c.effective_from, c.id LIMIT 1
            ) AS first ON true
            LEFT JOIN LATERAL (
              SELECT c.id FROM master_data_changes AS c
               WHERE c.area = :area AND {_match(place, "t", "c")} AND c.applied_at IS NOT NULL
               ORDER BY c.effective_from DESC, c.id DESC LIMIT 1
            ) AS last ON true
           WHERE CAST(:codes AS text[]) IS NULL OR {code} = ANY(:codes)
        ) AS named WHERE named.value IS NOT NULL ORDER BY named.object
        """  # noqa: S608
    )


COUNT = text(
    "UPDATE master_data_areas SET version = version + 1, changed_at = :now"
    " WHERE area = :area RETURNING version"
)
ADD_FUNDS = text(
    "INSERT INTO customer_funds (customer_id, currency)"
    " SELECT id, currency FROM customers WHERE id = ANY(:ids) ORDER BY id ON CONFLICT DO NOTHING"
)
LOCK_FUNDS = text(
    "SELECT customer_id FROM customer_funds WHERE customer_id = ANY(:ids)"
    " ORDER BY customer_id FOR NO KEY UPDATE"
)

"""What every run changes is rewritten in place: no index hangs on it (performance.md)."""

import psycopg
import pytest

from services.bootstrap import Dependencies
from tests.conftest import TestDatabase


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("order_lines", ("units_held", "units_reserved")),
        ("stock", ("units_held", "units_reserved")),
        ("customer_funds", ("balance", "held")),
        ("store_stock", ("units_in_transit",)),
        ("region_reserves", ("units_in_transit",)),
    ],
)
def test_no_index_hangs_on_what_a_run_changes(
    deps: Dependencies, database: TestDatabase, table: str, columns: tuple[str, ...]
) -> None:
    """A11: else each line given writes all indexes of its table again, a second and a half of a
    run of 100,000 lines."""
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        indexes = [
            definition
            for (definition,) in connection.execute(
                "SELECT indexdef FROM pg_indexes WHERE tablename = %s", (table,)
            )
        ]
    assert indexes
    assert [text for text in indexes if any(column in text for column in columns)] == []


def test_pages_have_room_for_a_second_version_of_their_lines(
    deps: Dependencies, database: TestDatabase
) -> None:
    """A11: a run may give to every line of a page."""
    with psycopg.connect(**database.superuser.for_libpq()) as connection:
        found = connection.execute(
            "SELECT reloptions FROM pg_class WHERE relname = 'order_lines'"
        ).fetchone()
    assert found == (["fillfactor=50"],)

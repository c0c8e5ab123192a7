"""Runs at any size: what is refused is packed, one run waits for all, plans age out by policy."""

from pathlib import Path
from typing import Any

from alembic import op

from domain.allocation import PlanPart
from persistence.allocation.plan_parts import Columns, packed

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_REFUSED = """
SELECT seq, claim, stage, level, customer_id, order_line_id, store_id, region_id, sku_id,
  units_wanted, ARRAY(SELECT jsonb_array_elements_text(reasons)) AS reasons
FROM allocation_lines WHERE run_id = %s AND units = 0 ORDER BY seq
"""
_LEVELS = """
SELECT position, stage, key, units_given, fairness, proven, bound
FROM allocation_levels WHERE run_id = %s ORDER BY position
"""
_ADD = """
INSERT INTO allocation_plan_parts (run_id, kind, first, last, rows, content)
VALUES (%s, %s, %s, %s, %s, %s)
"""


def upgrade() -> None:
    connection: Any = op.get_bind().connection.driver_connection
    # Given to the driver as it stands, as in the first revision.
    first, second = (
        Path(__file__).with_name(f"0009_{part}.sql").read_text("utf-8")
        for part in ("new_tables", "old_tables")
    )
    # The owner, too, sees rows only in a principal's name.
    connection.execute("SELECT set_config('app.scope', 'all', true)")
    connection.execute(first)
    runs = connection.execute("SELECT id FROM allocation_runs ORDER BY id").fetchall()
    for (run_id,) in runs:
        _pack(connection, run_id)
    connection.execute(second)


def _pack(connection: Any, run_id: int) -> None:
    """Keep the refused lines and the levels of a run as later runs keep theirs."""
    for kind, question in ((PlanPart.REFUSED, _REFUSED), (PlanPart.LEVELS, _LEVELS)):
        found = connection.execute(question, (run_id,))
        names = [column.name for column in found.description]
        rows = found.fetchall()
        columns: Columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
        if kind == PlanPart.REFUSED:
            columns["reasons"] = ["|".join(reasons) for reasons in columns["reasons"]]
        for part in packed(kind, columns):
            connection.execute(_ADD, (run_id, kind, part.first, part.last, part.rows, part.content))

"""Foundations: tables, row security, the job queue, and what the application's role may do."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection: Any = op.get_bind().connection.driver_connection
    for part in ("tables", "row_security", "queue", "grants"):
        # One round trip per file; given to the driver as it stands, since `%` is not ours here.
        connection.execute(Path(__file__).with_name(f"0001_{part}.sql").read_text("utf-8"))

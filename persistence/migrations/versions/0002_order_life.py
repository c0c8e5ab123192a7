"""The life of an order: checks, reviews, changes, papers, deposits; customers' files, penalties."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection: Any = op.get_bind().connection.driver_connection
    for part in ("tables", "row_security"):
        connection.execute(Path(__file__).with_name(f"0002_{part}.sql").read_text("utf-8"))

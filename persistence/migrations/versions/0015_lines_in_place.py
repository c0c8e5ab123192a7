"""Goods are given to order lines in place: no index hangs on what a run changes."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection: Any = op.get_bind().connection.driver_connection
    # Given to the driver as it stands, as in the first revision.
    connection.execute(Path(__file__).with_name("0015_lines_in_place.sql").read_text("utf-8"))

"""A line is a row from its intake on; a change order adds, drops and swaps lines, and more."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection: Any = op.get_bind().connection.driver_connection
    # Given to the driver as it stands, as in the first revision.
    connection.execute(Path(__file__).with_name("0013_orders_as_taken_in.sql").read_text("utf-8"))

"""A day declared free or working moves running time limits, and their history says so."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection: Any = op.get_bind().connection.driver_connection
    # Given to the driver as it stands, as in the first revision.
    connection.execute(Path(__file__).with_name("0014_moved_limits.sql").read_text("utf-8"))

"""A doubt about an order is a message; older ones keep their words."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection: Any = op.get_bind().connection.driver_connection
    # Given to the driver as it stands, as in the first revision.
    connection.execute(Path(__file__).with_name("0017_doubts_as_messages.sql").read_text("utf-8"))

"""A task's title is a message, a key with parameters; older ones keep their words."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection: Any = op.get_bind().connection.driver_connection
    # Given to the driver as it stands, as in the first revision.
    connection.execute(Path(__file__).with_name("0016_task_titles.sql").read_text("utf-8"))

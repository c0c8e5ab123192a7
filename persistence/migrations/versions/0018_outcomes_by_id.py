"""Kept outcomes of mutations name their object `id`, as they are read now."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection: Any = op.get_bind().connection.driver_connection
    # Given to the driver as it stands, as in the first revision.
    connection.execute(Path(__file__).with_name("0018_outcomes_by_id.sql").read_text("utf-8"))

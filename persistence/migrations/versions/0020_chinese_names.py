"""Warehouses, customers and stores have a name in Chinese beside their own, as regions do."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection: Any = op.get_bind().connection.driver_connection
    # Given to the driver as it stands, as in the first revision.
    connection.execute(Path(__file__).with_name("0020_chinese_names.sql").read_text("utf-8"))

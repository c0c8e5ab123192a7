"""One rule book: amounts as fine as their currency, one document for all spellings of a number."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection: Any = op.get_bind().connection.driver_connection
    # Given to the driver as they stand, as in the first revision.
    for name in ("0012_functions.sql", "0012_one_rule_book.sql"):
        connection.execute(Path(__file__).with_name(name).read_text("utf-8"))

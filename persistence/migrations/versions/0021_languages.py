"""People have a language; time limits keep their name as a message; office hours do not overlap."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

FILES = ("0021_people.sql", "0021_clocks.sql", "0021_office_hours.sql")


def upgrade() -> None:
    connection: Any = op.get_bind().connection.driver_connection
    # Given to the driver as they stand, as in the first revision.
    for file in FILES:
        connection.execute(Path(__file__).with_name(file).read_text("utf-8"))

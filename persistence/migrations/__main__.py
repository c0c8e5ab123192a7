"""`python -m persistence.migrations NAME`: draft the next revision, to be corrected by hand.

The tables in the code are held against a throwaway embedded database that has all revisions so far.
What Alembic does not see (policies, triggers, grants on what is not a table) is added by hand.
"""

import sys
import tempfile
from pathlib import Path

import psycopg
from alembic import command
from sqlalchemy import create_engine

from persistence.embedded.database import EmbeddedDatabase
from persistence.migrate import HEAD, configuration, migrate


def main() -> None:
    """Write `versions/<next>_<name>.py`."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m persistence.migrations NAME")
    with (
        tempfile.TemporaryDirectory(prefix="apportion-") as folder,
        EmbeddedDatabase(Path(folder)) as embedded,
    ):
        migrate(embedded.owner)
        owner = embedded.owner.for_libpq(search_path="public")
        engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(**owner))
        with engine.connect() as connection:
            command.revision(
                configuration(connection),
                sys.argv[1],
                autogenerate=True,
                rev_id=f"{int(HEAD) + 1:04}",
            )
        engine.dispose()


if __name__ == "__main__":
    main()

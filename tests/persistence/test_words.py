"""A column of words takes those of its vocabulary and no other."""

import re

import psycopg
from sqlalchemy import CheckConstraint

from persistence.tables import Base
from tests.conftest import TestDatabase

CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace
"""
QUOTED = re.compile(r"'([A-Z_]+)'")


def test_the_database_has_the_words_of_the_code(database: TestDatabase) -> None:
    """Also after all migrations: a new word of a column with a CHECK needs one."""
    with psycopg.connect(**database.application.for_libpq()) as connection:
        found = {
            (table, name): set(QUOTED.findall(rule))
            for table, name, rule in connection.execute(CONSTRAINTS)
        }
    ours = {
        (table.name, str(rule.name)): set(QUOTED.findall(str(rule.sqltext)))
        for table in Base.metadata.sorted_tables
        for rule in table.constraints
        if isinstance(rule, CheckConstraint)
    }
    assert {key: found.get(key) for key, words in ours.items() if words} == {
        key: words for key, words in ours.items() if words
    }

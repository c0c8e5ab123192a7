"""`docs/rules.md` names code and tests that exist."""

import re

import pytest

from tests.conftest import REPOSITORY

NAMED = re.compile(r"`((?:[a-z_]+/)+[\w.*]*)(?:::\w+)?`")


def paths() -> list[str]:
    """Every path that the table names."""
    rules = (REPOSITORY / "docs" / "rules.md").read_text()
    return sorted(set(NAMED.findall(rules)))


@pytest.mark.parametrize("path", paths())
def test_what_the_rules_point_at_is_there(path: str) -> None:
    """A row that points nowhere shows nothing."""
    assert (REPOSITORY / path).exists() or list(REPOSITORY.glob(path)), path


def test_the_rules_name_tests_for_every_row() -> None:
    """No rule is claimed without a test."""
    rules = (REPOSITORY / "docs" / "rules.md").read_text()
    rows = [line for line in rules.splitlines() if re.match(r"\| [A-Z]\d", line)]
    assert len(rows) > 50
    without = [row for row in rows if "tests/" not in row.rsplit("|", 2)[1]]
    assert without == []

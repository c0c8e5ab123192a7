"""`docs/rules.md` names tests that carry the rule; `test_paths_in_docs.py` looks for its files."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
RULES = REPOSITORY / "docs" / "rules.md"
# `...::test_b` after `tests/a.py::test_a` is of the same file.
TEST = re.compile(r"`(\.\.\.|tests/[\w/]+\.py)::(test_\w+)`")
RULE = re.compile(r"\b([A-Z])(\d+)(?:-\1(\d+))?\b")


def rules_in(text: str) -> set[str]:
    """The IDs of rules; O1-O3 are O1, O2 and O3."""
    return {
        f"{letter}{number}"
        for letter, first, last in RULE.findall(text)
        for number in range(int(first), int(last or first) + 1)
    }


@dataclass(frozen=True)
class Row:
    """A row of the table. tests: file and name of each."""

    rules: frozenset[str]
    text: str
    test_cell: str
    tests: tuple[tuple[str, str], ...]


def rows() -> list[Row]:
    found = []
    for line in RULES.read_text("utf-8").splitlines():
        if not re.match(r"\| [A-Z]\d", line):
            continue
        cells = line.strip("| ").split(" | ")
        tests: list[tuple[str, str]] = []
        for file, name in TEST.findall(cells[-1]):
            tests.append((tests[-1][0] if file == "..." else file, name))
        found.append(Row(frozenset(rules_in(cells[0])), cells[1], cells[-1], tuple(tests)))
    return found


@cache
def docstrings(file: str) -> dict[str, str]:
    """What each test of a file says of itself."""
    path = REPOSITORY / file
    tree = ast.parse(path.read_text("utf-8")) if path.exists() else ast.Module([], [])
    return {
        node.name: ast.get_docstring(node) or ""
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_row_names_tests() -> None:
    """No rule is claimed without a test, none is named twice, a file is not the name of one."""
    assert len(rows()) > 50
    without = [row.text for row in rows() if not row.tests]
    other = [left for row in rows() if (left := TEST.sub("", row.test_cell).strip(", "))]
    twice = [row.text for row in rows() if len(set(row.tests)) < len(row.tests)]
    assert (without, other, twice) == ([], [], [])


def test_each_test_named_is_there_and_carries_a_rule_of_its_row() -> None:
    """Its docstring has the ID."""
    missing, silent = [], []
    for row in rows():
        for file, name in row.tests:
            docstring = docstrings(file).get(name)
            if docstring is None:
                missing.append(f"{file}::{name}")
            elif not row.rules & rules_in(docstring):
                silent.append(f"{file}::{name}: {' '.join(sorted(row.rules))}")
    assert (missing, silent) == ([], [])


def test_each_rule_of_a_row_is_carried_by_one_of_its_tests() -> None:
    """A row of two rules names tests of both."""
    without = []
    for row in rows():
        carried = (rules_in(docstrings(file).get(name, "")) for file, name in row.tests)
        without += [f"{row.text}: {rule}" for rule in row.rules.difference(*carried)]
    assert without == []

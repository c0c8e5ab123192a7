"""The numbers of advisory locks: one list, all different, and nobody uses a number beside it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from persistence.locks import AdvisoryLock
from tests.conftest import REPOSITORY

FLOORS = ("gql", "jobs", "cli", "services", "persistence", "allocator", "domain")
HOME = REPOSITORY / "persistence" / "locks.py"
# `pg_advisory_lock(7)`, `pg_try_advisory_xact_lock(hashtext('x'))`: anything but a parameter.
IN_SQL = re.compile(r"advisory\w*\(\s*[\w'\"]")


def sources(ending: str) -> Iterator[tuple[Path, str]]:
    for floor in FLOORS:
        for file in sorted((REPOSITORY / floor).rglob(f"*{ending}")):
            yield file, file.read_text(encoding="utf-8")


def test_no_two_uses_share_a_number() -> None:
    """J2: an import once waited for the scheduler that acts, which never lets go."""
    numbers = {
        name: member.value
        # Also what would only be another name of the same number.
        for name, member in AdvisoryLock.__members__.items()
    }
    assert numbers == {
        "MIGRATION": 4_207_001,
        "SCHEDULER": 4_207_002,
        "IMPORT": 4_207_003,
        "RUN": 0x41505254,
    }
    assert len(set(numbers.values())) == len(numbers)


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls that take an advisory lock, by a function of SQL's or with SQL in a text."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
        if (
            "advisory" in name
            or name == "try_lock"
            or any(isinstance(said, str) and "advisory" in said for said in texts)
        ):
            yield node


def test_every_lock_is_one_of_the_list() -> None:
    found = 0
    for file, source in sources(".py"):
        if "advisory_" not in source or file == HOME:
            continue
        place = file.relative_to(REPOSITORY)
        assert "from persistence.locks import AdvisoryLock" in source, place
        for call in calls(ast.parse(source)):
            found += 1
            numbers = [
                node.value
                for node in ast.walk(call)
                if isinstance(node, ast.Constant) and isinstance(node.value, int)
            ]
            assert numbers == [], f"{place}:{call.lineno} locks a bare number"
            texts = [node.value for node in ast.walk(call) if isinstance(node, ast.Constant)]
            assert not any(IN_SQL.search(str(said)) for said in texts), f"{place}:{call.lineno}"
    assert found >= 6


@pytest.mark.parametrize("ending", [".py", ".sql"])
def test_no_number_of_the_list_stands_elsewhere(ending: str) -> None:
    for file, source in sources(ending):
        if ending == ".sql":
            assert "advisory" not in source, file
        elif file != HOME:
            literals = {
                node.value
                for node in ast.walk(ast.parse(source))
                if isinstance(node, ast.Constant) and isinstance(node.value, int)
            }
            assert literals.isdisjoint(AdvisoryLock), file

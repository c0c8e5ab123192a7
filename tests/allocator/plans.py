"""Plans and faults of a folder, by the way of its files."""

from pathlib import Path

import pytest

from allocator import InputFaults, problem_from, read_tables, solve, write_plan
from allocator.solving import Method
from tests.allocator.referee import Written, read_written


def plan_of(folder: Path, *, method: Method = "auto") -> Written:
    """The plan of a folder, written and read again."""
    out = folder.with_name(folder.name + "-out")
    write_plan(solve(problem_from(read_tables(folder)), method=method), out)
    return read_written(out)


def faults_of(folder: Path) -> set[tuple[str, int, str]]:
    """(file, row, column) of every fault; the folder must have some."""
    with pytest.raises(InputFaults) as caught:
        problem_from(read_tables(folder))
    assert all(fault.problem for fault in caught.value.faults)
    return {(fault.file, fault.row, fault.column) for fault in caught.value.faults}

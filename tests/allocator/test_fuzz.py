"""Random instances on which everyone must agree; the command runs thousands."""

from pathlib import Path

import pytest

from tests.allocator.fuzz import Task, run_one
from tests.extent import extent

TINY, BEGUN, SMALL, SEED = extent(40, 4500), extent(10, 500), extent(4, 500), 2026


@pytest.mark.parametrize(
    ("size", "first", "count"),
    [("tiny", start, 10) for start in range(0, TINY, 10)]
    + [("started", start, 10) for start in range(0, BEGUN, 10)]
    + [("small", start, 2) for start in range(0, SMALL, 2)],
)
def test_fast_path_program_verifier_and_brute_force_agree(
    size: str, first: int, count: int, tmp_path: Path
) -> None:
    """A7 A8: units, levels, splits and reasons, on instances with every feature mixed."""
    for number in range(first, first + count):
        verdict = run_one(Task(size, f"{SEED}:{number}", tmp_path))
        assert verdict.differences == [], f"{size}:{SEED}:{number}"

"""`apportion solve` from the shell: options, faults, exit status."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from allocator.limits import SearchLimits
from allocator.program.cp_sat import new_solver
from tests.allocator.tables import tiny
from tests.conftest import REPOSITORY
from tests.waiting import PATIENCE_S


def solve(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cli", "solve", *map(str, arguments)],
        check=False,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


def test_limits_are_kept_with_the_plan(tmp_path: Path) -> None:
    """A7: what a plan was solved under is part of it; counts are those of the files."""
    folder, out = tiny(tmp_path / "in"), tmp_path / "out"
    done = solve(folder, "-o", out, "--deterministic-limit", "5", "--time-limit", "600")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"1 claim, 1 level (all proven); written to {out}.\n"
    summary = json.loads((out / "summary.json").read_text())
    assert summary["limits"] == {"seconds": 600.0, "deterministic": 5.0}
    assert summary["reproducible"] is True


def test_a_deterministic_limit_that_is_hit_ends_with_three(tmp_path: Path) -> None:
    """A7: a plan cut short says so, and is the same each time."""
    lines = [{"line_id": f"L{n}", "qty": 3 + n, "pack": 2 + n % 3} for n in range(6)]
    folder = tiny(tmp_path / "in", order_lines=lines, orders=[{"min_ship_value_cents": 700}])
    for out in ("one", "two"):
        limit = ("--method", "program", "--deterministic-limit", "0.000001")
        done = solve(folder, "-o", tmp_path / out, *limit)
        assert done.returncode == 3, done.stderr
        assert "not proven" in done.stdout
    for name in ("allocations.csv", "levels.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert json.loads((tmp_path / "one" / "summary.json").read_text())["reproducible"] is True


def test_a_proof_cut_short_says_from_where_on(tmp_path: Path) -> None:
    """A7: levels come in their order, so what was not looked at is all from one level on."""
    done = solve(
        tiny(tmp_path / "in"), "-o", tmp_path / "out", "--certify", "--time-limit", "0.001"
    )
    assert done.returncode == 3, done.stderr
    assert "1 not looked at" in done.stdout
    assert done.stderr == 'Not looked at: level [1, 1, 1, "P"] and all after it.\n'


def test_solving_a_folder_loads_no_database() -> None:
    """Its libraries would take memory and time for nothing."""
    program = (
        "import cli.main, cli.solve, sys; print(sorted({'sqlalchemy', 'ortools'} & {*sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_faults_are_printed_for_people_and_for_programs(tmp_path: Path) -> None:
    """Faults: file, row, column, value, what is wrong and the remedy; exit status 2."""
    folder = tiny(tmp_path / "in", supply=[{"units": "ten"}])
    done = solve(folder, "-o", tmp_path / "out")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "supply.csv row 2, units: 'ten' is no whole number. Write digits only.\n"
        "1 fault; nothing was written.\n"
    )
    done = solve(folder, "-o", tmp_path / "out", "--json")
    assert done.returncode == 2
    answer = json.loads(done.stdout)
    assert answer["written"] is False
    [fault] = answer["faults"]
    assert (fault["file"], fault["row"], fault["column"]) == ("supply.csv", 2, "units")
    assert (fault["value"], fault["remedy"]) == ("ten", "Write digits only.")


def test_an_output_that_is_a_file_is_reported(tmp_path: Path) -> None:
    """Faults: one sentence and exit status 2, not a traceback."""
    (tmp_path / "out").write_text("mine")
    done = solve(tiny(tmp_path / "in"), "-o", tmp_path / "out")
    assert done.returncode == 2
    assert "is no folder" in done.stderr
    assert "Traceback" not in done.stderr


BUSY = """
import hashlib, os, signal, sys
from pathlib import Path
import allocator.plan
from cli.main import _leave
from cli.solve import stopped_at_once

class LongPlan:
    def each_piece(self, work):
        yield b"started"
        print("busy", flush=True)
        hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)

signal.signal(signal.SIGTERM, _leave)
out = Path(sys.argv[1])
try:
    with stopped_at_once(out):
        allocator.plan.write_plan(LongPlan(), out)
except KeyboardInterrupt:
    os._exit(130)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_heard_in_the_middle_of_native_work(
    number: signal.Signals, tmp_path: Path
) -> None:
    """Cancellation: a native call returns only when it ends; nobody waits for that. What was begun
    goes, what others write stays."""
    (tmp_path / ".plan-0-other").mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", BUSY, tmp_path], stdout=subprocess.PIPE, cwd=REPOSITORY
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"busy\n"
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == 128 + number
    assert [file.name for file in tmp_path.iterdir()] == [".plan-0-other"]


def test_no_search_keeps_a_stop_to_itself() -> None:
    """Cancellation: the solver's own handler would cut one search, and the run would go on."""
    assert new_solver(SearchLimits()).parameters.catch_sigint_signal is False

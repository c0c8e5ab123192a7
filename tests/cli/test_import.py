"""`apportion import` as a program: exit status, plain lines, JSON, nothing written on faults."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from cli.faults import MOST_FAULTS_SHOWN
from cli.imports import import_command
from services.settings import Settings
from tests.conftest import environment_of
from tests.services.import_world import FILES, with_row, write_company

app = Typer()
app.command()(import_command)

FOOTWEAR = Path(__file__).parents[2] / "examples" / "footwear"


def run(settings: Settings, *arguments: object) -> Any:
    return CliRunner(env=environment_of(settings)).invoke(app, [str(word) for word in arguments])


def test_an_import_prints_what_it_added_and_what_is_still_to_come(
    settings: Settings, tmp_path: Path
) -> None:
    path = write_company(tmp_path / "tiny")
    first = run(settings, path)
    assert first.exit_code == 0, first.output
    assert "orders: 3 added" in first.output
    assert "goods receipt R1 is still to be recorded: 12 units of 1 SKU at CENTRAL" in first.output
    again = run(settings, path)
    assert again.exit_code == 0
    assert "tiny is imported already; nothing was changed." in again.output


def test_an_import_speaks_chinese(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O15: what it would write, what it did, and what is still to come."""
    path = write_company(tmp_path / "tiny", weather="day\n1\n")
    monkeypatch.setenv("APPORTION_LANG", "zh")
    checked = run(settings, path, "--check")
    assert checked.output.splitlines()[:2] == [
        "未读取：weather.csv不是可导入的表。",
        "区域（regions）：2行",
    ]
    done = run(settings, path).output
    assert "订单（orders）：新增3" in done
    assert "担保：新增1" in done
    assert "收货单R1尚待登记：CENTRAL，1个货号共12件" in done


def test_faults_end_with_status_2(settings: Settings, tmp_path: Path) -> None:
    path = write_company(tmp_path / "tiny", **with_row("orders", "O4,F1,2026-02-30,,OPEN,CNY,"))
    result = run(settings, path)
    assert result.exit_code == 2
    assert "orders.csv row 5 column placed_on: '2026-02-30'" in result.output
    assert "1 fault; nothing was written." in result.output


def test_days_to_come_are_reported_with_and_without_a_database(
    settings: Settings, tmp_path: Path
) -> None:
    """M4 A3: by the clock of whoever imports."""
    milestones = FILES["milestones"].replace("2026-02-12", "2099-02-12")
    path = write_company(tmp_path / "tiny", milestones=milestones)
    for option in (["--check"], []):
        result = run(settings, path, *option)
        assert result.exit_code == 2
        fault = "milestones.csv row 2 column closed_on: '2099-02-12' is still to come."
        assert fault in result.output


def test_a_screen_shows_fifty_faults_and_json_all(settings: Settings, tmp_path: Path) -> None:
    rows = "".join(f"X{n},F1,soon,,OPEN,CNY,\n" for n in range(60))
    path = write_company(tmp_path / "tiny", orders=FILES["orders"] + rows)
    shown = run(settings, path, "--check")
    assert shown.exit_code == 2
    assert shown.output.count("column placed_on") == MOST_FAULTS_SHOWN
    assert "... and 10 more; --json has them all." in shown.output
    answer = json.loads(run(settings, path, "--check", "--json").stdout)
    assert (answer["written"], len(answer["faults"])) == (False, 60)
    assert set(answer["faults"][0]) == {"file", "row", "column", "value", "problem", "remedy"}


def test_check_writes_nothing_and_needs_no_database(tmp_path: Path) -> None:
    nowhere = Settings(database_url="postgresql://nobody@127.0.0.1:1/none", secret="x" * 32)
    result = run(nowhere, write_company(tmp_path / "tiny"), "--check")
    assert result.exit_code == 0, result.output
    assert "No fault; nothing was written, as --check asks." in result.output


def test_parameters_of_a_mapping_are_set_by_name(settings: Settings, tmp_path: Path) -> None:
    path = write_company(tmp_path / "tiny")
    mapping = tmp_path / "map.toml"
    mapping.write_text(
        '[parameters.day]\ntype = "date"\ndefault = 2026-01-01\n'
        '[tables.regions]\nsql = "SELECT region_id, name FROM regions"\nbecause = "of {day}"\n'
    )
    result = run(settings, path, "--map", mapping, "--check", "--set", "day=2026-02-03")
    assert "derived: regions: of 2026-02-03" in result.output
    for wrong, word in (("day=tomorrow", "is not of type date."), ("dya=2026-02-03", "'day'")):
        result = run(settings, path, "--map", mapping, "--check", "--set", wrong)
        assert result.exit_code == 2
        assert word in result.output


def test_a_pipe_gets_plain_lines(settings: Settings) -> None:
    """The real program, its output no terminal: one line per phase, no control characters."""
    command = (
        "from typer import Typer; from cli.imports import import_command;"
        " app = Typer(); app.command()(import_command); app()"
    )
    done = subprocess.run(
        [sys.executable, "-c", command, str(FOOTWEAR)],
        env=environment_of(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "writing: 11 done" in done.stderr
    assert "order_lines: 300 added" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("word", ["day", "=1"])
def test_a_parameter_without_a_value_is_refused(
    word: str, settings: Settings, tmp_path: Path
) -> None:
    result = run(settings, write_company(tmp_path / "tiny"), "--set", word)
    assert result.exit_code == 2

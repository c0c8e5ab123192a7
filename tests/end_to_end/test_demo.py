"""`apportion demo` as a newcomer runs it: real processes, an empty home, the output read back."""

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import REPOSITORY, make_short_home
from tests.waiting import PATIENCE_S

ADVENTUREWORKS = REPOSITORY.parent / "shared" / "data" / "adventureworks"
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
MAPPING = REPOSITORY / "examples" / "adventureworks" / "mapping.toml"


def apportion(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("APPORTION_")}
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=REPOSITORY,
        env={**kept, "APPORTION_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_S,
        check=False,
    )


def today() -> dt.date:
    """Where the example's company is."""
    return dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()


def figures(output: str) -> list[str]:
    """The lines with figures, without the time of day and run times."""
    lines = [_INSTANT.sub("", line) for line in output.splitlines()]
    return [line for line in lines if " %" in line or "units" in line]


@pytest.fixture(scope="module")
def demonstrated(without_outside_settings: None) -> Iterator[tuple[Path, str]]:
    """A home in which the example was demonstrated once, and what that printed."""
    home = make_short_home()
    first = apportion(home, "demo")
    assert first.returncode == 0, first.stderr
    yield home, first.stdout
    shutil.rmtree(home)


def test_the_demonstration_prints_the_same_figures_every_time(
    demonstrated: tuple[Path, str], tmp_path: Path
) -> None:
    """A2 J2: twice in a row on the shipped example; the second begins afresh."""
    home, first = demonstrated
    lines = first.splitlines()
    for section in (
        "By stage",
        "Customers, in rank order",
        "Own regions, in the season's order",
        "Not given, and why",
        "Given to nobody, and where it lies",
    ):
        assert section in lines
    report = lines[: lines.index("How to go on")]
    assert max(len(line) for line in report) <= 100
    # All fourteen, by rank and not by size; every one that is short says why.
    ranked = [line.split()[:2] for line in lines if re.match(r" +\d+  [FDE]\d\d ", line)]
    assert [rank for rank, _ in ranked] == [
        str(n) for n in (1, 1, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 8, 9)
    ]
    assert ranked[0] == ["1", "F01"]
    # Of today, and of nothing that does not concern it.
    assert "Warning" not in first
    assert f"its story stands at today, {today()}." in first
    assert "OVERDUE by" in first
    assert "…" not in first
    second = apportion(home, "demo")
    assert second.returncode == 0, second.stderr
    assert figures(second.stdout) == figures(first)
    faulty = tmp_path / "faulty"
    shutil.copytree(REPOSITORY / "examples" / "footwear", faulty)
    (faulty / "stock.csv").write_text("warehouse_id,sku_id,on_hand\nCENTRAL,S01-38,-1\n")
    refused = apportion(home, "demo", "--data", str(faulty))
    assert refused.returncode == 2, refused.stderr
    # What the second one left is still there.
    doctor = apportion(home, "doctor")
    assert doctor.returncode == 0, doctor.stdout
    assert "F07" in apportion(home, "whatif", "--base", "1", "--funds", "F07=100000").stdout


def test_a_companys_own_database_is_never_emptied(short_home: Path) -> None:
    """A database that an import made is LIVE; the demonstration leaves it alone and says so."""
    imported = apportion(short_home, "import", "examples/footwear")
    assert imported.returncode == 0, imported.stderr
    refused = apportion(short_home, "demo")
    assert refused.returncode == 1
    assert "left alone" in refused.stderr
    again = apportion(short_home, "import", "examples/footwear")
    assert "nothing was changed" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--wave", "soon"), "is no date like"),
        (("--data", "no/such/folder"), "nothing was written"),
        (("--replay",), "nothing to replay"),
        (("--home", "elsewhere", "--data", "no/such/folder"), "nothing was written"),
    ],
)
def test_wrong_use_is_explained_in_a_sentence(
    short_home: Path, arguments: tuple[str, ...], says: str
) -> None:
    """The exit status says that it failed, the sentence what to do; no traceback."""
    ended = apportion(short_home, "demo", *arguments)
    assert ended.returncode in (1, 2)
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(
    not ADVENTUREWORKS.is_dir(), reason="the AdventureWorks files lie outside the repository"
)
def test_adventureworks_is_short_where_its_source_says(short_home: Path) -> None:
    """A2-A6 on real data: 8,932 units of what arrived are wanted; 3,366 cannot be reserved.

    Another 1,332 are wanted of SKUs of which nothing is there, so that no run can share them out.
    """
    ended = apportion(short_home, "demo", "--data", str(ADVENTUREWORKS), "--map", str(MAPPING))
    assert ended.returncode == 0, ended.stderr
    assert "59,087 units of 256 SKUs" in ended.stdout
    stages = [line.split() for line in ended.stdout.splitlines() if line[:2] in ("1 ", "2 ", "3 ")]
    assert stages[0][4] == "8,932"
    refused = [line.split() for line in ended.stdout.splitlines() if "no stock left" in line]
    assert ["2", "Reserved", "for", "payment", "634", "3,366"] in [words[:6] for words in refused]


def test_in_chinese_no_english_sentence_is_left(demonstrated: tuple[Path, str]) -> None:
    """One switch: headings, reasons, steps and what to do next; codes and names stay."""
    ended = apportion(demonstrated[0], "--lang", "zh", "demo")
    assert ended.returncode == 0, ended.stderr
    report = ended.stdout.partition("接下来")[0]
    for heading in (
        "按阶段",
        "客户（按优先级）",
        "未分得数量及原因",
        "未分出的货品及所在仓库",
        "月度指标",
    ):
        assert heading in report
    # The example's own names, and codes of the API.
    files = sorted((REPOSITORY / "examples" / "footwear").glob("*.csv"))
    own = set(re.findall(r"[A-Za-z]+", " ".join(file.read_text() for file in files)))
    words = set(re.findall(r"[A-Za-z]{3,}", report)) - own - {"Apportion", "footwear", "chen"}
    assert {word for word in words if not word.isupper()} == set()
    # Between Chinese characters stands no half-width punctuation.
    assert re.findall(r"[\u4e00-\u9fff][,;:()]|[,;:()][\u4e00-\u9fff]", report) == []

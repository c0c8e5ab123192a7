"""The shipped example's dates move with today; the example itself stays as it is."""

import csv
import datetime as dt
from pathlib import Path

from cli.demo.dates import STORY_DAY, moved_to
from tests.conftest import REPOSITORY

FOOTWEAR = REPOSITORY / "examples" / "footwear"


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def test_every_date_is_as_far_from_today_as_from_the_storys_day(tmp_path: Path) -> None:
    moved = moved_to(FOOTWEAR, tmp_path, STORY_DAY + dt.timedelta(days=100))
    assert rows(moved / "customers.csv")[0]["confirmed_on"] == "2027-02-28"
    for name in ("orders", "shipments", "milestones", "customers"):
        for before, after in zip(
            rows(FOOTWEAR / f"{name}.csv"), rows(moved / f"{name}.csv"), strict=True
        ):
            for column, value in before.items():
                expected = value
                if column.endswith("_on") and value:
                    day = dt.date.fromisoformat(value) + dt.timedelta(days=100)
                    expected = day.isoformat()
                assert after[column] == expected


def test_on_the_storys_own_day_the_files_are_the_same_bytes(tmp_path: Path) -> None:
    moved = moved_to(FOOTWEAR, tmp_path, STORY_DAY)
    for file in FOOTWEAR.glob("*.csv"):
        assert (moved / file.name).read_bytes() == file.read_bytes()
    assert (moved / "company.toml").read_bytes() == (FOOTWEAR / "company.toml").read_bytes()


def test_the_storys_day_is_the_generators() -> None:
    source = (FOOTWEAR / "generate.py").read_text(encoding="utf-8")
    year, month, day = STORY_DAY.year, STORY_DAY.month, STORY_DAY.day
    assert f"TODAY = dt.date({year}, {month}, {day})" in source

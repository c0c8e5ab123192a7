"""Files that no sensible program wrote: read where that is safe, else a clear fault."""

import contextlib
import random
from pathlib import Path
from typing import Any

import pytest

from allocator import InputFaults, read_tables
from tests.allocator.instances import write_instance
from tests.allocator.plans import faults_of, plan_of
from tests.allocator.tables import tiny

SETTINGS_TEXTS = {
    "empty": "",
    "no JSON": "season = SS",
    "a list": "[]",
    "half": '{"season": "SS"',
    "deep": "[" * 100_000,
    "a number of 5000 digits": '{"share_cap_ppm": ' + "9" * 5000 + "}",
    "not a number": '{"share_cap_ppm": NaN}',
}


@pytest.mark.parametrize("text", SETTINGS_TEXTS.values(), ids=SETTINGS_TEXTS)
def test_settings_that_cannot_be_read_are_a_fault(text: str, tmp_path: Path) -> None:
    folder = tiny(tmp_path)
    (folder / "settings.json").write_text(text, encoding="utf-8")
    assert {file for file, _, _ in faults_of(folder)} == {"settings.json"}


@pytest.mark.parametrize(
    "changed",
    [
        {"season": "NS"},
        {"season": None},
        {"region_order": {"SS": ["R"]}},
        {"region_order": {"SS": ["R"], "AW": ["elsewhere"]}},
        {"region_order": {"SS": ["R", "R"], "AW": []}},
        {"tiers": "ABC"},
        {"launch_ties": "LOOSE"},
        {"share_cap_ppm": 0},
        {"share_cap_ppm": 1_000_001},
        {"share_cap_ppm": 0.5},
        {"share_cap_ppm": True},
        {"size_run_min": -1},
        {"size_run_min": "3"},
        {"pick_capacity": {"W": -1}},
        {"pick_capacity": {"W": None}},
        {"pick_capacity": 7},
        {"pick_capacity": {"W": 10**30}},
        {"unheard_of": 1},
    ],
)
def test_a_setting_out_of_bounds_is_a_fault(changed: dict[str, Any], tmp_path: Path) -> None:
    assert {file for file, _, _ in faults_of(tiny(tmp_path, changed))} == {"settings.json"}


def test_a_folder_without_settings_or_no_folder_is_a_fault(tmp_path: Path) -> None:
    folder = tiny(tmp_path / "in")
    (folder / "settings.json").unlink()
    assert "settings.json" in {file for file, _, _ in faults_of(folder)}
    with pytest.raises(InputFaults):
        read_tables(tmp_path / "nowhere")


BROKEN = {
    "latin-1": "sku_id,product_id,size,price_cents,pack\nK\xfc,P,,1,1\n".encode("latin-1"),
    "utf-16": "sku_id,product_id,size,price_cents,pack\nK,P,,1,1\n".encode("utf-16"),
    "a lone surrogate": b"sku_id,product_id,size,price_cents,pack\nK\xed\xa0\x80,P,,1,1\n",
    "no header": b"K,P,,1,1\n",
    "a column too few": b"sku_id,product_id,size,price_cents\nK,P,,1\n",
    "a column twice": b"sku_id,product_id,size,price_cents,pack,pack\nK,P,,1,1,1\n",
    "a cell too many": b"sku_id,product_id,size,price_cents,pack\nK,P,,1,1,9\n",
    "a cell too few": b"sku_id,product_id,size,price_cents,pack\nK,P,,1\n",
    "an open quote": b'sku_id,product_id,size,price_cents,pack\n"K,P,,1,1\n',
    "a NUL in a number": b"sku_id,product_id,size,price_cents,pack\nK,P,,1\x00,1\n",
    "an empty file": b"",
    "nothing but zeros": b"\x00" * 4096,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_file_that_cannot_be_read_is_a_fault(content: bytes, tmp_path: Path) -> None:
    folder = tiny(tmp_path)
    (folder / "skus.csv").write_bytes(content)
    assert "skus.csv" in {file for file, _, _ in faults_of(folder)}


def test_a_nul_in_an_id_is_carried_through_or_is_a_fault(tmp_path: Path) -> None:
    folder = tiny(tmp_path / "in")
    for table in ("skus", "supply", "order_lines"):
        path = folder / f"{table}.csv"
        path.write_bytes(path.read_bytes().replace(b"K,", b"K\x00,"))
    with contextlib.suppress(InputFaults):
        assert plan_of(folder).units == {"L:L": 3}


def test_spreadsheet_habits_are_understood(tmp_path: Path) -> None:
    """A byte order mark, CRLF, quotes, no last line end, blank lines at the end."""
    folder = tiny(tmp_path / "in")
    for path in folder.glob("*.csv"):
        text = path.read_text(encoding="utf-8").replace("\n", "\r\n").rstrip()
        path.write_bytes(b"\xef\xbb\xbf" + text.replace("F,", '"F",').encode() + b"\r\n\r\n")
    (folder / "supply.csv").write_bytes(b'warehouse_id,sku_id,units\r\n"W","K","10"')
    assert plan_of(folder).units == {"L:L": 3}


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_rows_and_columns_changes_no_byte(seed: int, tmp_path: Path) -> None:
    folder = write_instance(tmp_path / "in", "small", f"permuted:{seed}")
    again = tmp_path / "again"
    again.mkdir()
    (again / "settings.json").write_bytes((folder / "settings.json").read_bytes())
    rng = random.Random(seed)
    for path in folder.glob("*.csv"):
        header, *lines = path.read_text(encoding="utf-8").split("\n")[:-1]
        if path.stem != "regions":
            rng.shuffle(lines)
        (again / path.name).write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    plan_of(folder)
    plan_of(again)
    for name in ("allocations.csv", "levels.csv"):
        first = (tmp_path / "in-out" / name).read_bytes()
        assert first == (tmp_path / "again-out" / name).read_bytes()

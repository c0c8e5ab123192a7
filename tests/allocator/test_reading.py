"""Reading and writing the input: what is accepted, and how faults are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import xlsxwriter

from allocator import InputFaults, Tables, read_tables, solve_folder, write_tables
from tests.allocator.worlds import line, world


def faults_of(folder: Path) -> list[tuple[str, int, str, str]]:
    """(file, row, column, value) of every fault."""
    with pytest.raises(InputFaults) as caught:
        read_tables(folder)
    return [(f.file, f.row, f.column, f.value) for f in caught.value.faults]


def written(folder: Path) -> Tables:
    """A small world on disk."""
    tables = world(order_lines=[line("1", 4), line("2", 3, "K2", pack=2)])
    write_tables(tables, folder)
    return tables


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    """Folder: the same content, empty cells included."""
    tables = written(tmp_path)
    assert read_tables(tmp_path).to_bytes() == tables.to_bytes()


def test_a_snapshot_is_read_again() -> None:
    """Bytes: from_bytes undoes to_bytes, and the fingerprint is that of the content."""
    tables = world(order_lines=[line("1", 4)])
    again = Tables.from_bytes(tables.to_bytes())
    assert again.to_bytes() == tables.to_bytes()
    assert again.fingerprint() == tables.fingerprint()
    assert again.fingerprint() != world(order_lines=[line("1", 5)]).fingerprint()


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    """Faults: cells that cannot be read, unknown ids and unknown settings come together."""
    written(tmp_path)
    (tmp_path / "supply.csv").write_text("warehouse_id,sku_id,units\nW,K1,ten\nW,K9,1\n")
    (tmp_path / "orders.csv").write_text("order_id,ship_complete\nO,1\n")
    settings = json.loads((tmp_path / "settings.json").read_text())
    (tmp_path / "settings.json").write_text(json.dumps({**settings, "seasn": "SS"}))
    assert faults_of(tmp_path) == [
        ("orders.csv", 1, "franchisee_id", ""),
        ("orders.csv", 1, "min_ship_value_cents", ""),
        ("settings.json", 0, "seasn", "SS"),
        ("supply.csv", 2, "units", "ten"),
        ("supply.csv", 3, "sku_id", "K9"),
    ]


def test_text_that_is_not_utf8_is_a_fault(tmp_path: Path) -> None:
    """Faults: the row that cannot be decoded is named."""
    written(tmp_path)
    (tmp_path / "regions.csv").write_bytes(b"region_id,name\nR,\xff\xfe\n")
    assert faults_of(tmp_path)[0][:2] == ("regions.csv", 2)


def test_a_workbook_holds_the_same_sheets(tmp_path: Path) -> None:
    """Workbook: numbers, empty cells and the sheet of settings."""
    tables = written(tmp_path / "folder")
    path = tmp_path / "input.xlsx"
    book = xlsxwriter.Workbook(str(path))
    for name, frame in tables.frames():
        sheet = book.add_worksheet(name)
        for row, values in enumerate([frame.columns, *frame.rows()]):
            for column, value in enumerate(values):
                sheet.write(row, column, value)
    sheet = book.add_worksheet("settings")
    sheet.write_row(0, 0, ["key", "value"])
    for row, (key, value) in enumerate(tables.settings.as_json().items(), start=1):
        text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
        sheet.write_row(row, 0, [key, text])
    book.close()
    assert read_tables(path).fingerprint() == tables.fingerprint()


def test_nothing_is_written_for_a_faulty_input(tmp_path: Path) -> None:
    """Exit status 2, every fault, and no result."""
    written(tmp_path / "in")
    (tmp_path / "in" / "supply.csv").write_text("warehouse_id,sku_id,units\nW,K1,-1\n")
    report = solve_folder(tmp_path / "in", tmp_path / "out")
    assert report.exit_status == 2
    assert [(f.file, f.row, f.value) for f in report.faults] == [("supply.csv", 2, "-1")]
    assert not (tmp_path / "out").exists()


def test_a_folder_is_solved_and_certified(tmp_path: Path) -> None:
    """Exit status 0; the three files; a certificate of every level."""
    written(tmp_path / "in")
    report = solve_folder(tmp_path / "in", tmp_path / "out", certify=True)
    assert report.exit_status == 0
    assert report.certificate is not None
    assert report.certificate.holds
    assert (tmp_path / "out" / "allocations.csv").read_text() == (
        "stage,claim_id,warehouse_id,units,reason\n1,L:1,W,4,\n1,L:2,W,2,PACK\n2,R:2,,0,PACK\n"
    )
    assert (tmp_path / "out" / "levels.csv").read_text() == (
        'key,T,G,proven,bound\n"[1, 1, 1, ""P""]",6,66666,1,6\n"[2, 1, 1, ""P""]",0,0,1,0\n'
    )
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["reproducible"] is True


def test_the_time_limit_holds_for_the_certificate_too(tmp_path: Path) -> None:
    """What the solve leaves of it: nothing here, so no level is looked at."""
    written(tmp_path / "in")
    report = solve_folder(tmp_path / "in", tmp_path / "out", time_limit_s=1e-9, certify=True)
    assert report.certificate is not None
    assert report.certificate.unseen == report.certificate.levels > 0
    assert not report.certificate.differences
    assert report.exit_status == 3

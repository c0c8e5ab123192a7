"""Reading and writing the input: what is accepted, and how faults are reported."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from allocator import InputFaults, Tables, read_tables, solve_folder, write_tables
from allocator.faults import phrase
from allocator.input_faults import faults_in
from allocator.references import resolve_references
from cli.allocator_faults import InputFault
from domain.languages import Language
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


def test_every_fault_of_every_file_is_reported_at_once(tmp_path: Path) -> None:
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


def test_a_fault_without_a_value_quotes_none(tmp_path: Path) -> None:
    """Faults: one readable line each, as `apportion solve` prints it."""
    written(tmp_path)
    (tmp_path / "supply.csv").write_text("warehouse_id,sku_id,units\nW,,x\n")
    (tmp_path / "settings.json").unlink()
    with pytest.raises(InputFaults) as caught:
        read_tables(tmp_path)
    faults = [InputFault(fault) for fault in caught.value.faults]
    assert [fault.sentence(Language.EN) for fault in faults] == [
        "settings.json: is missing. Give season, region_order, tiers.",
        "supply.csv row 2, sku_id: is an empty cell. Fill it in.",
        "supply.csv row 2, units: 'x' is no whole number. Write digits only.",
    ]
    assert [fault.sentence(Language.ZH_HANS) for fault in faults] == [
        "settings.json：缺失。请填写`season`、`region_order`、`tiers`。",
        "supply.csv第2行“sku_id”列：是空单元格。请填写。",
        "supply.csv第2行“units”列：“x”不是整数。请只写数字。",
    ]


def test_text_that_is_not_utf8_is_a_fault(tmp_path: Path) -> None:
    """Faults: the row that cannot be decoded is named."""
    written(tmp_path)
    (tmp_path / "regions.csv").write_bytes(b"region_id,name\nR,\xff\xfe\n")
    assert faults_of(tmp_path)[0][:2] == ("regions.csv", 2)


def sheets_of(tables: Tables) -> dict[str, list[list[object]]]:
    """The rows of every sheet of a workbook with this content."""
    sheets: dict[str, list[list[object]]] = {
        name: [list(frame.columns), *(list(row) for row in frame.rows())]
        for name, frame in tables.frames()
    }
    sheets["settings"] = [["key", "value"]]
    for key, value in tables.settings.as_json().items():
        text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
        sheets["settings"].append([key, text])
    return sheets


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    """A workbook of these rows."""
    book = xlsxwriter.Workbook(str(path))
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for row, values in enumerate(rows):
            for column, value in enumerate(values):
                sheet.write(row, column, value)
    book.close()
    return path


def test_a_workbook_holds_the_same_sheets(tmp_path: Path) -> None:
    """Workbook: numbers, empty cells and the sheet of settings."""
    tables = written(tmp_path / "folder")
    path = workbook(tmp_path / "input.xlsx", sheets_of(tables))
    assert read_tables(path).fingerprint() == tables.fingerprint()


def test_a_cell_beyond_the_header_of_a_sheet_is_a_fault(tmp_path: Path) -> None:
    """Workbook: as in a CSV file, nothing that stands in a row is passed over."""
    sheets = sheets_of(written(tmp_path / "folder"))
    sheets["skus"][2].append("extra")
    sheets["settings"][1].append("a remark")
    faults = faults_of(workbook(tmp_path / "input.xlsx", sheets))
    assert [fault[:2] for fault in faults] == [("settings.json", 2), ("skus.csv", 3)]


def test_a_setting_given_twice_is_a_fault(tmp_path: Path) -> None:
    """Settings: neither of two values is the one that is meant, in a file or in a sheet."""
    tables = written(tmp_path / "in")
    path = tmp_path / "in" / "settings.json"
    text = path.read_text()
    path.write_text(text.replace("{", '{"season": "AW", ', 1))
    assert faults_of(tmp_path / "in") == [("settings.json", 0, "season", "")]
    path.write_text(text.replace('"AW": ', '"AW": ["R"], "AW": ', 1))
    assert faults_of(tmp_path / "in") == [("settings.json", 0, "AW", "")]
    sheets = sheets_of(tables)
    sheets["settings"].append(["season", "AW"])
    assert faults_of(workbook(tmp_path / "input.xlsx", sheets)) == [
        ("settings.json", len(sheets["settings"]), "season", "AW")
    ]


@pytest.mark.parametrize("header", [["size_run_min", 2], ["name", "value"], []])
def test_a_sheet_of_settings_without_its_header_is_a_fault(
    header: list[object], tmp_path: Path
) -> None:
    """Settings: the first row of the sheet names the columns, so it is never a setting."""
    sheets = sheets_of(written(tmp_path / "folder"))
    sheets["settings"][0] = header
    faults = faults_of(workbook(tmp_path / "input.xlsx", sheets))
    assert ("settings.json", 1, "key", "") in faults


def test_a_table_under_nearly_its_name_is_a_fault_and_another_file_a_warning(
    tmp_path: Path,
) -> None:
    """Names: a table that nobody reads would silently count as empty."""
    written(tmp_path / "in")
    folder = tmp_path / "in"
    (folder / "notes.csv").write_text("a,b\n1,2\n")
    (folder / "readme.txt").write_text("no table")
    assert phrase("files.NOT_READ", name="notes.csv") in read_tables(folder).notes
    (folder / "region_reserves.csv").rename(folder / "region_reserve.csv")
    assert faults_of(folder) == [("region_reserve.csv", 0, "", "")]
    sheets = sheets_of(written(tmp_path / "again"))
    sheets["Stores"] = sheets.pop("stores")
    sheets["remarks"] = [["by hand"]]
    path = workbook(tmp_path / "input.xlsx", sheets)
    assert faults_of(path) == [("Stores", 0, "", "")]
    sheets["stores"] = sheets.pop("Stores")
    assert phrase("files.NOT_READ", name="remarks") in read_tables(workbook(path, sheets)).notes


def test_blank_rows_are_left_out_and_counted(tmp_path: Path) -> None:
    """Faults: a blank row is none, and the rows below it keep their numbers."""
    written(tmp_path)
    path = tmp_path / "supply.csv"
    path.write_text("warehouse_id,sku_id,units\nW,K1,4\n\n,,\nW,K2,3\n\n")
    assert read_tables(tmp_path).supply.rows() == [("W", "K1", 4), ("W", "K2", 3)]
    path.write_text("warehouse_id,sku_id,units\n\n,,\nW,K2,ten\n")
    assert faults_of(tmp_path) == [("supply.csv", 4, "units", "ten")]
    path.write_text("warehouse_id,sku_id,units\n\nW,K9,1\n")
    assert faults_of(tmp_path) == [("supply.csv", 3, "sku_id", "K9")]
    path.write_text("warehouse_id,sku_id,units\n\nW,K1,1\n")
    (tmp_path / "franchisees.csv").write_text("franchisee_id\n")
    assert {fault[0] for fault in faults_of(tmp_path)} == {"franchisees.csv"}


def test_a_folder_where_a_file_should_be_is_a_fault(tmp_path: Path) -> None:
    """Faults: what cannot be opened is reported like all else, not raised."""
    written(tmp_path)
    for name in ("skus.csv", "settings.json"):
        (tmp_path / name).unlink()
        (tmp_path / name).mkdir()
    assert [fault[:3] for fault in faults_of(tmp_path)] == [
        ("settings.json", 0, ""),
        ("skus.csv", 0, ""),
    ]


@pytest.mark.parametrize("name", ["supply.csv", "settings.json"])
@pytest.mark.parametrize("kind", ["link to nowhere", "link to itself", "pipe"])
def test_what_is_there_but_no_file_is_a_fault(kind: str, name: str, tmp_path: Path) -> None:
    """Faults: it is no missing table, which would count as empty, and nobody waits for a pipe."""
    written(tmp_path)
    path = tmp_path / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("nowhere" if kind == "link to nowhere" else path)
    assert [fault[:3] for fault in faults_of(tmp_path)] == [(name, 0, "")]


def test_a_pipe_in_place_of_the_input_is_a_fault(tmp_path: Path) -> None:
    """Faults: a workbook is read as a whole, so it must be a file."""
    os.mkfifo(tmp_path / "input.xlsx")
    assert faults_of(tmp_path / "input.xlsx") == [
        ("input.xlsx", 0, "", str(tmp_path / "input.xlsx"))
    ]


@pytest.mark.parametrize("others", ["", '"L,3",O,K1,2,,\n'])
def test_a_row_that_ends_too_early_is_a_fault(others: str, tmp_path: Path) -> None:
    """Faults: a row cut off is none that leaves pack and price to the SKU."""
    written(tmp_path)
    header = "line_id,order_id,sku_id,qty,pack,price_cents\n"
    path = tmp_path / "order_lines.csv"
    path.write_text(f"{header}L1,O,K1,4,,\n{others}")
    assert read_tables(tmp_path).order_lines["pack"].null_count() == 1 + bool(others)
    path.write_text(f"{header}L1,O,K1,4,,\n{others}L2,O,K1,4\n")
    assert faults_of(tmp_path) == [("order_lines.csv", 3 + bool(others), "", "L2,O,K1,4")]


@pytest.mark.parametrize(
    ("table", "owner", "wish"),
    [("store_stock", "store_id", "safety"), ("region_reserves", "region_id", "target")],
)
def test_two_gaps_of_one_claim_id_are_a_fault(table: str, owner: str, wish: str) -> None:
    """Output: S:1 wants K, S wants 1:K, and both rows of the plan would be of S:S:1:K. A colon does
    no harm else; a row that is there twice is reported as that."""
    owners: list[dict[str, Any]] = [{owner: name} for name in ("S", "S:1")]
    gaps = [{owner: a, "sku_id": b} for a, b in (("S", "1:K"), ("S", "K"), ("S:1", "1:K"))]

    def faults_with(*more: dict[str, Any]) -> list[tuple[str, int, str, str]]:
        tables = world(
            {"region_order": {"SS": (), "AW": ()}},
            regions=[{"region_id": "R"}, *owners] if owner == "region_id" else [{"region_id": "R"}],
            stores=owners if owner == "store_id" else [],
            skus=[{"sku_id": "1:K"}, {"sku_id": "K"}],
            supply=[],
            **{table: [{**row, wish: 1} for row in (*gaps, *more)]},
        )
        faults = faults_in(tables, resolve_references(tables))
        return [(f.file, f.row, f.column, f.value) for f in faults]

    assert faults_with() == []
    assert faults_with({owner: "S:1", "sku_id": "K"}) == [(f"{table}.csv", 5, owner, "S:1")]
    assert faults_with({owner: "S", "sku_id": "1:K"}) == [(f"{table}.csv", 5, owner, "S")]


@pytest.mark.parametrize("place", ["out", "out/deeper", "taken"])
def test_a_place_that_cannot_hold_the_plan_is_a_fault_before_the_solve(
    place: str, tmp_path: Path
) -> None:
    """Output: a file in the way of the folder, or a folder in the way of a file."""
    written(tmp_path / "in")
    (tmp_path / "out").write_text("mine")
    (tmp_path / "taken" / "levels.csv").mkdir(parents=True)
    report = solve_folder(tmp_path / "in", tmp_path / place, on_progress=lambda done, of: 1 / 0)
    assert (report.exit_status, len(report.faults)) == (2, 1)
    assert (tmp_path / "out").read_text() == "mine"
    assert [file.name for file in (tmp_path / "taken").iterdir()] == ["levels.csv"]


def test_a_link_to_nowhere_cannot_hold_the_plan(tmp_path: Path) -> None:
    """Output: reported before the solve."""
    written(tmp_path / "in")
    (tmp_path / "out").symlink_to(tmp_path / "nowhere")
    report = solve_folder(tmp_path / "in", tmp_path / "out", on_progress=lambda done, of: 1 / 0)
    assert [fault.problem for fault in report.faults] == [phrase("files.IS_NO_FOLDER")]


def test_a_plan_that_cannot_be_written_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Output: a disk that fills up is a fault, and no file of an older plan has changed."""
    written(tmp_path / "in")
    assert solve_folder(tmp_path / "in", tmp_path / "out").exit_status == 0
    before = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    (tmp_path / "in" / "supply.csv").write_text("warehouse_id,sku_id,units\nW,K1,1\n")

    def full(path: Path, text: str, encoding: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", full)
    report = solve_folder(tmp_path / "in", tmp_path / "out")
    assert report.exit_status == 2
    assert [(f.file, f.problem) for f in report.faults] == [
        ("out", phrase("files.NOT_WRITTEN", error="No space left on device"))
    ]
    assert {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()} == before


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
    assert (report.certificate.levels, report.summary["certificate"]["levels"]) == (2, 2)
    assert (tmp_path / "out" / "allocations.csv").read_text() == (
        "stage,claim_id,warehouse_id,units,reason\n1,L:1,W,4,\n1,L:2,W,2,PACK\n2,R:2,,0,PACK\n"
    )
    assert (tmp_path / "out" / "levels.csv").read_text() == (
        'key,T,G,proven,bound\n"[1, 1, 1, ""P""]",6,66666,1,6\n"[2, 1, 1, ""P""]",0,0,1,0\n'
    )
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["reproducible"] is True
    # Line 1 is full: its reservation is no claim, in no file and in no count.
    assert (summary["claims"], summary["levels"]) == (3, 2)
    assert summary["limits"] == {"seconds": None, "deterministic": None}


def test_the_time_limit_holds_for_the_certificate_too(tmp_path: Path) -> None:
    """What the solve leaves of it: nothing here, so no level is looked at."""
    written(tmp_path / "in")
    report = solve_folder(tmp_path / "in", tmp_path / "out", time_limit_s=1e-9, certify=True)
    assert report.certificate is not None
    assert report.certificate.unseen == report.certificate.levels > 0
    assert not report.certificate.differences
    assert report.exit_status == 3

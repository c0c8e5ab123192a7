"""Workbooks as the allocator reads them: what each cell is, within limits, and never by guess."""

import datetime as dt
import zipfile
from pathlib import Path

import pytest

from allocator import InputFaults, read_tables
from allocator.workbook import Cell, CellKind, reader
from allocator.workbook.parts import UnreadableWorkbook
from allocator.workbook.reader import Workbook
from domain.messages import message_of
from tests.allocator.test_reading import sheets_of, written
from tests.workbooks import Formula, Shown, edit, write_sheets

FIRST = "xl/worksheets/sheet1.xml"


def cells(path: Path) -> list[Cell | None]:
    return Workbook(path).rows("S")[0].cells


def one(path: Path, value: object) -> Path:
    return write_sheets(path / "book.xlsx", {"S": [[value]]})


def given(path: Path, xml: str) -> Cell | None:
    """The first cell of a sheet, by the XML of its content."""
    book = edit(one(path, 0), FIRST, '<c r="A1"><v>0</v></c>', f'<c r="A1"{xml}</c>')
    return next(iter(Workbook(book).rows("S")[0].cells), None) if Workbook(book).rows("S") else None


def test_a_cell_is_of_the_kind_that_the_file_says(tmp_path: Path) -> None:
    row = ["1", 1, Shown(0.15, "0.0%"), Shown(dt.date(2026, 3, 4), "d.m.yy"), True, Formula("=A1")]
    row.append(Shown(46085.5625, "d.m.yy hh:mm"))
    row.append(Shown(1.5, "[h]:mm"))
    path = write_sheets(tmp_path / "book.xlsx", {"S": [row]})
    assert cells(path) == [
        Cell(CellKind.TEXT, "1"),
        Cell(CellKind.NUMBER, "1", "1"),
        Cell(CellKind.PER_CENT, "15"),
        Cell(CellKind.DATE, "2026-03-04"),
        Cell(CellKind.FLAG, "1"),
        Cell(CellKind.FORMULA, "=A1"),
        Cell(CellKind.DATE_TIME, "2026-03-04 13:30:00"),
        Cell(CellKind.TIME, "36:00:00"),
    ]


@pytest.mark.parametrize(
    ("xml", "cell"),
    [
        ('><v>9.9499999999999993</v>', Cell(CellKind.NUMBER, "9.95", "9.95")),
        ('><v>0.30000000000000004</v>', Cell(CellKind.NUMBER, "0.3", "0.3")),
        ('><v>1.5E-3</v>', Cell(CellKind.NUMBER, "0.0015", "0.0015")),
        ('><v>1E+20</v>', Cell(CellKind.NUMBER, "1" + "0" * 20, "1" + "0" * 20)),
        ('><v>-0</v>', Cell(CellKind.NUMBER, "0", "0")),
        ('><v>1E999</v>', Cell(CellKind.ERROR, "#NUM!")),
        (' t="e"><v>#N/A</v>', Cell(CellKind.ERROR, "#N/A")),
        (' t="b"><v>0</v>', Cell(CellKind.FLAG, "0")),
        (' t="d"><v>2026-03-04</v>', Cell(CellKind.DATE, "2026-03-04")),
        (' t="d"><v>2026-03-04T10:00:00</v>', Cell(CellKind.DATE_TIME, "2026-03-04 10:00:00")),
        (' t="str"><f>A2</f><v>x</v>', Cell(CellKind.TEXT, "x")),
        (' t="str"><f>A2</f><v></v>', None),
        (' t="str"><f>A2</f>', Cell(CellKind.FORMULA, "=A2")),
        (' t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r><rPh><t>c</t></rPh></is>',
         Cell(CellKind.TEXT, "ab")),
        (' t="inlineStr"><is><t>a_x000A_b_xD83D__xDE00_</t></is>', Cell(CellKind.TEXT, "a\nb😀")),
        ('>', None),
        ('><v></v>', None),
    ],
)  # fmt: skip
def test_cells_as_other_programs_write_them(xml: str, cell: Cell | None, tmp_path: Path) -> None:
    assert given(tmp_path, xml) == cell


@pytest.mark.parametrize(
    "xml",
    ["><v>1_000</v>", "><v>ten</v>", ' t="s"><v>99</v>', ' t="s"><v>-1</v>', ' s="77"><v>1</v>',
     ' t="x"><v>1</v>', ' t="d"><v>soon</v>', "><v>1</v", ' s="-1"><v>1</v>', "><v>１</v>"],
)  # fmt: skip
def test_what_is_no_cell_is_a_damaged_workbook(xml: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableWorkbook, match="DAMAGED"):
        given(tmp_path, xml)


def test_a_bomb_is_refused_before_it_goes_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MOST_BYTES", 8 << 20)
    path = one(tmp_path, 0)
    assert cells(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("x", b"\0" * (8 << 20))
    assert path.stat().st_size < 1 << 15
    with pytest.raises(UnreadableWorkbook, match=r"UNPACKS \(most: 8\)"):
        Workbook(path)


def test_entities_are_refused(tmp_path: Path) -> None:
    """Neither a billion laughs nor a file of the machine."""
    path = one(tmp_path, 0)
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    for entity in ('"lol"', 'SYSTEM "file:///etc/passwd"'):
        edited = edit(path, FIRST, head, f"{head}<!DOCTYPE x [<!ENTITY e {entity}>]>")
        with pytest.raises(UnreadableWorkbook, match="document type"):
            Workbook(edited).rows("S")
        edit(path, FIRST, f"<!DOCTYPE x [<!ENTITY e {entity}>]>", "")


@pytest.mark.parametrize("reference", ["XFE1", "AAAA1", "A", "1", ""])
def test_a_cell_outside_every_sheet_is_a_damaged_workbook(reference: str, tmp_path: Path) -> None:
    path = edit(one(tmp_path, 7), FIRST, '<c r="A1">', f'<c r="{reference}">')
    with pytest.raises(UnreadableWorkbook, match="DAMAGED"):
        Workbook(path).rows("S")


def test_few_cells_far_apart_take_little(tmp_path: Path) -> None:
    path = edit(one(tmp_path, 7), FIRST, '<row r="1"', '<row r="1048576"')
    assert [row.number for row in Workbook(path).rows("S")] == [1048576]


def test_merged_cells_over_one_another_come_to_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MOST_CELLS", 100_000)
    merges = "<mergeCells>" + '<mergeCell ref="A1:XFD1048576"/>' * 1000 + "</mergeCells>"
    path = edit(one(tmp_path, 7), FIRST, "</sheetData>", f"</sheetData>{merges}")
    with pytest.raises(UnreadableWorkbook, match="MOST_CELLS"):
        Workbook(path).rows("S")


FAULTS = [
    (("supply", "units"), 9.5, "9.5", "is no whole number."),
    (("supply", "units"), "#N/A", "#N/A", "is no whole number."),
    (("supply", "units"), Shown(0.15, "0%"), "15", "is a per cent, not a whole number."),
    (("supply", "units"), dt.date(2026, 3, 4), "2026-03-04", "is a date, not a whole number."),
    (("supply", "units"), Formula("=1+1"), "=1+1", "is a formula whose result is not in the file."),
    (("supply", "units"), True, "1", "is a yes or no, not a whole number."),
    (("skus", "size"), dt.date(2026, 10, 12), "2026-10-12", "is a date, not a text."),
    (("regions", "name"), 1234567890123456, "1234567890123456",
     "is a number of more than 15 digits; a spreadsheet keeps no more."),
    (("regions", "name"), "1.23457E+17", "1.23457E+17",
     "is a number that a spreadsheet has shortened."),
    (("regions", "name"), Formula("=A1"), "=A1", "is a formula whose result is not in the file."),
]  # fmt: skip


@pytest.mark.parametrize(("where", "cell", "shown", "problem"), FAULTS)
def test_a_cell_of_the_allocators_input_is_what_its_column_takes(
    where: tuple[str, str], cell: object, shown: str, problem: str, tmp_path: Path
) -> None:
    table, column = where
    sheets = sheets_of(written(tmp_path / "folder"))
    position = sheets[table][0].index(column)
    sheets[table][1][position] = Shown(cell, "d.m.yy") if isinstance(cell, dt.date) else cell
    with pytest.raises(InputFaults) as bad:
        read_tables(write_sheets(tmp_path / "input.xlsx", sheets))
    (fault,) = bad.value.faults
    assert (fault.file, fault.row, fault.column) == (f"{table}.csv", 2, column)
    assert (fault.value, str(message_of(fault.problem))) == (shown, problem)


@pytest.mark.parametrize("word", ["1.23457E+17", "#N/A"])
def test_ids_of_a_csv_file_are_no_wreck_of_a_spreadsheet(word: str, tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "regions.csv").write_text(f"region_id,name\nR,{word}\n")
    with pytest.raises(InputFaults) as bad:
        read_tables(tmp_path)
    assert [(fault.file, fault.row, fault.value) for fault in bad.value.faults] == [
        ("regions.csv", 2, word)
    ]


def test_numbers_are_ids_as_they_are_shown(tmp_path: Path) -> None:
    sheets = sheets_of(written(tmp_path / "folder"))
    position = sheets["regions"][0].index("name")
    sheets["regions"][1][position] = Shown(7, "0000")
    path = write_sheets(tmp_path / "input.xlsx", sheets)
    assert read_tables(path).regions["name"][0] == "0007"

"""A goods receipt as a file is read as strictly as any import."""

from pathlib import Path

import pytest

from services.imports import BadInput, Fault
from services.imports.receipts import read_receipt
from tests.workbooks import write_sheets

HEADING = "warehouse_id,sku_id,units\n"


def fault_of(file: Path) -> Fault:
    with pytest.raises(BadInput) as bad:
        read_receipt(file, "R1")
    (fault,) = bad.value.faults
    return fault


def test_a_receipt_is_read(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_text(f"{HEADING}W,X,1200\nW,Y,3\n", encoding="utf-8-sig")
    assert read_receipt(file, "R1").units_by_sku == {"X": 1200, "Y": 3}


@pytest.mark.parametrize(
    ("row", "column", "problem"),
    [
        ("W,X,１２", "units", "is not a whole number."),
        ("W,X,1.000", "units", "is not a whole number."),
        ('W,X,"1,000"', "units", "is not a whole number."),
        ("W,X,#N/A", "units", "is not a whole number."),
        ("W,1.23457E+17,3", "sku_id", "is a number that a spreadsheet has shortened."),
        ("W,#REF!,3", "sku_id", "is an error of the spreadsheet."),
    ],
)
def test_a_cell_of_a_receipt_is_a_value_or_a_fault(
    row: str, column: str, problem: str, tmp_path: Path
) -> None:
    file = tmp_path / "r.csv"
    file.write_text(f"{HEADING}{row}\n")
    fault = fault_of(file)
    assert (fault.row, fault.column, str(fault.problem)) == (2, column, problem)


def test_a_receipt_of_nothing_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_text(HEADING)
    assert str(fault_of(file).problem) == "holds no goods."


def test_a_workbook_is_no_receipt(tmp_path: Path) -> None:
    file = write_sheets(tmp_path / "r.csv", {"S": [["warehouse_id", "sku_id", "units"]]})
    assert str(fault_of(file).problem) == "is a workbook and no CSV file."

"""A cell keeps its kind until it is converted: what the workbook says counts, not its text."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from services.imports import Dataset, Fault
from tests.services.import_world import FILES, data_of, faults_of
from tests.workbooks import Formula, Shown, edit, write_sheets

# A company of one customer, product and SKU.
SHEETS: dict[str, list[list[object]]] = {
    "products": [["product_id", "name", "season", "launch_rank"], ["P", "Tee", "NON_SEASONAL", 1]],
    "skus": [["sku_id", "product_id", "size", "list_price"], ["X", "P", "40", 10]],
    "customers": [
        ["customer_id", "name", "kind", "rank", "credit_limit", "balance", "blocked"],
        ["K", "Alpha", "FRANCHISEE", 1, 500, 1000.5, 0],
    ],
    "orders": [
        ["order_id", "customer_id", "placed_on", "customer_po", "note"],
        ["O", "K", dt.date(2026, 11, 2), None, None],
    ],
    "order_lines": [
        ["order_id", "line_no", "sku_id", "quantity", "unit_price", "discount_pct"],
        ["O", 1, "X", 10, 9.95, 0],
    ],
}
PLACES = {
    column: (name, position)
    for name, rows in SHEETS.items()
    for position, column in enumerate(map(str, rows[0]))
}
COMMAS = '[reading]\ndecimal = ","\nthousands = "."\ndate = "%d.%m.%Y"\n'


def company(folder: Path, merged: dict[str, str] | None = None, **cells: object) -> Path:
    """The company as a workbook, with other values in its first rows; dates are shown as such."""
    sheets = {name: [list(row) for row in rows] for name, rows in SHEETS.items()}
    for column, value in cells.items():
        name, position = PLACES[column]
        sheets[name][1][position] = value
    for rows in sheets.values():
        for row in rows:
            for position, value in enumerate(row):
                if isinstance(value, dt.date):
                    row[position] = Shown(value, "dd.mm.yyyy")
    return write_sheets(folder / "book.xlsx", sheets, merged)


def mapping(folder: Path, head: str, **rules: str) -> Path:
    """A mapping that names every column by its own heading; `rules` has others for some."""
    text = head
    for name, rows in SHEETS.items():
        text += f'[tables.{name}]\nfrom = "{name}"\n[tables.{name}.columns]\n'
        text += "".join(f"{c} = {rules.get(str(c), repr(str(c)))}\n" for c in rows[0])
    file = folder / "map.toml"
    file.write_text(text, encoding="utf-8")
    return file


def value(data: Dataset, column: str) -> object:
    name, _ = PLACES[column]
    return data.frames[name][column][0]


def the_only(faults: tuple[Fault, ...]) -> Fault:
    assert len(faults) == 1, [fault.sentence() for fault in faults]
    return faults[0]


GOOD = [
    # a number is a number whatever its format and whatever signs the mapping names
    ("unit_price", 9.95, Decimal("9.950000")),
    ("unit_price", 1.234, Decimal("1.234000")),
    ("unit_price", Shown(1234.5, "#,##0.00"), Decimal("1234.500000")),
    ("unit_price", Shown(9.95, "[$€-407] #,##0.00;[Red]-0.00"), Decimal("9.950000")),
    ("unit_price", Shown(1234567890.123456, "0.00"), Decimal("1234567890.123456")),
    ("balance", 0.1 + 0.2 + 12345.4, Decimal("12345.70")),
    ("balance", -0.01, Decimal("-0.01")),
    ("quantity", Shown(1200, "0.00E+00"), 1200),
    # a per cent is in hundredths where the column is
    ("discount_pct", Shown(0.15, "0%"), Decimal("15.0000")),
    ("discount_pct", Shown(0.07, "0.00 %"), Decimal("7.0000")),
    ("discount_pct", Shown(1 / 8, "General"), Decimal("0.1250")),
    ("discount_pct", "15 %", Decimal("15.0000")),
    # a day is a day however it is shown
    ("placed_on", Shown(dt.date(2026, 3, 4), "mm/dd/yy"), dt.date(2026, 3, 4)),
    ("placed_on", Shown(dt.date(2026, 3, 4), 'yyyy"年"m"月"d"日"'), dt.date(2026, 3, 4)),
    ("placed_on", Shown(46328, "[$-F800]dddd, mmmm dd, yyyy"), dt.date(2026, 11, 2)),
    # ids and codes are what is shown
    ("customer_po", 4711, "4711"),
    ("customer_po", Shown(123, "00000"), "00123"),
    ("customer_po", Shown(123456, '"PO-"0000'), "PO-123456"),
    ("customer_po", Shown(12345, "000-000"), "012-345"),
    ("customer_po", Shown(7, '"PO-"000"/26"'), "PO-007/26"),
    ("customer_po", 123456789012345, "123456789012345"),
    ("size", 42, "42"),
    ("size", 41.5, "41.5"),
    # words take what a person would write
    ("note", Shown(0.15, "0%"), "15%"),
    ("note", Shown(dt.date(2026, 3, 4), "dd.mm.yy"), "2026-03-04"),
    ("note", 1.5, "1.5"),
    ("note", True, "TRUE"),
    ("note", "=2+3", "=2+3"),
    ("note", "a_x000D_b", "a_x000D_b"),
    ("blocked", True, True),
    ("blocked", 1, True),
]


@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize(("column", "cell", "expected"), GOOD)
def test_a_cell_is_what_the_workbook_says(
    column: str, cell: object, expected: object, mapped: bool, tmp_path: Path
) -> None:
    path = company(tmp_path, **{column: cell})
    map_file = mapping(tmp_path, COMMAS) if mapped else None
    assert value(data_of(path, map_file), column) == expected


NO_RESULT = "is a formula whose result is not in the file."
BAD = [
    ("unit_price", Shown(0.15, "0%"), "15%", "is a per cent, not a number."),
    ("unit_price", dt.date(2026, 3, 4), "2026-03-04", "is a date, not a number."),
    ("quantity", Shown(0.5, "hh:mm"), "12:00:00", "is a time of day, not a number."),
    ("quantity", True, "1", "is a yes or no, not a number."),
    ("quantity", 9.5, "9.5", "is not a whole number."),
    ("quantity", "１２", "１２", "is not a whole number."),
    ("quantity", "٣", "٣", "is not a whole number."),
    ("quantity", "1.000", "1.000", "is not a whole number."),
    ("balance", Formula("=A1+B1"), "=A1+B1", NO_RESULT),
    ("credit_limit", Formula("=1+1"), "=1+1", NO_RESULT),
    ("placed_on", 46328, "46328", "is a number, not a date."),
    ("placed_on", Shown(46328.5, "dd.mm.yyyy hh:mm"), "2026-11-02 12:00:00",
     "is a date with a time of day, not a date."),
    ("placed_on", Shown(45, "dd.mm.yyyy"), "45 days", "is a time of day, not a date."),
    ("customer_po", 1234567890123456, "1234567890123456",
     "is a number of more than 15 digits; a spreadsheet keeps no more."),
    ("note", 1.23456789012345e17, "123456789012345000",
     "is a number of more than 15 digits; a spreadsheet keeps no more."),
    ("customer_po", "1.23457E+17", "1.23457E+17", "is a number that a spreadsheet has shortened."),
    ("customer_po", "1,23457E+17", "1,23457E+17", "is a number that a spreadsheet has shortened."),
    ("customer_po", Shown(1.1, "0.00"), "1.1", "is a number whose format shows something else."),
    ("customer_po", Shown(1234, "#,##0"), "1234", "is a number whose format shows something else."),
    ("size", dt.date(2026, 10, 12), "2026-10-12", "is a date, not a text."),
    ("note", "#N/A", "#N/A", "is an error of the spreadsheet."),
    ("note", "#WERT!", "#WERT!", "is an error of the spreadsheet."),
    ("blocked", 0.5, "0.5", "is neither 0 nor 1."),
]  # fmt: skip


@pytest.mark.parametrize(("column", "cell", "shown", "problem"), BAD)
def test_a_cell_that_is_something_else_is_a_fault(
    column: str, cell: object, shown: str, problem: str, tmp_path: Path
) -> None:
    fault = the_only(faults_of(company(tmp_path, **{column: cell})))
    assert (fault.file, fault.row) == (f"book.xlsx/{PLACES[column][0]}", 2)
    assert (fault.column, fault.value, str(fault.problem)) == (column, shown, problem)
    assert str(fault.remedy)


WORDS = ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!"]
COLUMNS = ["credit_limit", "placed_on", "customer_po", "note", "size", "blocked"]


@pytest.mark.parametrize(
    ("column", "word"), [("balance", word) for word in WORDS] + [(c, "#N/A") for c in COLUMNS]
)
def test_an_error_is_never_an_empty_cell(column: str, word: str, tmp_path: Path) -> None:
    """A balance would be 0, a credit limit the default."""
    path = company(tmp_path, **{column: Formula("=A1")})
    sheet = list(SHEETS).index(PLACES[column][0]) + 1
    part = f"xl/worksheets/sheet{sheet}.xml"
    edit(path, part, "><f>A1</f><v>0</v>", f' t="e"><f>A1</f><v>{word}</v>')
    for map_file in (None, mapping(tmp_path, "")):
        fault = the_only(faults_of(path, map_file))
        assert (fault.row, fault.column, fault.value) == (2, column, word)


def test_a_default_and_a_catch_all_do_not_hide_an_error(tmp_path: Path) -> None:
    rules = {
        "balance": '{ from = "balance", default = "0" }',
        "blocked": '{ from = "blocked", values = { ja = "1" }, otherwise = "0" }',
    }
    path = company(tmp_path, balance="#N/A", blocked="#N/A")
    found = faults_of(path, mapping(tmp_path, "", **rules))
    assert [fault.column for fault in found] == ["balance", "blocked"]


@pytest.mark.parametrize("result", ["<v></v>", "<v/>", ""])
def test_a_formula_without_a_result_is_not_empty(result: str, tmp_path: Path) -> None:
    """As programs write it that cannot compute."""
    path = company(tmp_path, balance=Formula("=A1"))
    edit(path, "xl/worksheets/sheet3.xml", "<f>A1</f><v>0</v>", f"<f>A1</f>{result}")
    edit(path, "xl/workbook.xml", ' fullCalcOnLoad="1"', "")
    assert str(the_only(faults_of(path)).problem) == NO_RESULT


def test_a_formula_that_was_computed_is_its_result(tmp_path: Path) -> None:
    path = company(tmp_path, balance=Formula("=A1"), note=Formula("=B1"))
    edit(path, "xl/workbook.xml", ' fullCalcOnLoad="1"', "")
    edit(path, "xl/worksheets/sheet4.xml", "<f>B1</f><v>0</v>", "<f>B1</f><v>7</v>")
    data = data_of(path)
    assert (value(data, "balance"), value(data, "note")) == (Decimal("0.00"), "7")


def test_a_merged_cell_speaks_for_none_but_itself(tmp_path: Path) -> None:
    lines = SHEETS["order_lines"] + [["O", 2, "X", 3, 5, 0], ["O", 3, "X", 3, 5, 0]]
    path = write_sheets(
        tmp_path / "book.xlsx",
        {**SHEETS, "orders": [["order_id", "customer_id", "placed_on"], ["O", "K", "2026-11-02"]]}
        | {"order_lines": lines},
        {"order_lines": "F2:F3"},
    )
    fault = the_only(faults_of(path))
    assert (fault.file, fault.row, fault.column) == (
        "book.xlsx/order_lines",
        3,
        "discount_pct",
    )
    assert str(fault.problem).startswith("is merged with another cell")


def test_a_cell_merged_over_blank_rows_or_beside_the_table_does_no_harm(tmp_path: Path) -> None:
    path = company(tmp_path, {"order_lines": "F2:H9"})
    assert value(data_of(path), "discount_pct") == Decimal("0.0000")


def test_days_are_counted_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    path = company(tmp_path, placed_on=Shown(44866, "yyyy-mm-dd"))
    edit(path, "xl/workbook.xml", "<workbookPr ", '<workbookPr date1904="1" ')
    assert value(data_of(path), "placed_on") == dt.date(2026, 11, 2)


def test_signs_of_one_column_do_not_touch_numbers(tmp_path: Path) -> None:
    """A column's own convention is for its texts."""
    rule = '{ from = "unit_price", decimal = ",", thousands = "." }'
    for cell, expected in ((1.234, Decimal("1.234")), ("1.234", Decimal(1234))):
        path = company(tmp_path, unit_price=cell)
        assert (
            value(data_of(path, mapping(tmp_path, "", unit_price=rule)), "unit_price") == expected
        )


@pytest.mark.parametrize(("mode", "expected"), [("points", "15"), ("fraction", "0.15")])
@pytest.mark.parametrize("cell", [Shown(0.15, "0%"), "15 %", "15%"])
def test_a_mapping_says_what_a_per_cent_is(
    cell: object, mode: str, expected: str, tmp_path: Path
) -> None:
    rule = f'{{ from = "unit_price", per_cent = "{mode}" }}'
    data = data_of(company(tmp_path, unit_price=cell), mapping(tmp_path, "", unit_price=rule))
    assert value(data, "unit_price") == Decimal(expected)


BY_SQL = (
    COMMAS
    + """
[tables.products]
from = "products"
[tables.products.columns]
product_id = "product_id"
name = "name"
season = "season"
launch_rank = "launch_rank"
[tables.skus]
sql = "SELECT sku_id, product_id, size, list_price FROM skus"
columns = { list_price = "list_price" }
[tables.customers]
from = "customers"
[tables.customers.columns]
customer_id = "customer_id"
name = "name"
kind = "kind"
rank = "rank"
[tables.orders]
sql = "SELECT order_id, customer_id, placed_on, customer_po, source_file, source_row FROM orders"
columns = { placed_on = "placed_on" }
[tables.order_lines]
sql = "SELECT order_id, line_no, sku_id, quantity, unit_price, discount_pct FROM order_lines"
columns = { unit_price = "unit_price", discount_pct = "discount_pct", quantity = "quantity" }
"""
)


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("unit_price", 9.95, Decimal("9.95")),
        ("unit_price", 1.234, Decimal("1.234")),
        ("unit_price", "1.234,5", Decimal("1234.5")),
        ("discount_pct", Shown(0.15, "0%"), Decimal(15)),
        ("quantity", 1200, 1200),
        ("placed_on", dt.date(2026, 3, 4), dt.date(2026, 3, 4)),
        ("placed_on", "04.03.2026", dt.date(2026, 3, 4)),
        ("customer_po", Shown(12, "0000"), "0012"),
    ],
)
def test_sql_sees_a_workbook_as_the_company_writes(
    column: str, cell: object, expected: object, tmp_path: Path
) -> None:
    file = tmp_path / "map.toml"
    file.write_text(BY_SQL)
    assert value(data_of(company(tmp_path, **{column: cell}), file), column) == expected


@pytest.mark.parametrize(
    ("column", "cell"),
    [("customer_po", 1234567890123456), ("customer_po", Formula("=A1")), ("unit_price", "#N/A")],
)
def test_sql_does_not_hide_what_has_no_value(column: str, cell: object, tmp_path: Path) -> None:
    file = tmp_path / "map.toml"
    file.write_text(
        BY_SQL.replace("unit_price, discount", "COALESCE(unit_price, '0') AS unit_price, discount")
    )
    fault = the_only(faults_of(company(tmp_path, **{column: cell}), file))
    assert fault.row == 2


def test_what_a_source_has_converted_is_not_read_again(tmp_path: Path) -> None:
    """Neither the cell's own kind nor its own text comes back."""
    head = """
[sources.customers.columns]
blocked = { type = "text", values = { "1" = "yes", "0" = "no" } }
rank = "integer"
"""
    rules = {
        "blocked": '{ from = "blocked", values = { yes = "1", no = "0" } }',
        "rank": '{ from = "rank", values = { "1" = "7" } }',
    }
    data = data_of(company(tmp_path, blocked=1), mapping(tmp_path, head, **rules))
    assert (value(data, "blocked"), data.frames["customers"]["rank"][0]) == (True, 7)


def test_a_number_of_ids_in_two_sheets_is_one_id(tmp_path: Path) -> None:
    """A SKU typed as a number here and as a text there."""
    sheets = {**SHEETS, "skus": [SHEETS["skus"][0], [10, "P", "40", 10]]}
    sheets["orders"] = [SHEETS["orders"][0], ["O", "K", "2026-11-02", None, None]]
    sheets["order_lines"] = [SHEETS["order_lines"][0], ["O", 1, "10", 10, 9.95, 0]]
    assert data_of(write_sheets(tmp_path / "book.xlsx", sheets)).counts["order_lines"] == 1


def test_what_is_read_is_typed(tmp_path: Path) -> None:
    data = data_of(company(tmp_path))
    assert data.frames["order_lines"].schema["unit_price"] == pl.Decimal(38, 6)
    assert FILES.keys() >= SHEETS.keys()

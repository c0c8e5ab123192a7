"""Bad input is reported in full, at once: file, row, column, value, what is wrong, what to do."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.imports import BadInput, Fault, Reader
from tests.extent import extent
from tests.services.import_world import (
    FILES,
    data_of,
    faults_of,
    replaced,
    with_row,
    write_company,
    write_workbook,
)
from tests.workbooks import write_sheets


def the_only(faults: tuple[Fault, ...]) -> Fault:
    assert len(faults) == 1, [fault.sentence() for fault in faults]
    return faults[0]


def place(fault: Fault) -> tuple[str, int | None, str | None, str | None]:
    return fault.file, fault.row, fault.column, fault.value


def test_the_tiny_company_has_no_fault(tmp_path: Path) -> None:
    data = data_of(write_company(tmp_path / "tiny"))
    assert data.counts["order_lines"] == 4
    assert data.arrivals[0].units_by_sku == {"TEE-40": 12}


CELLS = {
    "wrong type": (
        with_row("order_lines", "O2,2,TEE-41,four,10.00,0,0"),
        ("order_lines.csv", 6, "quantity", "four"),
        "is not a whole number.",
        "Write digits",
    ),
    "decimal comma": (
        with_row("order_lines", 'O2,2,TEE-41,4,"10,50",0,0'),
        ("order_lines.csv", 6, "unit_price", "10,50"),
        "is not a number.",
        'decimal = ","',
    ),
    "unknown SKU": (
        with_row("order_lines", "O2,2,TEE-42,4,10.00,0,0"),
        ("order_lines.csv", 6, "sku_id", "TEE-42"),
        "is no known SKU.",
        "Did you mean",
    ),
    "line of an unknown order": (
        with_row("order_lines", "X9,1,TEE-41,4,10.00,0,0"),
        ("order_lines.csv", 6, "order_id", "X9"),
        "is no known order.",
        "Add it to orders",
    ),
    "duplicate id": (
        with_row("orders", "O2,F1,2026-02-03,,OPEN,CNY,"),
        ("orders.csv", 5, "order_id", "O2"),
        "makes O2 a second order; row 3 has it already.",
        "Delete one",
    ),
    "negative quantity": (
        with_row("order_lines", "O2,2,TEE-41,-4,10.00,0,0"),
        ("order_lines.csv", 6, "quantity", "-4"),
        "is less than 1.",
        "At least 1",
    ),
    "negative price": (
        with_row("order_lines", "O2,2,TEE-41,4,-10.00,0,0"),
        ("order_lines.csv", 6, "unit_price", "-10.00"),
        "is negative.",
        "At least 0",
    ),
    "NUL": (
        with_row("orders", "O4,F1,2026-02-03,,OPEN,CNY,a\0b"),
        ("orders.csv", 5, "note", "a\0b"),
        "holds a NUL character, which no text may.",
        "Delete it",
    ),
    "huge number": (
        with_row("order_lines", "O2,2,TEE-41,99999999999999999999,10.00,0,0"),
        ("order_lines.csv", 6, "quantity", "99999999999999999999"),
        "is too large.",
        "At most 20000000",
    ),
    "huge price": (
        with_row("order_lines", "O2,2,TEE-41,4,9000000000001.00,0,0"),
        ("order_lines.csv", 6, "unit_price", "9000000000001.00"),
        "is too large.",
        "At most 999999999999",
    ),
    "too many decimals": (
        with_row("order_lines", "O2,2,TEE-41,4,1.0000001,0,0"),
        ("order_lines.csv", 6, "unit_price", "1.0000001"),
        "has more than 6 decimals.",
        "Round it.",
    ),
    "bad date": (
        with_row("orders", "O4,F1,2026-02-30,,OPEN,CNY,"),
        ("orders.csv", 5, "placed_on", "2026-02-30"),
        "is not a date of the calendar written YYYY-MM-DD.",
        "Correct it",
    ),
    "unknown status": (
        with_row("orders", "O4,F1,2026-02-03,,Opn,CNY,"),
        ("orders.csv", 5, "status", "Opn"),
        "is no status.",
        "Did you mean 'OPEN'?",
    ),
    "unknown currency": (
        replaced("skus", "TEE-41,TEE,41,1,10.00,CNY", "TEE-41,TEE,41,1,10.00,RMB"),
        ("skus.csv", 3, "currency", "RMB"),
        "is no currency.",
        "three letters",
    ),
    "currency differing from the customer's": (
        with_row("orders", "O4,F1,2026-02-03,,OPEN,EUR,"),
        ("orders.csv", 5, "currency", "EUR"),
        "is not CNY, the currency of customer F1.",
        "convert the prices",
    ),
    "more shipped than ordered": (
        with_row("order_lines", "O2,2,TEE-41,4,10.00,0,5"),
        ("order_lines.csv", 6, "shipped_quantity", "5"),
        "is more than the 4 ordered.",
        "Correct one",
    ),
    "shipped order with an open line": (
        with_row("order_lines", "O3,2,TEE-41,4,10.00,0,1"),
        ("order_lines.csv", 6, "shipped_quantity", "1"),
        "is less than the 4 ordered, though its order is DELIVERED.",
        "Give what was shipped",
    ),
    "cell beyond its length": (
        replaced("regions", "Airport", "A" * 201),
        ("regions.csv", 2, "name", "A" * 201),
        "is longer than 200 characters.",
        "Shorten it.",
    ),
    "text that reads as the system's own": (
        replaced("regions", "Airport", '"{""key"": ""x""}"'),
        ("regions.csv", 2, "name", '{"key": "x"}'),
        "begins as texts of the system are kept.",
        "Write it otherwise.",
    ),
    "missing cell": (
        with_row("orders", "O4,,2026-02-03,,OPEN,CNY,"),
        ("orders.csv", 5, "customer_id", None),
        "is missing; every row needs it.",
        "Fill it in.",
    ),
    "ragged row": (
        with_row("orders", "O4,F1,2026-02-03"),
        ("orders.csv", 5, None, None),
        "has 3 cells, the heading has 7.",
        "quotation marks",
    ),
    "broken quotes": (
        with_row("orders", 'O4,F1,2026-02-03,,OPEN,CNY,"a"b'),
        ("orders.csv", 5, None, None),
        "is not well-formed CSV",
        "quotation marks",
    ),
    "franchisee without a rank": (
        replaced("customers", "PREPAID,CNY,2", "PREPAID,CNY,"),
        ("customers.csv", 3, "rank", None),
        "is missing; customers of this kind compete for goods by rank.",
        "smallest",
    ),
    "unknown role": (
        replaced("people", "PLANNING", "PLANING"),
        ("people.csv", 2, "roles", "PRODUCT; PLANING"),
        "names 'PLANING', which is no role.",
        "Did you mean 'PLANNING'?",
    ),
    "customer's login without a customer": (
        replaced("people", "CUSTOMER,F1", "CUSTOMER,"),
        ("people.csv", 3, "customer_id", None),
        "do not go with the customer.",
        "neither",
    ),
    "unknown tier": (
        replaced("stores", "airport,A,DIRECT", "airport,D,DIRECT"),
        ("stores.csv", 2, "tier", "D"),
        "is no tier of the company.",
        "A, B, C",
    ),
    "estimate of a step that takes none": (
        with_row("milestones", "O1,16,2026-03-01,,"),
        ("milestones.csv", 4, "estimated_on", "2026-03-01"),
        "is given, but milestone 16 takes no estimate.",
        "Leave the cell empty.",
    ),
    "delivered before it was shipped": (
        replaced("shipments", "2026-01-18", "2026-01-14"),
        ("shipments.csv", 2, "delivered_on", "2026-01-14"),
        "is before the goods were shipped.",
        "Correct one",
    ),
}


@pytest.mark.parametrize("kind", CELLS)
def test_a_bad_cell_is_named_with_its_remedy(kind: str, tmp_path: Path) -> None:
    changes, where, problem, remedy = CELLS[kind]
    fault = the_only(faults_of(write_company(tmp_path / "tiny", **changes)))
    assert place(fault) == where
    assert str(fault.problem).startswith(problem)
    assert remedy in str(fault.remedy)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    lines = "order_id,line_no,sku_id,quantity\nO1,1,TEE-40,4\n"
    files = {"order_lines": lines, "orders": FILES["orders"].replace("DELIVERED", "OPEN")}
    fault = the_only(faults_of(write_company(tmp_path / "tiny", **files)))
    assert place(fault) == ("order_lines.csv", None, "unit_price", None)
    assert str(fault.problem) == "is a column that is missing."


def test_a_misspelt_column_is_guessed_and_an_odd_one_is_left_out(tmp_path: Path) -> None:
    path = write_company(
        tmp_path / "tiny",
        regions="region_id,name,name_zhh,weather\nairport,Airport,x,fine\n"
        "Shenzhen,Shenzhen,y,fine\n",
    )
    found = Reader.open(path).examine()
    fault = the_only(found.faults())
    assert place(fault) == ("regions.csv", 1, "name_zhh", None)
    assert str(fault.remedy) == "Did you mean 'name_zh'? If not, delete the column."
    assert [*map(str, found.dataset.said)] == ["not read: regions.csv column weather."]


def test_a_misspelt_file_is_guessed(tmp_path: Path) -> None:
    path = write_company(tmp_path / "tiny", people=None)
    (path / "poeple.csv").write_text(FILES["people"])
    (path / "weather.csv").write_text("day\n1\n")
    found = Reader.open(path).examine()
    fault = the_only(found.faults())
    assert (fault.file, str(fault.remedy)) == ("poeple.csv", "Did you mean 'people'?")
    assert [*map(str, found.dataset.said)] == ["not read: weather.csv is no table of the import."]


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_file_is_a_fault(content: str, tmp_path: Path) -> None:
    fault = the_only(faults_of(write_company(tmp_path / "tiny", people=content)))
    assert (fault.file, str(fault.problem)) == ("people.csv", "is empty.")


def test_a_file_with_a_heading_only_is_an_empty_table(tmp_path: Path) -> None:
    data = data_of(write_company(tmp_path / "tiny", people="user,name,roles\n"))
    assert "people" not in data.counts


def test_wrong_encoding_names_the_first_byte(tmp_path: Path) -> None:
    data = FILES["regions"].encode("gb18030")
    path = write_company(
        tmp_path / "tiny",
        **{name: None for name in FILES if name != "regions"},
        regions=data,
    )
    fault = the_only(faults_of(path))
    first = data.index("机".encode("gb18030"))
    assert place(fault) == ("regions.csv", 2, None, f"0x{data[first]:02X}")
    assert f"byte {first + 1} of the file" in str(fault.problem)
    assert 'encoding = "gb18030"' in str(fault.remedy)


def test_a_row_number_is_the_line_in_the_file(tmp_path: Path) -> None:
    """A cell may hold line breaks; the fault names the line where its row begins."""
    orders = FILES["orders"].replace("=2+3", '"two\nlines"') + "O4,F1,soon,,OPEN,CNY,\n"
    fault = the_only(faults_of(write_company(tmp_path / "tiny", orders=orders)))
    assert place(fault) == ("orders.csv", 6, "placed_on", "soon")


def test_semicolons_are_recognised(tmp_path: Path) -> None:
    people = FILES["people"].replace(",", ";")
    fault = the_only(faults_of(write_company(tmp_path / "tiny", people=people)))
    assert str(fault.problem) == "looks separated by ';', not by ','."


def test_what_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    data = data_of(write_company(tmp_path / "tiny"))
    assert data.frames["orders"]["note"][0] == "=2+3"


def test_every_fault_is_reported_at_once(tmp_path: Path) -> None:
    path = write_company(
        tmp_path / "tiny",
        regions=FILES["regions"] + "airport,Again,\n",
        orders=FILES["orders"]
        .replace("2026-02-01", "1 Feb")
        .replace("F2,2026-02-02", "F9,2026-02-02"),
        order_lines=FILES["order_lines"].replace("O1,1,TEE-40,4", "O1,1,TEE-40,-4"),
    )
    assert [place(fault) for fault in faults_of(path)] == [
        ("order_lines.csv", 2, "quantity", "-4"),
        ("orders.csv", 2, "placed_on", "1 Feb"),
        ("orders.csv", 3, "customer_id", "F9"),
        ("regions.csv", 4, "region_id", "airport"),
    ]


def test_what_follows_from_an_unread_file_is_one_sentence_after_its_cause(tmp_path: Path) -> None:
    """Nobody wants to read 1,290 rows that are right."""
    rows = "".join(f"O1,{number},TEE-40,4,10.00,0,0\n" for number in range(3, 1293))
    path = write_company(
        tmp_path / "tiny",
        orders=FILES["orders"].encode("utf-16"),
        order_lines=FILES["order_lines"].splitlines(keepends=True)[0] + rows,
        milestones=FILES["milestones"].splitlines(keepends=True)[0] + "O1,3,2026-02-10,,\n",
        shipments=None,
    )
    found = [fault.sentence() for fault in faults_of(path)]
    assert found[0].startswith("orders.csv row 1: begins as UTF-16 files do")
    assert found[1:] == [
        "1 row of milestones.csv names orders of orders.csv, which could not be read. "
        "Mend orders.csv first.",
        "1,290 rows of order_lines.csv name orders of orders.csv, which could not be read. "
        "Mend orders.csv first.",
    ]


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (("order_id,customer_id", "Nummer,customer_id"), "is a column that is missing."),
        (("order_id,customer_id", "orderid,customer_id"), "is no column of orders."),
        (("O3,F2", '"O3,F2'), "is not well-formed CSV: unexpected end of data."),
        (("O2,F2,", "#N/A,F2,"), "is an error of the spreadsheet."),
        (("O1,F1,2026-02-01,", "O1,F1,2026-02-01,,"), "has 8 cells, the heading has 7."),
    ],
)
def test_names_that_may_stand_in_unread_rows_are_reported_in_one_sentence(
    change: tuple[str, str], cause: str, tmp_path: Path
) -> None:
    found = faults_of(write_company(tmp_path / "tiny", **replaced("orders", *change)))
    assert str(found[0].problem) == cause
    assert found[0].file == "orders.csv"
    for fault in found[1:]:
        assert "of orders.csv, which could not be read" in str(fault.problem)


def test_a_misspelt_file_does_not_make_every_row_a_fault(tmp_path: Path) -> None:
    path = write_company(tmp_path / "tiny", orders=None)
    (path / "order.csv").write_text(FILES["orders"])
    found = faults_of(path)
    assert (found[0].file, str(found[0].remedy)) == ("order.csv", "Did you mean 'orders'?")
    assert [str(fault.problem) for fault in found[1:]] == [
        "2 rows of milestones.csv name orders of order.csv, which could not be read.",
        "4 rows of order_lines.csv name orders of order.csv, which could not be read.",
        "1 row of shipments.csv names orders of order.csv, which could not be read.",
    ]


def test_faults_of_files_come_before_those_of_cells(tmp_path: Path) -> None:
    path = write_company(
        tmp_path / "tiny",
        **replaced("customers", "F1,First,FRANCHISEE", "F1,First,FRANCHISE"),
        people=b"\x81",
    )
    assert [fault.file for fault in faults_of(path)] == ["people.csv", "customers.csv"]


def test_a_cell_is_reported_once_beside_another_that_is_missing(tmp_path: Path) -> None:
    """The rank that cannot be read is no rank that is missing; the customer's name is."""
    path = write_company(
        tmp_path / "tiny",
        **replaced("customers", "F1,First,FRANCHISEE,A,airport,PREPAID,CNY,1",
                   "F1,,FRANCHISEE,A,airport,PREPAID,CNY,#N/A"),
    )  # fmt: skip
    assert [fault.column for fault in faults_of(path)] == ["name", "rank"]


def test_input_in_which_nothing_is_known_is_a_fault(tmp_path: Path) -> None:
    """Else it would count as imported."""
    (tmp_path / "weather.csv").write_text("day\n1\n")
    fault = the_only(faults_of(tmp_path))
    assert str(fault.problem) == "holds no table of the import; there is weather.csv."
    assert "--map" in str(fault.remedy)
    book = write_sheets(tmp_path / "book.xlsx", {"Tabelle1": [["day"], [1]]})
    assert str(the_only(faults_of(book)).problem) == (
        "holds no table of the import; there is book.xlsx/Tabelle1."
    )


@pytest.mark.parametrize(
    ("begins", "problem"),
    [
        (bytes.fromhex("D0CF11E0A1B11AE1"), "is locked by a password, or in the old XLS format."),
        (b"<html>", "is not a readable XLSX workbook."),
    ],
)
def test_other_kinds_of_workbooks_are_refused(begins: bytes, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "book.xlsx"
    file.write_bytes(begins + b"\0" * 600)
    with pytest.raises(BadInput) as bad:
        Reader.open(file)
    assert str(the_only(bad.value.faults).problem) == problem


def test_a_receipt_is_of_one_warehouse(tmp_path: Path) -> None:
    path = write_company(
        tmp_path / "tiny",
        **with_row("warehouses", "W2,Second,CENTRAL,") | with_row("arrivals", "R1,W2,TEE-41,3"),
    )
    assert place(the_only(faults_of(path))) == ("arrivals.csv", 4, "warehouse_id", "W2")


def test_company_toml_is_checked_against_the_regions(tmp_path: Path) -> None:
    """P5: a season order that names a region nobody has would be silently ignored."""
    path = write_company(tmp_path / "tiny")
    (path / "company.toml").write_text(
        '[region_order]\nSPRING_SUMMER = ["airport", "Shenzen"]\nAUTUMN_WINTER = ["airport"]\n'
    )
    fault = the_only(faults_of(path))
    assert place(fault) == ("company.toml", None, "region_order.SPRING_SUMMER", "Shenzen")
    assert str(fault.remedy) == "Did you mean 'Shenzhen'?"


def test_company_toml_refuses_unknown_settings(tmp_path: Path) -> None:
    path = write_company(tmp_path / "tiny")
    (path / "company.toml").write_text("reservation_day = 15\n")
    fault = the_only(faults_of(path))
    assert (fault.file, fault.column) == ("company.toml", "reservation_day")


def test_a_workbook_reads_as_the_csv_files_do(tmp_path: Path) -> None:
    from_csv = data_of(write_company(tmp_path / "tiny"))
    from_xlsx = data_of(write_workbook(tmp_path / "tiny.xlsx"))
    assert from_xlsx.fingerprint() == from_csv.fingerprint()


def test_a_fault_in_a_workbook_names_sheet_and_row(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "tiny.xlsx", **with_row("orders", "O4,F9,2026-02-03,,OPEN,CNY,")
    )
    fault = the_only(faults_of(path))
    assert place(fault) == ("tiny.xlsx/orders", 5, "customer_id", "F9")


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"PK\x03\x04 torn", "is not a readable XLSX workbook"), (b"", "is not a readable")],
)
def test_a_broken_workbook_is_a_fault(content: bytes, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "broken.xlsx"
    file.write_bytes(content)
    with pytest.raises(BadInput) as bad:
        Reader.open(file)
    assert str(bad.value.faults[0].problem).startswith(problem)
    assert "save it again" in str(bad.value.faults[0].remedy)


def test_nothing_to_read_is_a_fault(tmp_path: Path) -> None:
    for path, problem in (
        (tmp_path / "nowhere", "does not exist."),
        (tmp_path, "is a folder without any CSV file."),
        (Path(__file__), "is neither a folder of CSV files nor an XLSX workbook."),
    ):
        with pytest.raises(BadInput) as bad:
            Reader.open(path)
        assert str(bad.value.faults[0].problem) == problem


def test_the_ending_of_a_file_may_be_in_capitals(tmp_path: Path) -> None:
    path = write_company(tmp_path / "tiny", people=None)
    (path / "people.CSV").write_text(FILES["people"])
    assert data_of(path).counts["people"] == 2


@settings(max_examples=extent(10, 750))
@given(
    st.sampled_from(sorted(FILES)),
    st.integers(min_value=0, max_value=400),
    st.binary(max_size=12) | st.sampled_from([b'"', b"\0", b"\r", b",,", b"\xff\xfe", b"9" * 40]),
)
def test_no_damage_to_a_file_is_more_than_faults(table: str, at: int, junk: bytes) -> None:
    """Whatever stands in a file, the import reports or accepts it; it never breaks down."""
    whole = FILES[table].encode()
    damaged = whole[: at % len(whole)] + junk + whole[at % len(whole) :]
    with TemporaryDirectory() as folder:
        path = write_company(Path(folder) / "tiny", **{table: damaged})
        examined = Reader.open(path).examine()
        for fault in examined.faults():
            assert fault.file
            assert str(fault.problem)
            assert str(fault.remedy)
            assert fault.sentence()

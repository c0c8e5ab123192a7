"""How companies write: numbers, dates and encodings are read as they are meant, or refused."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from services.imports import BadInput, Dataset, Fault, Reader

FILES = {
    "artikel": "Artikel;Preis\nX-1;9,95\n",
    "kunden": "Nr;Firma;Saldo\n7;Müller;-20,00\n",
    "auftraege": "Auftrag;Kunde;Datum\nA1;7;05.03.2026\n",
    "positionen": "Auftrag;Pos;Artikel;Menge;Preis;Rabatt\nA1;1;X-1;12;9,95;0\n",
}
READING = '[reading]\ndelimiter = ";"\ndate = "%d.%m.%Y"\ndecimal = ","\nthousands = "."\n'
TABLES = """
[tables.products]
sql = "SELECT 'P' AS product_id, 'Tee' AS name, 'NON_SEASONAL' AS season, 1 AS launch_rank"
[tables.skus]
from = "artikel"
[tables.skus.columns]
sku_id = "Artikel"
product_id = { value = "P" }
list_price = "Preis"
[tables.customers]
from = "kunden"
[tables.customers.columns]
customer_id = "Nr"
name = "Firma"
kind = { value = "FRANCHISEE" }
rank = { value = "1" }
balance = "Saldo"
[tables.orders]
from = "auftraege"
[tables.orders.columns]
order_id = "Auftrag"
customer_id = "Kunde"
placed_on = "Datum"
[tables.order_lines]
from = "positionen"
[tables.order_lines.columns]
order_id = "Auftrag"
line_no = "Pos"
sku_id = "Artikel"
quantity = "Menge"
unit_price = "Preis"
discount_pct = "Rabatt"
"""


def reader(folder: Path, head: str = READING, tables: str = TABLES, **files: str | bytes) -> Reader:
    folder.mkdir(exist_ok=True)
    for name, content in {**FILES, **files}.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / f"{name}.csv").write_bytes(data)
    file = folder / "map.toml"
    file.write_text(head + tables, encoding="utf-8")
    return Reader.open(folder, file)


def lines(cell: str, heading: str) -> dict[str, str]:
    """The file of lines with another cell."""
    headings, row = (line.split(";") for line in FILES["positionen"].splitlines())
    row[headings.index(heading)] = cell
    return {"positionen": ";".join(headings) + "\n" + ";".join(row) + "\n"}


def data_of(
    folder: Path, head: str = READING, tables: str = TABLES, **files: str | bytes
) -> Dataset:
    return reader(folder, head, tables, **files).examine().alone()


def faults_of(
    folder: Path, head: str = READING, tables: str = TABLES, **files: str | bytes
) -> tuple[Fault, ...]:
    return reader(folder, head, tables, **files).examine().faults()


def mapping_fault(folder: Path, head: str, tables: str = TABLES) -> Fault:
    with pytest.raises(BadInput) as bad:
        reader(folder, head, tables)
    assert len(bad.value.faults) == 1, [fault.sentence() for fault in bad.value.faults]
    return bad.value.faults[0]


def the_only(faults: tuple[Fault, ...]) -> Fault:
    assert len(faults) == 1, [fault.sentence() for fault in faults]
    return faults[0]


@pytest.mark.parametrize(
    ("cell", "price"),
    [
        ("9,95", "9.95"), ("1.209,95", "1209.95"), ("1209,95", "1209.95"), ("12", "12"),
        ("1.234", "1234"), ("12.345.678,5", "12345678.5"), ("0,5", "0.5"), (",5", "0.5"),
        ("+3,", "3"), ("001,5", "1.5"),
    ],
)  # fmt: skip
def test_signs_count_where_they_belong(cell: str, price: str, tmp_path: Path) -> None:
    found = data_of(tmp_path, **lines(cell, "Preis")).frames["order_lines"]["unit_price"][0]
    assert found == Decimal(price)


@pytest.mark.parametrize(
    "cell",
    ["9.95", "1.2.3", "1,2,3", "1.23", "1.2345", "0.123", "12.34,5", "1,234.5", "1234.567", ".5",
     "1 234", "9,95 €", "9'95", "1.234.5", "--1", "9,95-", "１２", "٣", "1e3", "1.", "NULL", "-"],
)  # fmt: skip
def test_a_sign_anywhere_else_is_a_fault(cell: str, tmp_path: Path) -> None:
    fault = the_only(faults_of(tmp_path, **lines(cell, "Preis")))
    assert (fault.row, fault.column, fault.value) == (2, "Preis", cell)
    assert str(fault.problem) == "is not a number."


@pytest.mark.parametrize("cell", ["1 234,5", "1\u00a0234,5", "1\u202f234,5", "1234,5"])
def test_a_space_between_thousands_is_any_space(cell: str, tmp_path: Path) -> None:
    head = READING.replace('thousands = "."', 'thousands = " "')
    found = data_of(tmp_path, head, **lines(cell, "Preis"))
    assert found.frames["order_lines"]["unit_price"][0] == Decimal("1234.5")


def test_what_a_thousand_is_must_be_said(tmp_path: Path) -> None:
    """1.000 is a thousand to some and one to others; the mapping says which."""
    nothing_said = '[reading]\ndelimiter = ";"\ndate = "%d.%m.%Y"\n'
    others = {"artikel": "Artikel;Preis\nX-1;9.95\n", "kunden": "Nr;Firma;Saldo\n7;A;0\n"}
    for cell, faulty in (("1.000", True), ("12", False), ("12.0", False)):
        files = lines(cell, "Menge")
        files["positionen"] = files["positionen"].replace("9,95", "9.95")
        found = faults_of(tmp_path, nothing_said, **others, **files)
        assert [fault.value for fault in found] == ([cell] if faulty else [])
    files = lines("1.000", "Menge")
    files["positionen"] = files["positionen"].replace("9,95", "9.95")
    said = data_of(tmp_path, nothing_said + 'decimal = "."\n', **others, **files)
    assert said.frames["order_lines"]["quantity"].to_list() == [1]


def test_a_day_that_two_formats_read_differently_is_a_fault(tmp_path: Path) -> None:
    head = READING.replace('"%d.%m.%Y"', '["%d/%m/%Y", "%m/%d/%Y"]')

    def orders(cell: str) -> dict[str, str]:
        return {"auftraege": FILES["auftraege"].replace("05.03.2026", cell)}

    fault = the_only(faults_of(tmp_path, head, **orders("03/04/2026")))
    assert (fault.row, fault.column, fault.value) == (2, "Datum", "03/04/2026")
    for cell, day in (
        ("13/04/2026", dt.date(2026, 4, 13)),
        ("04/13/2026", dt.date(2026, 4, 13)),
        ("04/04/2026", dt.date(2026, 4, 4)),
    ):
        assert data_of(tmp_path, head, **orders(cell)).frames["orders"]["placed_on"][0] == day


@pytest.mark.parametrize(
    "pattern", ["%d.%m", "%Y-%m-%dT%H:%M%z", "%s", "day %m.%Y", "%q.%m.%Y", "%d.%m.%Y %Z", "%"]
)
def test_a_format_that_is_no_day_is_a_fault_of_the_mapping(pattern: str, tmp_path: Path) -> None:
    """One with a zone would move the day."""
    head = READING.replace("%d.%m.%Y", pattern)
    assert str(mapping_fault(tmp_path, head).problem) == "is no format of a day."


SPELLINGS = ["utf-8", "utf8", "UTF_8", "U8", "utf-8-sig", "UTF8"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("name", SPELLINGS)
def test_an_encoding_may_be_spelled_as_people_do(name: str, mark: bytes, tmp_path: Path) -> None:
    files = {key: mark + text.encode() for key, text in FILES.items()}
    data = data_of(tmp_path, f'{READING}encoding = "{name}"\n', **files)
    assert data.frames["customers"]["name"].to_list() == ["Müller"]


@pytest.mark.parametrize(
    ("name", "codec"),
    [("GBK", "gbk"), ("gb18030", "gb18030"), ("GB2312", "gb2312"), ("cp936", "gbk"),
     ("UTF-16", "utf-16"), ("utf_16_le", "utf-16-le"), ("Big5", "big5"), ("CP1252", "cp1252")],
)  # fmt: skip
def test_other_encodings_are_read(name: str, codec: str, tmp_path: Path) -> None:
    firm = "Müller" if codec == "cp1252" else "中山"
    files = {key: text.replace("Müller", firm).encode(codec) for key, text in FILES.items()}
    data = data_of(tmp_path, f'{READING}encoding = "{name}"\n', **files)
    assert data.frames["customers"]["name"].to_list() == [firm]


@pytest.mark.parametrize(
    "name", ["rot13", "idna", "utf-99", "base64", "unicode_escape", "a\\u0000b"]
)
def test_what_is_no_encoding_is_a_fault_of_the_mapping(name: str, tmp_path: Path) -> None:
    assert mapping_fault(tmp_path, f'{READING}encoding = "{name}"\n').column == "reading.encoding"


def test_a_file_that_says_it_is_utf_8_is_not_read_as_another(tmp_path: Path) -> None:
    files = {"kunden": FILES["kunden"].encode("utf-8-sig")}
    fault = the_only(
        tuple(
            fault
            for fault in faults_of(tmp_path, f'{READING}encoding = "cp1252"\n', **files)
            if "kunden" in fault.file and fault.row
        )
    )
    assert str(fault.problem) == "begins as UTF-8 files do, and is read as CP1252."


def test_each_file_may_be_written_in_its_own_way(tmp_path: Path) -> None:
    """One export from the shop, one from the books."""
    own = """
[sources.kunden]
encoding = "GBK"
delimiter = "|"
decimal = "."
thousands = ","
[sources.auftraege]
date = "%Y/%m/%d"
"""
    data = data_of(
        tmp_path,
        READING + own,
        kunden="Nr|Firma|Saldo\n7|中山|1,234.50\n".encode("gbk"),
        auftraege=FILES["auftraege"].replace("05.03.2026", "2026/03/05"),
    )
    assert data.frames["customers"].select("name", "balance").rows() == [
        ("中山", Decimal("1234.50"))
    ]
    assert data.frames["orders"]["placed_on"].to_list() == [dt.date(2026, 3, 5)]
    assert data.frames["order_lines"]["unit_price"].to_list() == [Decimal("9.95")]


@pytest.mark.parametrize(
    ("signs", "cell", "price"),
    [
        ('decimal = "."', "9.95", "9.95"), ('decimal = "."', "1.234", "1.234"),
        ('decimal = "."', "1.234,5", None), ('thousands = " "', "1 234,5", "1234.5"),
        ('thousands = ""', "1.234,5", None), ('thousands = "."', "1.234,5", "1234.5"),
    ],
)  # fmt: skip
def test_signs_of_a_column_or_file_are_put_in_place_of_the_usual_ones(
    signs: str, cell: str, price: str | None, tmp_path: Path
) -> None:
    tables = TABLES.replace('unit_price = "Preis"', f'unit_price = {{ from = "Preis", {signs} }}')
    heads = {
        "column": (READING, tables),
        "file": (f"{READING}[sources.positionen]\n{signs}\n", TABLES),
    }
    for name, (head, rest) in heads.items():
        found = reader(tmp_path / name, head, rest, **lines(cell, "Preis")).examine()
        if price is None:
            assert [fault.value for fault in found.faults()] == [cell]
        else:
            assert found.alone().frames["order_lines"]["unit_price"][0] == Decimal(price)


def test_a_file_cannot_be_written_in_two_ways(tmp_path: Path) -> None:
    two = '\n[sources.a]\nfiles = "kunden"\nencoding = "gbk"\n[sources.b]\nfiles = "kunden"\n'
    fault = mapping_fault(tmp_path, READING + two)
    assert (fault.column, str(fault.problem)) == (
        "sources.b", "reads kunden in another way than a source before."
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('delimiter = "\\""', "reading.delimiter"), ('delimiter = "\\n"', "reading.delimiter"),
        ('delimiter = "a"', "reading.delimiter"), ('decimal = "1"', "reading.decimal"),
        ('decimal = ",,"', "reading.decimal"), ('decimal = "-"', "reading.decimal"),
        ('decimal = ","\nthousands = ","', "reading.thousands"),
        ('thousands = "."', "reading.thousands"),
    ],
)  # fmt: skip
def test_signs_that_cannot_be_are_faults_of_the_mapping(
    line: str, key: str, tmp_path: Path
) -> None:
    assert mapping_fault(tmp_path, f"[reading]\n{line}\n").column == key


@pytest.mark.parametrize(
    ("rule", "cell", "price"),
    [("2", "1,005", "1.01"), ("2", "-1,005", None), ("0", "2,5", "3"),
     ("6", "1,23456789", "1.234568"), ("2", "1.234,5", "1234.5")],
)  # fmt: skip
def test_a_mapping_may_round(rule: str, cell: str, price: str | None, tmp_path: Path) -> None:
    """Halves away from zero; without it a finer price is a fault."""
    tables = TABLES.replace(
        'unit_price = "Preis"', f'unit_price = {{ from = "Preis", round = {rule} }}'
    )
    found = faults_of(tmp_path, READING, tables, **lines(cell, "Preis"))
    if price is None:
        assert str(the_only(found).problem) == "is negative."
    else:
        data = data_of(tmp_path, READING, tables, **lines(cell, "Preis"))
        assert data.frames["order_lines"]["unit_price"][0] == Decimal(price)
    fine = faults_of(tmp_path, READING, TABLES, **lines("1,23456789", "Preis"))
    assert str(the_only(fine).problem) == "has more than 6 decimals."


@pytest.mark.parametrize("places", ["-1", "7", "1.5", "true", '"2"'])
def test_a_rounding_that_cannot_be_is_a_fault_of_the_mapping(places: str, tmp_path: Path) -> None:
    tables = TABLES.replace('= "Preis"', f'= {{ from = "Preis", round = {places} }}', 1)
    assert mapping_fault(tmp_path, READING, tables).column == "tables.skus.columns.list_price.round"


def skus_by(sql: str) -> str:
    """The tables, with the SKUs made by SQL."""
    old = TABLES[TABLES.index("[tables.skus]") : TABLES.index("[tables.customers]")]
    return TABLES.replace(old, f"[tables.skus]\nsql = '''{sql}'''\n")


def test_what_sql_reckons_is_rounded_where_the_mapping_says_so(tmp_path: Path) -> None:
    """A third has no end; nobody rounds it behind the company's back."""
    sql = "SELECT Artikel AS sku_id, 'P' AS product_id, 10 / 3 AS list_price FROM artikel"
    fault = the_only(faults_of(tmp_path, READING, skus_by(sql)))
    assert str(fault.problem) == "has more than 6 decimals."
    rounded = skus_by(sql).replace(
        "'''\n", "'''\n[tables.skus.columns]\nlist_price = { from = 'list_price', round = 2 }\n", 1
    )
    data = data_of(tmp_path, READING, rounded)
    assert data.frames["skus"]["list_price"].to_list() == [Decimal("3.33")]


@pytest.mark.parametrize(
    ("sql", "heading"),
    [("DATE '2026-03-05'", "unit_price"), ("1 = 1", "unit_price"), ("5", "placed_on"),
     ("0.5", "reserve"), ("DATE '1970-01-02'", "quantity")],
)  # fmt: skip
def test_what_sql_makes_of_another_type_is_a_fault(sql: str, heading: str, tmp_path: Path) -> None:
    """A day is no number of days, and half a yes no no."""
    made = {"quantity": "Menge", "unit_price": "'9.95'", "reserve": "1", "order_id": "Auftrag"}
    old, origin = TABLES[TABLES.index("[tables.order_lines]") :], "positionen"
    if heading == "placed_on":
        old = TABLES[TABLES.index("[tables.orders]") : TABLES.index("[tables.order_lines]")]
        made, origin = {"order_id": "Auftrag", "customer_id": "Kunde"}, "auftraege"
    else:
        made |= {"line_no": "Pos", "sku_id": "Artikel"}
    picked = ", ".join(f"{value} AS {column}" for column, value in (made | {heading: sql}).items())
    name = old[: old.index("]") + 1]
    new = f'{name}\nsql = "SELECT {picked} FROM {origin}"\n'
    found = faults_of(tmp_path, READING, TABLES.replace(old, new))
    assert [fault.column for fault in found] == [heading]


def test_a_word_in_quotes_is_no_file(tmp_path: Path) -> None:
    """A file that the mapping only seems to name is not read, and its faults are not reported."""
    tables = TABLES.replace("'Tee' AS name", "'Tee from alt' AS name").replace(
        'from = "kunden"', 'from = "kunden"\nwhere = "Firma <> \'alt\' -- FROM alt"'
    )
    assert faults_of(tmp_path, READING, tables, alt=b"\xff\xfe\x00") == ()


def test_a_file_whose_name_needs_quotes_is_read(tmp_path: Path) -> None:
    (tmp_path / "Neue Artikel.csv").write_text("Artikel;Preis\nX-1;9,95\n")
    sql = """SELECT Artikel AS sku_id, 'P' AS product_id, 1 AS list_price FROM "Neue Artikel" """
    assert data_of(tmp_path, READING, skus_by(sql)).counts["skus"] == 1


@pytest.mark.parametrize(
    "call",
    ["read_csv('/etc/hosts')", "read_csv /* x */ ('/etc/hosts')", "\\\"read_csv\\\"('/etc/hosts')",
     "`read_csv`('/etc/hosts')", "READ_PARQUET ('x')", "read_csv -- x\\n ('/etc/hosts')"],
)  # fmt: skip
def test_sql_opens_no_file_by_any_spelling(call: str, tmp_path: Path) -> None:
    tables = TABLES.replace("AS launch_rank", f"AS launch_rank FROM {call}")
    assert str(mapping_fault(tmp_path, READING, tables).problem) == "reads a file by itself."

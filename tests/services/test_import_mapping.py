"""A mapping file renames, converts and derives; its mistakes are faults with suggestions."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from services.imports import BadInput, Dataset, Fault, Reader
from tests.services.import_world import write_company

# A company that writes German dates and decimals, in files of its own.
OURS = {
    "kunden": "Nr;Firma;Limit;Saldo\n7;Müller;1.500,50;-20,00\n8;Schmidt;;0,00\n",
    "auftraege": (
        "Auftrag;Kunde;Datum;Stand;Ganz\nA1;7;05.03.2026;offen;ja\nA2;8;6.3.2026;fertig;nein\n"
    ),
    "positionen": (
        "Auftrag;Pos;Artikel;Menge;Preis;Rabatt\nA1;1;X-1;1.200;9,95;0,1\nA2;1;X-1;3;10,00;0\n"
    ),
    "artikel": "Artikel;Preis\nX-1;9,95\n",
}
MAPPING = """
title = "Ours up to {day}"
[reading]
delimiter = ";"
date = ["%d.%m.%Y"]
decimal = ","
thousands = "."

[parameters.day]
type = "date"
default = 2026-03-31

[sources.auftraege.columns]
Datum = "date"
[sources.positionen.columns]
Rabatt = "decimal"
Menge = "integer"

[views.known]
sql = "SELECT * FROM auftraege WHERE Datum <= {day}"

[tables.products]
sql = "SELECT DISTINCT 'X' AS product_id, 'Product X' AS name FROM artikel"
because = "one product; the source has none"
[tables.products.columns]
season = { value = "NON_SEASONAL", because = "no seasons before {day}" }
launch_rank = { value = "1" }

[tables.skus]
from = "artikel"
[tables.skus.columns]
sku_id = "Artikel"
product_id = { value = "X" }
list_price = "Preis"
currency = { value = "EUR" }

[tables.customers]
from = "kunden"
[tables.customers.columns]
customer_id = "Nr"
name = "Firma"
kind = { value = "FRANCHISEE" }
rank = { value = "1" }
currency = { value = "EUR" }
credit_limit = { from = "Limit", default = "0" }
balance = "Saldo"

[tables.orders]
from = "known"
[tables.orders.columns]
order_id = "Auftrag"
customer_id = "Kunde"
placed_on = "Datum"
status = { from = "Stand", values = { offen = "OPEN", fertig = "SHIPPED" } }
ship_complete = { from = "Ganz", values = { ja = "1" }, otherwise = "0" }

[tables.order_lines]
sql = '''
SELECT p.Auftrag AS order_id, p.Pos AS line_no, p.Artikel AS sku_id, p.Menge AS quantity,
  p.Preis AS unit_price, p.Rabatt * 100 AS discount_pct,
  CASE WHEN o.Stand = 'fertig' THEN p.Menge ELSE 0 END AS shipped_quantity,
  p.source_file AS source_file, p.source_row AS source_row
FROM positionen AS p JOIN known AS o ON p.Auftrag = o.Auftrag
'''
[tables.order_lines.columns]
unit_price = "unit_price"

[[notes]]
text = "{n} lines, {day} included"
sql = "SELECT COUNT(*) AS n FROM positionen"

[company]
currency = "EUR"
region_order = { SPRING_SUMMER = [], AUTUMN_WINTER = [] }
"""


def company(folder: Path, mapping: str = MAPPING, **changes: str) -> tuple[Path, Path]:
    folder.mkdir()
    for name, content in {**OURS, **changes}.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    file = folder / "ours.toml"
    file.write_text(mapping, encoding="utf-8")
    return folder, file


def read(folder: Path, mapping: str = MAPPING, **changes: str) -> Dataset:
    return Reader.open(*company(folder, mapping, **changes)).examine().alone()


def faults(folder: Path, mapping: str = MAPPING, **changes: str) -> tuple[Fault, ...]:
    return Reader.open(*company(folder, mapping, **changes)).examine().faults()


def mapping_faults(folder: Path, mapping: str) -> list[Fault]:
    with pytest.raises(BadInput) as bad:
        Reader.open(*company(folder, mapping))
    return list(bad.value.faults)


def test_headings_dates_decimals_and_words_are_converted(tmp_path: Path) -> None:
    data = read(tmp_path / "ours")
    orders = data.frames["orders"]
    assert orders["placed_on"].to_list() == [dt.date(2026, 3, 5), dt.date(2026, 3, 6)]
    assert orders["status"].to_list() == ["OPEN", "SHIPPED"]
    assert orders["ship_complete"].to_list() == [True, False]
    customers = data.frames["customers"]
    assert customers["credit_limit"].to_list() == [Decimal("1500.50"), Decimal("0.00")]
    assert customers["balance"].to_list() == [Decimal("-20.00"), Decimal("0.00")]
    lines = data.frames["order_lines"]
    assert lines["quantity"].to_list() == [1200, 3]
    assert lines["unit_price"].to_list() == [Decimal("9.950000"), Decimal("10.000000")]
    assert lines["discount_pct"].to_list() == [Decimal("10.0000"), Decimal("0.0000")]
    assert lines["shipped_quantity"].to_list() == [0, 3]
    assert data.policy is not None
    assert data.policy.currency == "EUR"


def test_what_is_derived_is_said(tmp_path: Path) -> None:
    assert tuple(map(str, read(tmp_path / "ours").said)) == (
        "derived: products: one product; the source has none",
        "derived: products.season: no seasons before 2026-03-31",
        "note: 2 lines, 2026-03-31 included",
    )


def test_a_parameter_chooses_and_unknown_ones_are_refused(tmp_path: Path) -> None:
    reader = Reader.open(*company(tmp_path / "ours"))
    early = reader.examine({"day": dt.date(2026, 3, 5)}).alone()
    assert early.frames["orders"]["order_id"].to_list() == ["A1"]
    assert reader.examine().alone().counts["orders"] == 2
    with pytest.raises(BadInput) as bad:
        reader.examine({"dya": dt.date(2026, 3, 5)})
    assert str(bad.value.faults[0].remedy) == "Did you mean 'day'?"


def test_only_open_orders_are_kept_on_request(tmp_path: Path) -> None:
    found = Reader.open(*company(tmp_path / "ours")).examine(only_open=True).alone()
    assert found.frames["orders"]["order_id"].to_list() == ["A1"]
    assert found.frames["order_lines"]["order_id"].to_list() == ["A1"]


def test_a_list_of_choices_guards_a_parameter(tmp_path: Path) -> None:
    listed = MAPPING.replace(
        "default = 2026-03-31", 'default = 2026-03-06\namong = "SELECT Datum FROM auftraege"'
    )
    reader = Reader.open(*company(tmp_path / "ours", listed))
    assert reader.choices("day") == [dt.date(2026, 3, 5), dt.date(2026, 3, 6)]
    assert reader.examine().faults() == ()
    fault = reader.examine({"day": dt.date(2026, 3, 7)}).faults()[0]
    assert (fault.column, fault.value) == ("parameters.day", "2026-03-07")


SOURCE_FAULTS = [
    ("auftraege", "05.03.2026", "2026-03-05", "Datum", "is not a date written %d.%m.%Y."),
    ("auftraege", "offen", "vielleicht", "Stand", "is no value the mapping knows."),
    ("kunden", "1.500,50", "viel", "Limit", "is not a number."),
    ("positionen", "1.200", "1,5", "Menge", "is not a whole number."),
    ("positionen", "9,95", "-9,95", "Preis", "is negative."),
    ("positionen", "X-1;1.200", "X-2;1.200", "sku_id", "is no known SKU."),
]


@pytest.mark.parametrize(("file", "old", "new", "heading", "problem"), SOURCE_FAULTS)
def test_faults_name_the_companys_own_file_row_and_heading(
    file: str, old: str, new: str, heading: str, problem: str, tmp_path: Path
) -> None:
    found = faults(tmp_path / "ours", **{file: OURS[file].replace(old, new)})
    assert [(fault.file, fault.row) for fault in found] == [(f"{file}.csv", 2)]
    assert str(found[0].problem) == problem
    if heading != "Preis":
        assert found[0].column == heading
    assert found[0].value == new.split(";")[0]


def test_a_missing_file_and_a_missing_heading_are_named(tmp_path: Path) -> None:
    folder, file = company(tmp_path / "ours", kunden=OURS["kunden"].replace("Firma", "Firmaa"))
    (folder / "artikel.csv").rename(folder / "artikl.csv")
    found = {fault.file: fault for fault in Reader.open(folder, file).examine().faults()}
    assert str(found["artikel.csv"].problem) == "is missing; ours.toml reads artikel from it."
    assert str(found["artikel.csv"].remedy) == "Did you mean 'artikl'?"
    assert (found["kunden.csv"].column, found["kunden.csv"].row) == ("Firma", 1)
    assert str(found["kunden.csv"].remedy) == "Did you mean 'Firmaa'?"


def test_several_files_are_one_source(tmp_path: Path) -> None:
    two = MAPPING.replace(
        "[sources.positionen.columns]",
        '[sources.positionen]\nfiles = ["positionen", "positionen2.csv"]\n'
        "[sources.positionen.columns]",
    )
    more = "Auftrag;Pos;Artikel;Menge;Preis;Rabatt\nA1;2;X-1;5;9,95;0\n"
    assert read(tmp_path / "ours", two, positionen2=more).counts["order_lines"] == 3
    bad = more.replace(";5;", ";-5;")
    fault = faults(tmp_path / "bad", two, positionen2=bad)[0]
    assert (fault.file, fault.row, fault.value) == ("positionen2.csv", 2, "-5")


def test_another_encoding_can_be_named(tmp_path: Path) -> None:
    mapping = MAPPING.replace("[reading]", '[reading]\nencoding = "cp1252"')
    folder, file = company(tmp_path / "ours", mapping)
    for name, content in OURS.items():
        (folder / f"{name}.csv").write_bytes(content.encode("cp1252"))
    data = Reader.open(folder, file).examine().alone()
    assert data.frames["customers"]["name"][0] == "Müller"


MAPPING_FAULTS = [
    ("[reading]", "[reeding]", "reeding", "Did you mean 'reading'?"),
    ("delimiter", "delimeter", "reading.delimeter", "Did you mean 'delimiter'?"),
    ('title = "O', 'titel = "O', "titel", "Did you mean 'title'?"),
    ("[tables.orders]", "[tables.order]", "tables.order", "Did you mean 'orders'?"),
    ("placed_on =", "placed_onn =", "tables.orders.columns.placed_onn", "'placed_on'"),
    ("otherwise", "otherwize", "tables.orders.columns.ship_complete.otherwize", "'otherwise'"),
    ('Datum = "date"', 'Datum = "dat"', "sources.auftraege.columns.Datum.type", "'date'"),
    ("<= {day}", "<= {dya}", "views.known.sql", "Did you mean 'day'?"),
    ("default = 2026-03-31", 'default = "x"', "parameters.day.default", "Every parameter"),
    ('from = "known"', "", "tables.orders", "from names a file"),
    ('delimiter = ";"', 'delimiter = "--"', "reading.delimiter", "Write"),
    ("FROM artikel", "FROM read_csv('/etc/hosts')", "tables.products.sql", "[sources]"),
]


@pytest.mark.parametrize(("old", "new", "key", "remedy"), MAPPING_FAULTS)
def test_a_key_that_means_nothing_is_a_fault(
    old: str, new: str, key: str, remedy: str, tmp_path: Path
) -> None:
    assert old in MAPPING
    found = {
        fault.column: fault
        for fault in mapping_faults(tmp_path / "ours", MAPPING.replace(old, new, 1))
    }
    assert key in found
    assert found[key].file == "ours.toml"
    assert remedy in str(found[key].remedy)


def test_all_mistakes_of_a_mapping_are_reported_at_once(tmp_path: Path) -> None:
    wrong = MAPPING.replace("[reading]", "[reading]\ndelimeter = 1").replace("title", "titel")
    assert {fault.column for fault in mapping_faults(tmp_path / "ours", wrong)} == {
        "titel",
        "reading.delimeter",
    }


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    fault = mapping_faults(tmp_path / "ours", 'title = "a"\n[reading\n')[0]
    assert (fault.file, fault.row) == ("ours.toml", 2)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("FROM auftraege WHERE", "FROM auftrage WHERE", "views.known.sql"),
        ("SELECT p.Auftrag AS order_id", "SELECT p.Auftrg AS order_id", "tables.order_lines.sql"),
        ("SELECT COUNT(*) AS n", "SELECT COUNT(*) AS n, nope", "notes.1.sql"),
        ("{n} lines", "{m} lines", "notes.1.text"),
        ("p.Pos AS line_no", "p.Pos AS lineno", "tables.order_lines.sql"),
    ],
)
def test_sql_that_cannot_run_is_a_fault_of_the_mapping(
    old: str, new: str, place: str, tmp_path: Path
) -> None:
    assert old in MAPPING
    found = faults(tmp_path / "ours", MAPPING.replace(old, new))
    assert ("ours.toml", place) in {(fault.file, fault.column) for fault in found}


def test_a_mapping_works_on_canonical_files_too(tmp_path: Path) -> None:
    """A company whose files are nearly canonical maps only what differs."""
    folder = write_company(tmp_path / "tiny")
    file = tmp_path / "map.toml"
    file.write_text(
        '[tables.regions]\nsql = "SELECT region_id, UPPER(name) AS name FROM regions"\n'
    )
    data = Reader.open(folder, file).examine().alone()
    assert data.frames["regions"]["name"].to_list() == ["AIRPORT", "SHENZHEN"]

"""The how-to on importing does what it says."""

import re
from decimal import Decimal
from pathlib import Path

from services.imports import dataset
from services.imports.tables import TABLES

DOCS = Path(__file__).parents[2] / "docs"


def test_the_example_of_the_how_to_can_be_imported(tmp_path: Path) -> None:
    page = (DOCS / "how-to" / "import-your-data.md").read_text(encoding="utf-8")
    files = re.findall(r"`(\w+\.csv)`:\n\n```csv\n(.*?)```", page, re.DOTALL)
    assert [name for name, _ in files] == ["Auftraege.csv", "Positionen.csv", "Kunden.csv"]
    for name, content in files:
        (tmp_path / name).write_text(content, encoding="utf-8")
    mapping = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert mapping is not None
    (tmp_path / "mapping.toml").write_text(mapping[1], encoding="utf-8")
    data = dataset(tmp_path, tmp_path / "mapping.toml")
    assert data.frames["customers"]["rank"].to_list() == [1, 2]
    assert data.frames["order_lines"]["quantity"].to_list() == [1200, 6]
    assert data.frames["order_lines"]["shipped_quantity"].to_list() == [0, 6]
    assert data.frames["skus"]["list_price"].to_list() == [Decimal("9.950000")]
    assert data.said == (
        "derived: products: there is one product",
        "derived: customers.rank: ranked by last year's sales, the largest first",
    )


def test_the_reference_names_every_table_and_column() -> None:
    page = (DOCS / "reference" / "mapping.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE))
    for name, table in TABLES.items():
        told = re.sub(r"\([^)]*\)", "", rows[name]).split(":")[0]
        words = [re.sub(r"[*\s]", "", word) for word in told.split(",")]
        assert words == list(table.names), name
        required = re.findall(r"\*\*(\w+)", rows[name])
        assert required == [column.name for column in table.columns if column.required], name

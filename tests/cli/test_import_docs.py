"""The how-to on importing does what it says."""

import re
from decimal import Decimal
from pathlib import Path

from services.imports import dataset
from services.imports.tables import TABLES
from tests.cli.chinese_headings import BEGINS, PAGE, rendered

DOCS = Path(__file__).parents[2] / "docs"


def write_files(folder: Path, section: str) -> list[str]:
    """Write the files that a section of the how-to shows; their names."""
    page = (DOCS / "how-to" / "import-your-data.md").read_text(encoding="utf-8")
    text = page.split(f"## {section}\n")[1].split("\n## ")[0]
    files = re.findall(r"`(\w+\.csv)`:\n\n```csv\n(.*?)```", text, re.DOTALL)
    for name, content in files:
        (folder / name).write_text(content, encoding="utf-8")
    return [name for name, _ in files]


def test_the_chinese_example_of_the_how_to_can_be_imported(tmp_path: Path) -> None:
    names = write_files(tmp_path, "When your files have the canonical form")
    assert names == ["客户.csv", "区域.csv"]
    customers = dataset(tmp_path).frames["customers"]
    assert customers["kind"].to_list() == ["FRANCHISEE", "FRANCHISEE"]
    assert customers["payment_terms"].to_list() == ["PREPAID", "MONTHLY"]
    assert customers["blocked"].to_list() == [False, True]


def test_the_chinese_headings_are_those_of_the_columns() -> None:
    """Write them again: python -m tests.cli.chinese_headings."""
    text = PAGE.read_text(encoding="utf-8")
    assert text[text.index(BEGINS) :] == rendered()


def test_the_example_of_the_how_to_can_be_imported(tmp_path: Path) -> None:
    page = (DOCS / "how-to" / "import-your-data.md").read_text(encoding="utf-8")
    names = write_files(tmp_path, "When they don't: write a mapping")
    assert names == ["Auftraege.csv", "Positionen.csv", "Kunden.csv"]
    mapping = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    assert mapping is not None
    (tmp_path / "mapping.toml").write_text(mapping[1], encoding="utf-8")
    data = dataset(tmp_path, tmp_path / "mapping.toml")
    assert data.frames["customers"]["rank"].to_list() == [1, 2]
    assert data.frames["order_lines"]["quantity"].to_list() == [1200, 6]
    assert data.frames["order_lines"]["shipped_quantity"].to_list() == [0, 6]
    assert data.frames["skus"]["list_price"].to_list() == [Decimal("9.950000")]
    assert tuple(map(str, data.said)) == (
        "derived: products: there is one product",
        "derived: customers.rank: ranked by last year's sales, the largest first",
    )


def test_the_reference_names_every_table_and_column() -> None:
    page = (DOCS / "reference" / "mapping.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE))
    for name, table in TABLES.items():
        listed = re.sub(r"\([^)]*\)", "", rows[name]).split(":")[0]
        words = [re.sub(r"[*\s]", "", word) for word in listed.split(",")]
        assert words == list(table.names), name
        required = re.findall(r"\*\*(\w+)", rows[name])
        assert required == [column.name for column in table.columns if column.required], name

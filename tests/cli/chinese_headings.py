"""The tables of `docs/reference/chinese-headings.md`, from the definition of the columns.

`python -m tests.cli.chinese_headings` writes them into the page.
"""

from pathlib import Path

from services.imports.columns import Column, Table
from services.imports.tables import TABLES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "chinese-headings.md"
BEGINS = "## 文件与列\n"


def rendered() -> str:
    """The page from its tables on."""
    return BEGINS + "".join(map(_of_table, TABLES.values()))


def _of_table(table: Table) -> str:
    names = "、".join(f"`{name}`" for name in table.chinese)
    head = (
        f"\n### `{table.name}`：{names}\n\n| 列 | 标题 | 也可写 | 可用的词 |\n|---|---|---|---|\n"
    )
    return head + "".join(map(_of_column, table.columns))


def _of_column(column: Column) -> str:
    heading, *others = column.chinese
    name = f"**{column.name}**" if column.required else column.name
    codes: dict[str, list[str]] = {}
    for word, code in column.codes.items():
        codes.setdefault(code, []).append(word)
    words = "；".join(f"{'、'.join(chinese)} = {code}" for code, chinese in codes.items())
    return f"| {name} | {heading} | {'、'.join(others)} | {words} |\n"


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(text[: text.index(BEGINS)] + rendered(), encoding="utf-8")

"""Tables for people: whole figures, Chinese in line, nothing that looks like markup is lost."""

from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from cli.tables import Column, figures, print_table


def printed(width: int, columns: list[Column], rows: list[tuple[str, ...]]) -> list[str]:
    out = Console(file=StringIO(), width=width, highlight=False)
    print_table(out, columns, rows)
    assert isinstance(out.file, StringIO)
    return [line.rstrip() for line in out.file.getvalue().splitlines()]


def test_figures_end_in_the_same_cell_beside_chinese_text() -> None:
    rows = [("有款加盟商", "1,557"), ("F01 Luohu", "6")]
    assert printed(80, [Column("客户"), figures("数量")], rows) == [
        "客户         数量",
        "有款加盟商  1,557",
        "F01 Luohu       6",
    ]


def test_names_are_printed_as_they_are() -> None:
    """A customer may be called anything; brackets are no markup."""
    assert printed(80, [Column("name")], [("[bold]A[/bold] [B]",)])[1] == "[bold]A[/bold] [B]"


@pytest.mark.parametrize("width", [40, 60, 80])
def test_text_goes_on_below_and_figures_stay_whole(width: int) -> None:
    columns = [Column("customer"), figures("value shipped"), Column("why not more")]
    why = "the customer is blocked until last month is paid"
    lines = printed(width, columns, [("F10 Example Franchisee Bantian", "182,556.60 CNY", why)])
    assert max(map(cell_len, lines)) <= width
    assert any("182,556.60 CNY" in line for line in lines)
    words = " ".join(lines).split()
    assert all(word in words for word in why.split())


def test_too_many_columns_fold_rather_than_lose_text() -> None:
    names = ["availability", "responsibility", "announcement", "reservation"]
    cells = ("internationally", "confidentiality", "misunderstanding", "responsibilities")
    lines = printed(40, [Column(name) for name in names], [cells])
    assert max(map(cell_len, lines)) <= 40
    together = "".join(lines).replace(" ", "")
    assert len(together) == len("".join([*names, *cells]))

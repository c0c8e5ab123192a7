"""Tables for people: as wide as the terminal, nothing cut, also with Chinese double-width text."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

# In a pipe, and the most on a terminal: longer lines are hard to follow.
WIDTH = 100
MOST_WIDTH = 140
# Between two columns.
GAP = 2
# A word that is no longer is kept whole as long as there is room; then text has this many cells.
LONGEST_WORD = 24
NARROWEST_CHINESE = 12
LEAST_TEXT = 4


@dataclass(frozen=True)
class Column:
    """A column: its name, and whether it holds figures, which stand to the right and whole."""

    name: str
    figures: bool = False


def figures(name: str) -> Column:
    """A column of figures."""
    return Column(name, figures=True)


def console() -> Console:
    """A console as wide as the terminal; plain and of one width in a pipe."""
    found = Console(highlight=False)
    width = min(found.width, MOST_WIDTH) if found.is_terminal else WIDTH
    return Console(highlight=False, width=width)


def heading(out: Console, text: str) -> None:
    """A line that begins a section."""
    out.print()
    out.print(Text(text, style="bold"))


def sentence(out: Console, text: str, style: str = "") -> None:
    """A line of text, folded at words."""
    out.print(Text(text, style=style))


def indented(out: Console, text: str) -> None:
    """A line of text that belongs to the one above."""
    out.print(Padding(Text(text), (0, 0, 0, 2), expand=False))


def print_table(
    out: Console, columns: Sequence[Column], rows: Sequence[Sequence[str | Text]]
) -> None:
    """Rows under their headings. Text that does not fit goes on below; figures never break.

    What a cell holds is printed as it is: names of a company's own are no markup.
    """
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, GAP, 0, 0))
    cells = [[_text(cell) for cell in row] for row in rows]
    widths = _widths(columns, [[cell.plain for cell in row] for row in cells], out.width)
    for column, width in zip(columns, widths, strict=True):
        table.add_column(
            Text(column.name),
            justify="right" if column.figures else "left",
            width=width,
            overflow="fold",
        )
    for row in cells:
        table.add_row(*row)
    out.print(table)


def _text(cell: str | Text) -> Text:
    return cell if isinstance(cell, Text) else Text(cell)


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]], available: int) -> list[int]:
    """How many cells each column gets: as wide as it wants, where there is room.

    Else the widest text gives first, down to its longest word; then text folds within words, and
    last the names of figures. Figures themselves are always whole.
    """
    own = [[row[place] for row in rows] for place in range(len(columns))]
    figure = [max(map(cell_len, cells), default=0) for cells in own]
    widths = [max(cell_len(each.name), figure[n]) for n, each in enumerate(columns)]
    excess = sum(widths) + GAP * (len(widths) - 1) - available
    for floors in (
        [
            max(_longest_word(each.name), figure[n] if each.figures else _least(own[n]))
            for n, each in enumerate(columns)
        ],
        [figure[n] if each.figures else LEAST_TEXT for n, each in enumerate(columns)],
    ):
        while excess > 0:
            widest = max(
                (n for n in range(len(columns)) if widths[n] > floors[n]),
                key=lambda n: (not columns[n].figures, widths[n]),
                default=None,
            )
            if widest is None:
                break
            widths[widest] -= 1
            excess -= 1
    return widths


def _least(cells: Sequence[str]) -> int:
    """A column of text may be this narrow before its words break."""
    return min(max(map(_longest_word, cells), default=0), LONGEST_WORD)


def _longest_word(text: str) -> int:
    """The cells of the longest word. Chinese may break anywhere; a few characters stay together."""
    if cell_len(text) != len(text):
        return min(cell_len(text), NARROWEST_CHINESE)
    return max(map(cell_len, text.split()), default=0)

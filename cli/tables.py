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
# Text may be folded down to this, at words where they are no longer than that.
NARROWEST_TEXT = 12
LONGEST_WORD = 24
LEAST_TEXT = 6


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
    out.print(Padding(Text(text), (0, 0, 0, 2)))


def print_table(
    out: Console, columns: Sequence[Column], rows: Sequence[Sequence[str | Text]]
) -> None:
    """Rows under their headings. Text that does not fit goes on below; figures never break.

    What a cell holds is printed as it is: names of a company's own are no markup.
    """
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    cells = [[_text(cell) for cell in row] for row in rows]
    widths = [
        _narrowest(column, [row[place].plain for row in cells])
        for place, column in enumerate(columns)
    ]
    # What is too wide all the same folds within words, rather than be cut at the edge.
    short = sum(widths) + 2 * len(widths) - out.width
    for place in sorted(range(len(columns)), key=lambda each: -widths[each]):
        if short > 0 and not columns[place].figures:
            given = min(short, max(widths[place] - LEAST_TEXT, 0))
            widths[place] -= given
            short -= given
    for column, width in zip(columns, widths, strict=True):
        table.add_column(
            Text(column.name),
            justify="right" if column.figures else "left",
            min_width=width,
            overflow="fold",
        )
    for row in cells:
        table.add_row(*row)
    out.print(table)


def _text(cell: str | Text) -> Text:
    return cell if isinstance(cell, Text) else Text(cell)


def _narrowest(column: Column, cells: Sequence[str]) -> int:
    """A column may be this narrow: figures whole; text and names at the width of a word."""
    name = _longest_word(column.name)
    if column.figures:
        return max([name, *map(cell_len, cells)])
    widest = max([name, *map(cell_len, cells)])
    word = max([name, *map(_longest_word, cells)])
    return min(widest, max(NARROWEST_TEXT, min(word, LONGEST_WORD)))


def _longest_word(text: str) -> int:
    """The cells of the longest word; Chinese is broken anywhere, so it counts for little."""
    if cell_len(text) != len(text):
        return min(cell_len(text), NARROWEST_TEXT)
    return max(map(cell_len, text.split()), default=0)

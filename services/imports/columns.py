"""What a column and a table of an import are: names, kinds of cells and their limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from domain.sentences import Label
from domain.suggestions import closest
from domain.vocabulary import Vocabulary


class Kind(Enum):
    """What a cell must be."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    FLAG = "flag"


# How a flag is written in Chinese.
FLAGS = {"是": "1", "否": "0"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a canonical table and the limits of its cells.

    chinese: its headings in Chinese, the first as people are shown it.
    choices: the words that a cell may be; list_of: of which it may hold several, between
    semicolons. A word's Chinese is taken for it, and so is what `also` says.
    unclear: Chinese headings that mean this or its contrary, and are refused.
    code: what people call things by; as it is shown, never as a number of the same value.
    per_cent: in hundredths, so that a cell of 15 % is 15.
    """

    name: str
    chinese: tuple[str, ...] = ()
    kind: Kind = Kind.TEXT
    required: bool = False
    choices: tuple[Vocabulary, ...] = ()
    list_of: tuple[Vocabulary, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    unclear: tuple[str, ...] = ()
    default: str | None = None
    longest: int = 200
    least: int | None = None
    most: int | None = None
    places: int = 0
    refers_to: str | None = None
    code: bool = False
    per_cent: bool = False

    @property
    def is_code(self) -> bool:
        return self.code or bool(self.choices)

    @property
    def label(self) -> Label:
        """What a sentence calls it."""
        return _label(self)

    @property
    def codes(self) -> Mapping[str, str]:
        """What stands for a word of ours in Chinese, with that word."""
        if self.kind is Kind.FLAG:
            return FLAGS
        words = (*self.choices, *self.list_of)
        return {**{word.chinese: word.value for word in words}, **self.also}


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table: its key and its columns, in the order of the documentation.

    chinese: what its file or sheet may be called in Chinese, the first as people are shown it.
    """

    name: str
    chinese: tuple[str, ...]
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def label(self) -> Label:
        """What a sentence calls it."""
        return _label(self)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def references(self) -> Iterator[tuple[Column, str]]:
        """Columns that must name a row of another table, with that table's name."""
        for column in self.columns:
            if column.refers_to is not None:
                yield column, column.refers_to


Named = TypeVar("Named", bound=Column | Table)


def called(word: str, among: Iterable[Named]) -> Named | None:
    """The column or table that a file calls so, in either language."""
    return _by_spelling(among).get(word)


def meant(word: str, among: Iterable[Named]) -> Named | None:
    """The one of which a word may be a misspelling."""
    spellings = _by_spelling(among)
    found = closest(word, spellings)
    return None if found is None else spellings[found]


def name_like(word: str, named: Column | Table) -> str:
    """What it is called in the language of a word beside it."""
    return named.name if word.isascii() or not named.chinese else named.chinese[0]


def _by_spelling(among: Iterable[Named]) -> dict[str, Named]:
    found: dict[str, Named] = {}
    for each in among:
        found.update((spelling, each) for spelling in (each.name, *each.chinese))
    return found


def _label(named: Column | Table) -> Label:
    chinese = f"{named.chinese[0]}（{named.name}）" if named.chinese else named.name
    return Label(named.name, chinese)

"""Turn columns of text into dates, whole numbers, decimals and flags, and say which cells refuse.

Works on whole columns: sixty thousand lines are judged in milliseconds. Money stays decimal.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from allocator.workbook import SHORTENED, SHORTENED_FAULT, is_error_word
from domain.messages import KEPT, Message, message_of, msg
from domain.sentences import Label
from services.imports.columns import Column, Kind
from services.imports.faults import did_you_mean, joined

FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
# More digits than any limit of tables.py; the rest would not fit the types below.
MOST_DIGITS = 18
WIDTH = 38

ISO_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$"
# Not with three zeros: 1.000 is a thousand to some.
_WHOLE = r"^[+-]?[0-9]+(\.(0{0,2}|0{4,}))?$"


@dataclass(frozen=True)
class Refusal:
    """A cell, by its position in the column, that is not what it must be."""

    position: int
    problem: Message
    remedy: Message


def as_values(cells: pl.Series, column: Column) -> tuple[pl.Series, list[Refusal]]:
    """Typed values of one canonical column; refused cells come back as null.

    Also takes columns that SQL has typed already, and checks their limits all the same.
    """
    if cells.dtype.is_float():
        cells = _of_floats(cells)
    typed, refused = _PARSERS[column.kind](cells, column)
    # Whatever a parser may miss: a cell that is given is a value or a fault, never empty.
    lost = cells.is_not_null() & typed.is_null()
    lost = scattered(lost, [one.position for one in refused], False)
    refused += refusals(cells, lost, msg("imports.NOTHING_TO_HOLD"), msg("imports.CORRECT_IT"))
    if column.default is not None:
        typed = _filled(typed, column.default)
    return typed, refused


def _text(cells: pl.Series, column: Column) -> tuple[pl.Series, list[Refusal]]:
    if cells.dtype != pl.String:
        cells = in_words(cells)
    refused = [
        Refusal(position, msg("imports.ERROR_OF_SHEET"), msg("imports.MEND_FORMULA"))
        for position in cells.str.starts_with("#").fill_null(False).arg_true()
        if is_error_word(str(cells[position]))
    ]
    if column.choices:
        allowed = what_is_allowed(column)

        def remedy(value: str) -> Message:
            return joined(did_you_mean(value, (*map(str, column.choices), *column.codes)), allowed)

        wrong = cells.is_not_null() & ~cells.is_in(column.choices)
        return without(cells, wrong), refusals(
            cells, wrong, msg("imports.NO_SUCH", name=column.label), remedy
        )
    long = (cells.str.len_chars() > column.longest).fill_null(False)
    refused += refusals(
        cells, long, msg("imports.LONGER_THAN", longest=column.longest), msg("imports.SHORTEN_IT")
    )
    kept = cells.str.strip_chars_start().str.starts_with(KEPT).fill_null(False)
    refused += refusals(
        cells, kept, msg("imports.READS_AS_MESSAGE"), msg("imports.WRITE_OTHERWISE")
    )
    if column.code:
        cut = cells.str.contains(SHORTENED).fill_null(False)
        refused += refusals(cells, cut, *map(message_of, SHORTENED_FAULT))
    return without_refused(cells, refused), refused


def what_is_allowed(column: Column) -> Message:
    """The words of a column, for readers of Chinese with what they may write instead."""
    labels = [
        Label(word.value, f"{word.chinese}（{word.value}）")
        for word in (*column.choices, *column.list_of)
    ]
    return msg("imports.ALLOWED", allowed=labels)


def _of_floats(cells: pl.Series) -> pl.Series:
    """Binary fractions, which SQL makes, as the decimal numbers they stand for."""

    def decimal(number: float | None) -> str | None:
        if number is None or not math.isfinite(number):
            return None if number is None else str(number)
        text = format(Decimal(f"{number:.15g}"), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text

    return pl.Series(cells.name, map(decimal, cells.to_list()), dtype=pl.String)


def _of_another_type(
    cells: pl.Series, dtype: pl.DataType, wanted: Message
) -> tuple[pl.Series, list[Refusal]]:
    """What SQL has made something else of; a day, say, would pass as a number."""
    nothing = pl.Series(cells.name, [None] * len(cells), dtype=dtype)
    remedy = msg("imports.MAKE_IT", wanted=wanted)
    return nothing, refusals(
        cells, cells.is_not_null(), msg("imports.IS_NOT", wanted=wanted), remedy
    )


def in_words(cells: pl.Series) -> pl.Series:
    """What SQL has typed as a person writes it: whole numbers without decimals, flags as 1 or 0."""
    if cells.dtype.is_float():
        return _of_floats(cells)
    if cells.dtype == pl.Boolean:
        cells = cells.cast(pl.Int8)
    words = cells.cast(pl.String)
    if cells.dtype.is_decimal():
        words = words.str.replace(r"(\.[0-9]*?)0+$", "${1}").str.strip_suffix(".")
    return words


def _integer(cells: pl.Series, column: Column) -> tuple[pl.Series, list[Refusal]]:
    if cells.dtype == pl.String:
        wrong = cells.is_not_null() & ~cells.str.contains(_WHOLE)
        refused = refusals(cells, wrong, msg("imports.NOT_WHOLE"), _how_numbers_look)
        digits = without(cells, wrong).str.extract(r"^([+-]?[0-9]+)", 1).str.strip_prefix("+")
        return _within_limits(digits, digits, column, refused, pl.Int64())
    if cells.dtype.is_decimal():
        wrong = cells.is_not_null() & (cells != cells.round(0))
        refused = refusals(cells, wrong, msg("imports.NOT_WHOLE"), msg("imports.ROUND_IN_MAPPING"))
        return _within_limits(without(cells, wrong), cells, column, refused, pl.Int64())
    if not cells.dtype.is_integer():
        return _of_another_type(cells, pl.Int64(), msg("imports.A_WHOLE_NUMBER"))
    return _within_limits(cells, cells, column, [], pl.Int64())


def _decimal(cells: pl.Series, column: Column) -> tuple[pl.Series, list[Refusal]]:
    places = column.places
    if cells.dtype == pl.String:
        wrong = cells.is_not_null() & ~cells.str.contains(_NUMBER)
        refused = refusals(cells, wrong, msg("imports.NOT_A_NUMBER"), _how_numbers_look)
        digits = without(cells, wrong).str.strip_prefix("+")
        fine = digits.str.contains(rf"\.[0-9]{{{places}}}[0-9]*[1-9]")
        refused += _too_fine(digits, fine, places)
        digits = without(digits, fine)
    elif cells.dtype.is_decimal():
        fine = cells.is_not_null() & (cells.round(places) != cells)
        refused = _too_fine(cells, fine, places)
        digits = without(cells, fine).round(places)
    elif cells.dtype.is_integer():
        digits, refused = cells, []
    else:
        return _of_another_type(cells, pl.Decimal(WIDTH, places), msg("imports.A_NUMBER"))
    return _within_limits(digits, cells, column, refused, pl.Decimal(WIDTH, places))


def _too_fine(cells: pl.Series, wrong: pl.Series, places: int) -> list[Refusal]:
    return refusals(
        cells,
        wrong.fill_null(False),
        msg("imports.TOO_MANY_DECIMALS", places=places),
        msg("imports.ROUND_IT"),
    )


def _within_limits(
    cells: pl.Series,
    original: pl.Series,
    column: Column,
    refused: list[Refusal],
    dtype: pl.DataType,
) -> tuple[pl.Series, list[Refusal]]:
    """Numbers of the final type, none beyond the column's limits."""
    if cells.dtype == pl.String:
        whole = cells.str.replace(r"\..*$", "").str.replace(r"^-", "").str.strip_chars_start("0")
        huge = (whole.str.len_chars() > MOST_DIGITS).fill_null(False)
        refused += refusals(original, huge, *_too_large(column))
        cells = without(cells, huge)
        numbers = (cells.str.to_decimal(scale=column.places) if dtype.is_decimal() else cells).cast(
            dtype
        )
    else:
        numbers = cells.cast(dtype, strict=False)
    if column.least is not None:
        low = (numbers < column.least).fill_null(False)
        word = (
            msg("imports.NEGATIVE")
            if column.least == 0
            else msg("imports.LESS_THAN", least=column.least)
        )
        refused += refusals(original, low, word, msg("imports.AT_LEAST", least=column.least))
        numbers = without(numbers, low)
    if column.most is not None:
        high = (numbers > column.most).fill_null(False)
        refused += refusals(original, high, *_too_large(column))
        numbers = without(numbers, high)
    return numbers, refused


def _too_large(column: Column) -> tuple[Message, Message]:
    check = msg("imports.CHECK_NUMBER")
    if column.most is None:
        return msg("imports.TOO_LARGE"), check
    return msg("imports.TOO_LARGE"), joined(msg("imports.AT_MOST", most=column.most), check)


def _date(cells: pl.Series, column: Column) -> tuple[pl.Series, list[Refusal]]:
    if cells.dtype == pl.String:
        iso = cells.set(~cells.str.contains(ISO_DATE), None)
        dates = iso.str.to_date("%Y-%m-%d", strict=False)
    elif cells.dtype in (pl.Date, pl.Datetime):
        dates = cells.cast(pl.Date)
    else:
        return _of_another_type(cells, pl.Date(), msg("imports.A_DATE"))
    wrong = cells.is_not_null() & (
        dates.is_null() | (dates < FIRST_DAY).fill_null(False) | (dates > LAST_DAY).fill_null(False)
    )
    return without(dates, wrong), refusals(
        cells,
        wrong,
        msg("imports.NO_ISO_DATE"),
        msg("imports.NAME_FORMAT"),
    )


def _flag(cells: pl.Series, column: Column) -> tuple[pl.Series, list[Refusal]]:
    if cells.dtype == pl.Boolean:
        return cells, []
    cells = cells.cast(pl.String)
    wrong = cells.is_not_null() & ~cells.is_in(["0", "1"])
    refused = refusals(cells, wrong, msg("imports.NEITHER_0_NOR_1"), msg("imports.WRITE_1_OR_0"))
    return without(cells, wrong) == "1", refused


_PARSERS: dict[Kind, Callable[[pl.Series, Column], tuple[pl.Series, list[Refusal]]]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.DATE: _date,
    Kind.FLAG: _flag,
}


def _filled(cells: pl.Series, default: str) -> pl.Series:
    """Empty cells get the default, whatever type the column has by now."""
    if cells.dtype == pl.Boolean:
        return cells.fill_null(default == "1")
    return cells.fill_null(pl.Series([default]).cast(cells.dtype)[0])


def without(cells: pl.Series, wrong: pl.Series) -> pl.Series:
    """The cells, null where they are wrong."""
    return cells.set(wrong, None) if wrong.any() else cells


def without_refused(cells: pl.Series, refused: Sequence[Refusal]) -> pl.Series:
    """The cells, null where they are refused."""
    return scattered(cells, [one.position for one in refused], None)


def scattered(cells: pl.Series, positions: Sequence[int], values: object) -> pl.Series:
    """The cells with other values at some positions: one for all, or a list with one for each."""
    if not positions:
        return cells
    found = cells.to_list()
    for at, position in enumerate(positions):
        found[position] = values[at] if isinstance(values, list) else values
    return pl.Series(cells.name, found, dtype=cells.dtype)


def refusals(
    cells: pl.Series, wrong: pl.Series, problem: Message, remedy: Message | Callable[[str], Message]
) -> list[Refusal]:
    """A refusal of each cell that is wrong; a remedy may depend on what stands there."""
    positions = wrong.arg_true().to_list()
    if isinstance(remedy, Message):
        return [Refusal(position, problem, remedy) for position in positions]
    # The same slip often stands in every row of a file; its remedy is looked for once.
    remedies: dict[str, Message] = {}
    refused = []
    for position in positions:
        value = str(cells[position])
        if value not in remedies:
            remedies[value] = remedy(value)
        refused.append(Refusal(position, problem, remedies[value]))
    return refused


def _how_numbers_look(value: str) -> Message:
    if re.fullmatch(r"[+-]?[0-9]{1,3}\.000", value):
        whole, _, thousands = value.partition(".")
        return msg("imports.WHICH_DECIMAL", whole=whole, thousands=thousands, whole2=whole)
    if not value.isascii() and any(sign.isnumeric() for sign in value):
        return msg("imports.LATIN_DIGITS")
    if "," in value:
        return msg("imports.POINT_NO_THOUSANDS")
    return msg("imports.WRITE_DIGITS")

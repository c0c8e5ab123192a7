"""Turn columns of text into dates, whole numbers, decimals and flags, and say which cells refuse.

Works on whole columns: sixty thousand lines are judged in milliseconds. Money stays decimal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from services.imports.faults import did_you_mean
from services.imports.tables import Column, Kind

FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
# More digits than any limit of tables.py; the rest would not fit the types below.
MOST_DIGITS = 18
WIDTH = 38


@dataclass(frozen=True)
class Refusal:
    """A cell, by its position in the column, that is not what it must be."""

    position: int
    problem: str
    remedy: str


@dataclass(frozen=True)
class Conversion:
    """How a company writes a value: what the mapping file says beside a heading."""

    date: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    default: str | None = None


def as_plain_text(cells: pl.Series, kind: Kind, how: Conversion) -> tuple[pl.Series, list[Refusal]]:
    """A company's way of writing brought to ours: ISO dates, decimal points, our own words."""
    if cells.dtype != pl.String:
        return (cells if how.default is None else _filled(cells, how.default)), []
    if how.values:
        cells, refused = _translated(cells, how)
    elif kind in (Kind.INTEGER, Kind.DECIMAL):
        cells, refused = _with_decimal_point(cells, how), []
    elif kind is Kind.DATE and how.date:
        cells, refused = _with_iso_dates(cells, how.date)
    else:
        refused = []
    return (cells if how.default is None else cells.fill_null(how.default)), refused


def as_values(cells: pl.Series, column: Column) -> tuple[pl.Series, list[Refusal]]:
    """Typed values of one canonical column; refused cells come back as null.

    Also takes columns that SQL has typed already, and checks their limits all the same.
    """
    typed, refused = _PARSERS[column.kind](cells, column)
    if column.default is not None:
        typed = _filled(typed, column.default)
    return typed, refused


def _translated(cells: pl.Series, how: Conversion) -> tuple[pl.Series, list[Refusal]]:
    words = dict(how.values)
    translated = cells.replace_strict(
        list(words), list(words.values()), default=how.otherwise, return_dtype=pl.String
    )
    if how.otherwise is not None:
        return translated.set(cells.is_null(), None), []

    def remedy(value: str) -> str:
        return _sentences(did_you_mean(value, words), "Add it to the values of the mapping.")

    return translated, _refusals(
        cells, cells.is_not_null() & translated.is_null(), "is no value the mapping knows.", remedy
    )


def _with_decimal_point(cells: pl.Series, how: Conversion) -> pl.Series:
    if how.thousands:
        cells = cells.str.replace_all(how.thousands, "", literal=True)
    if how.decimal != ".":
        cells = cells.str.replace_all(how.decimal, ".", literal=True)
    return cells


def _with_iso_dates(cells: pl.Series, formats: tuple[str, ...]) -> tuple[pl.Series, list[Refusal]]:
    dates = pl.Series(cells.name, [None] * len(cells), dtype=pl.Date)
    for pattern in formats:
        # Through date-times, so that a format with hours is a date as well.
        parsed = (
            cells.str.to_datetime(pattern, strict=False, time_unit="us")
            if _has_hours(pattern)
            else cells.str.to_date(pattern, strict=False)
        )
        dates = dates.fill_null(parsed.cast(pl.Date))
    wrong = cells.is_not_null() & dates.is_null()
    shown = " or ".join(formats)
    refused = _refusals(
        cells,
        wrong,
        f"is not a date written {shown}.",
        "Correct the date, or the format in the mapping.",
    )
    return dates.dt.to_string("%Y-%m-%d"), refused


def _has_hours(pattern: str) -> bool:
    return any(sign in pattern for sign in ("%H", "%I", "%T", "%R"))


def _text(cells: pl.Series, column: Column) -> tuple[pl.Series, list[Refusal]]:
    if cells.dtype != pl.String:
        cells = cells.cast(pl.String)
    if column.choices:
        allowed = ", ".join(column.choices)

        def remedy(value: str) -> str:
            return _sentences(did_you_mean(value, column.choices), f"Allowed: {allowed}.")

        wrong = cells.is_not_null() & ~cells.is_in(column.choices)
        refused = _refusals(cells, wrong, f"is no {column.name}.", remedy)
    else:
        wrong = cells.str.len_chars() > column.longest
        refused = _refusals(
            cells,
            wrong,
            f"is longer than {column.longest} characters.",
            "Shorten it.",
        )
    return _without(cells, wrong), refused


def _integer(cells: pl.Series, column: Column) -> tuple[pl.Series, list[Refusal]]:
    if cells.dtype == pl.String:
        wrong = cells.is_not_null() & ~cells.str.contains(r"^[+-]?\d+(\.0*)?$")
        refused = _refusals(cells, wrong, "is not a whole number.", _how_numbers_look)
        digits = _without(cells, wrong).str.extract(r"^([+-]?\d+)", 1).str.strip_prefix("+")
        return _within_limits(digits, digits, column, refused, pl.Int64())
    if cells.dtype.is_float() or cells.dtype.is_decimal():
        wrong = cells.is_not_null() & (cells != cells.round(0))
        refused = _refusals(cells, wrong, "is not a whole number.", "Round it in the mapping.")
        return _within_limits(_without(cells, wrong), cells, column, refused, pl.Int64())
    return _within_limits(cells, cells, column, [], pl.Int64())


def _decimal(cells: pl.Series, column: Column) -> tuple[pl.Series, list[Refusal]]:
    places = column.places
    if cells.dtype == pl.String:
        wrong = cells.is_not_null() & ~cells.str.contains(r"^[+-]?(\d+\.?\d*|\.\d+)$")
        refused = _refusals(cells, wrong, "is not a number.", _how_numbers_look)
        digits = _without(cells, wrong).str.strip_prefix("+")
        fine = digits.str.contains(rf"\.\d{{{places}}}\d*[1-9]")
        refused += _too_fine(digits, fine, places)
        digits = _without(digits, fine)
    else:
        digits, refused = cells, []
        if cells.dtype.is_decimal():
            fine = cells.is_not_null() & (cells.round(places) != cells)
            refused = _too_fine(cells, fine, places)
            digits = _without(cells, fine).round(places)
    return _within_limits(digits, cells, column, refused, pl.Decimal(WIDTH, places))


def _too_fine(cells: pl.Series, wrong: pl.Series, places: int) -> list[Refusal]:
    return _refusals(
        cells, wrong.fill_null(False), f"has more than {places} decimals.", "Round it."
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
        refused += _refusals(original, huge, *_too_large(column))
        cells = _without(cells, huge)
        numbers = (cells.str.to_decimal(scale=column.places) if dtype.is_decimal() else cells).cast(
            dtype
        )
    else:
        numbers = cells.cast(dtype, strict=False)
    if column.least is not None:
        low = (numbers < column.least).fill_null(False)
        word = "is negative." if column.least == 0 else f"is less than {column.least}."
        refused += _refusals(original, low, word, f"At least {column.least} is needed.")
        numbers = _without(numbers, low)
    if column.most is not None:
        high = (numbers > column.most).fill_null(False)
        refused += _refusals(original, high, *_too_large(column))
        numbers = _without(numbers, high)
    return numbers, refused


def _too_large(column: Column) -> tuple[str, str]:
    most = "" if column.most is None else f"At most {column.most} is possible. "
    return "is too large.", f"{most}Check the number and its unit."


def _date(cells: pl.Series, column: Column) -> tuple[pl.Series, list[Refusal]]:
    if cells.dtype == pl.String:
        iso = cells.set(~cells.str.contains(r"^\d{4}-\d{2}-\d{2}$"), None)
        dates = iso.str.to_date("%Y-%m-%d", strict=False)
    else:
        dates = cells.cast(pl.Date, strict=False)
    wrong = cells.is_not_null() & (
        dates.is_null() | (dates < FIRST_DAY).fill_null(False) | (dates > LAST_DAY).fill_null(False)
    )
    return _without(dates, wrong), _refusals(
        cells,
        wrong,
        "is not a date of the calendar written YYYY-MM-DD.",
        "Correct it, or name its format in a mapping file.",
    )


def _flag(cells: pl.Series, column: Column) -> tuple[pl.Series, list[Refusal]]:
    if cells.dtype != pl.String:
        cells = cells.cast(pl.Int64, strict=False).cast(pl.String)
    wrong = cells.is_not_null() & ~cells.is_in(["0", "1"])
    refused = _refusals(
        cells, wrong, "is neither 0 nor 1.", "Write 1 for yes and 0 for no, or map its values."
    )
    return _without(cells, wrong) == "1", refused


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


def _without(cells: pl.Series, wrong: pl.Series) -> pl.Series:
    return cells.set(wrong, None) if wrong.any() else cells


def _refusals(
    cells: pl.Series, wrong: pl.Series, problem: str, remedy: str | Callable[[str], str]
) -> list[Refusal]:
    positions = wrong.arg_true().to_list()
    if isinstance(remedy, str):
        return [Refusal(position, problem, remedy) for position in positions]
    # The same slip often stands in every row of a file; its remedy is looked for once.
    remedies: dict[str, str] = {}
    refused = []
    for position in positions:
        value = str(cells[position])
        if value not in remedies:
            remedies[value] = remedy(value)
        refused.append(Refusal(position, problem, remedies[value]))
    return refused


def _how_numbers_look(value: str) -> str:
    if "," in value:
        return (
            'Write a decimal point and no thousands sign, or say decimal = "," in a mapping file.'
        )
    return "Write digits, a decimal point where needed, and nothing else."


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)

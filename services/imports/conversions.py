"""A company's way of writing brought to ours: ISO dates, decimal points, our own words.

A cell of which a workbook says what it is keeps its kind until here: a number is a number
whatever signs the mapping names, and a date a date.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

import polars as pl

from allocator.faults import phrase
from allocator.workbook import Cell, CellKind, Refused, code_of, is_error_word, refusal, text_of
from domain.messages import Message, message_of, msg
from services.imports.cells import (
    FIRST_DAY,
    ISO_DATE,
    LAST_DAY,
    Refusal,
    in_words,
    refusals,
    scattered,
    without,
    without_refused,
)
from services.imports.columns import Column, Kind
from services.imports.faults import did_you_mean, joined
from services.imports.reading.workbooks import MERGED, NO_RESULT

# A company that separates thousands by a space means any of these.
_SPACES = "[ \u00a0\u202f]"
# Year first, so that no other day can be meant; the second is how spreadsheets in China write CSV.
_CHINESE_DAYS = ("%Y年%m月%d日", "%Y/%m/%d")
_SEMICOLONS = re.compile("[;；、]")
POINTS, FRACTION = "points", "fraction"


@dataclass(frozen=True)
class Conversion:
    """How a company writes a value: what the mapping file says beside a heading.

    decimal: None = a point, and nobody has said so. per_cent: whether 15 % is 15 or 0.15.
    round_to: decimals that a number is rounded to, halves away from zero.
    """

    date: tuple[str, ...] = ()
    decimal: str | None = None
    thousands: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    default: str | None = None
    per_cent: str | None = None
    round_to: int | None = None


def as_plain_text(
    cells: pl.Series,
    column: Column,
    how: Conversion,
    known: Sequence[Cell | None] = (),
    *,
    iso_dates: bool = False,
) -> tuple[pl.Series, list[Refusal]]:
    """The cells of a column in our own writing; those that cannot be brought to it are null.

    known: what a workbook says of each cell; none, or None, for a text.
    iso_dates: whether a day may be in ISO form, as SQL sees a workbook's, whatever `how` says.
    """
    if how.values and cells.dtype != pl.String:
        cells = in_words(cells)
    plain = cells
    refused: list[Refusal] = []
    if cells.dtype == pl.String:
        plain, refused = without_errors(cells)
        if how.values:
            plain, more = _translated(plain, how)
        else:
            plain, more = _converted(plain, column, how, known, iso_dates=iso_dates)
        refused += more
    if how.round_to is not None and column.kind in (Kind.INTEGER, Kind.DECIMAL):
        plain = _rounded(plain, how.round_to)
    if how.default is not None:
        plain = plain.set(cells.is_null(), _as_dtype(how.default, plain.dtype))
    return plain, refused


def without_errors(cells: pl.Series) -> tuple[pl.Series, list[Refusal]]:
    """Without what stands for no value at all, which no column takes and no word translates."""
    refused = []
    for position in cells.str.starts_with("#").fill_null(False).arg_true():
        text = str(cells[position])
        if text.startswith(NO_RESULT):
            kind = CellKind.FORMULA
        elif text.startswith(MERGED):
            kind = CellKind.MERGED
        elif is_error_word(text):
            kind = CellKind.ERROR
        else:
            continue
        refused.append(Refusal(position, *map(message_of, refusal(kind, phrase("files.A_TEXT")))))
    return without_refused(cells, refused), refused


def _converted(
    cells: pl.Series,
    column: Column,
    how: Conversion,
    known: Sequence[Cell | None],
    *,
    iso_dates: bool,
) -> tuple[pl.Series, list[Refusal]]:
    typed = {
        position: cell
        for position, cell in enumerate(known)
        if cell is not None and cells[position] is not None
    }
    texts = scattered(cells, list(typed), None)
    if column.kind in (Kind.INTEGER, Kind.DECIMAL):
        plain, refused = _with_decimal_point(texts, column, how)
    elif column.kind is Kind.DATE and how.date:
        plain, refused = _with_iso_dates(texts, how.date, iso_dates=iso_dates)
    elif column.kind is Kind.DATE:
        plain, refused = _with_chinese_days(texts), []
    else:
        plain, refused = in_our_words(texts, column), []
    found: dict[int, str] = {}
    for position, cell in typed.items():
        text, against = _of_known(cell, column, how)
        if against is not None:
            refused.append(Refusal(position, *map(message_of, against)))
        else:
            found[position] = text
    return scattered(plain, list(found), list(found.values())), refused


def _of_known(cell: Cell, column: Column, how: Conversion) -> tuple[str, Refused | None]:
    """The text of a cell in a column, and problem and remedy where it is none of the column's."""
    match column.kind:
        case Kind.TEXT:
            return code_of(cell) if column.is_code else text_of(cell)
        case Kind.DATE:
            if cell.kind is CellKind.DATE:
                return cell.text, None
            if cell.kind is CellKind.DATE_TIME and any(map(_has_hours, how.date)):
                return cell.text[:10], None
            return "", refusal(cell.kind, phrase("files.A_DATE"))
        case Kind.FLAG:
            if cell.kind in (CellKind.FLAG, CellKind.NUMBER):
                return cell.text, None
            return "", refusal(cell.kind, phrase("files.ZERO_OR_ONE"))
    if cell.kind is CellKind.PER_CENT and (mode := _per_cent(column, how)) is not None:
        return _of_per_cent(cell.text, mode), None
    if cell.kind is CellKind.NUMBER:
        return cell.text, None
    return "", refusal(cell.kind, phrase("files.A_NUMBER"))


def _per_cent(column: Column, how: Conversion) -> str | None:
    return how.per_cent or (POINTS if column.per_cent else None)


def _of_per_cent(points: str, mode: str) -> str:
    return points if mode == POINTS else format(Decimal(points).scaleb(-2), "f")


def _translated(cells: pl.Series, how: Conversion) -> tuple[pl.Series, list[Refusal]]:
    words = dict(how.values)
    translated = cells.replace_strict(
        list(words), list(words.values()), default=how.otherwise, return_dtype=pl.String
    )
    if how.otherwise is not None:
        return translated.set(cells.is_null(), None), []

    def remedy(value: str) -> Message:
        return joined(did_you_mean(value, words), msg("imports.ADD_TO_VALUES"))

    return translated, refusals(
        cells, cells.is_not_null() & translated.is_null(), msg("imports.NO_MAPPED_VALUE"), remedy
    )


def _with_decimal_point(
    cells: pl.Series, column: Column, how: Conversion
) -> tuple[pl.Series, list[Refusal]]:
    """Numbers with a decimal point and nothing else.

    A sign counts only where it belongs: thousands in groups of three, from the right.
    """
    mode = _per_cent(column, how)
    if mode is None:
        return _signs_replaced(cells, column, how)
    of_hundred = cells.str.ends_with("%").fill_null(False)
    bare = cells.str.strip_suffix("%").str.strip_chars_end()
    plain, refused = _signs_replaced(bare, column, how)
    fractions = {
        position: _of_per_cent(text, FRACTION)
        for position in of_hundred.arg_true()
        if mode == FRACTION and (text := plain[position]) is not None and _is_number(text)
    }
    return scattered(plain, list(fractions), list(fractions.values())), refused


def _signs_replaced(
    cells: pl.Series, column: Column, how: Conversion
) -> tuple[pl.Series, list[Refusal]]:
    if how.decimal is None and not how.thousands:
        return cells, []
    decimal = how.decimal or "."
    point = re.escape(decimal)
    group = _SPACES if how.thousands == " " else re.escape(how.thousands)
    whole = r"[0-9]+"
    if how.thousands:
        whole += rf"|[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+"
    wrong = cells.is_not_null() & ~cells.str.contains(
        rf"^[+-]?(?:(?:{whole})(?:{point}[0-9]*)?|{point}[0-9]+)$"
    )
    example = f"1{how.thousands}234{decimal}5"
    refused = refusals(
        cells,
        wrong,
        msg("imports.NOT_WHOLE") if column.kind is Kind.INTEGER else msg("imports.NOT_A_NUMBER"),
        msg("imports.WRITE_IT_LIKE", example=example),
    )
    plain = without(cells, wrong)
    if how.thousands:
        plain = plain.str.replace_all(group, "")
    plain = plain.str.replace(decimal, ".", literal=True)
    if column.kind is Kind.INTEGER:
        # The mapping says which sign is the decimal one: 10.000 is ten.
        plain = plain.str.replace(r"\.0*$", "")
    return plain, refused


def _with_iso_dates(
    cells: pl.Series, formats: tuple[str, ...], *, iso_dates: bool
) -> tuple[pl.Series, list[Refusal]]:
    """Days in ISO form. A text that two formats read as two days is refused."""
    dates = pl.Series(cells.name, [None] * len(cells), dtype=pl.Date)
    twice = pl.Series(cells.name, [False] * len(cells), dtype=pl.Boolean)
    for pattern in formats:
        found = _parsed(cells, pattern)
        twice |= (found != dates).fill_null(False)
        dates = dates.fill_null(found)
    if iso_dates:
        iso = without(cells, ~cells.str.contains(ISO_DATE).fill_null(False))
        dates = dates.fill_null(_parsed(iso, "%Y-%m-%d"))
    refused = refusals(
        cells,
        twice,
        msg("imports.TWO_DAYS", format=formats[0]),
        msg("imports.ONE_FORMAT"),
    )
    refused += refusals(
        cells,
        cells.is_not_null() & dates.is_null(),
        msg("imports.NO_DATE_WRITTEN", formats=tuple(formats)),
        msg("imports.CORRECT_DATE_OR_FORMAT"),
    )
    return without(dates, twice).dt.to_string("%Y-%m-%d"), refused


def _with_chinese_days(cells: pl.Series) -> pl.Series:
    """Days as they are written in Chinese in ISO form; other texts as they stand."""
    found = pl.Series(cells.name, [None] * len(cells), dtype=pl.Date)
    for pattern in _CHINESE_DAYS:
        found = found.fill_null(_parsed(cells, pattern))
    return found.dt.to_string("%Y-%m-%d").fill_null(cells)


def in_our_words(cells: pl.Series, column: Column) -> pl.Series:
    """Chinese words in those of the column; other texts as they stand."""
    codes = column.codes
    if not codes:
        return cells
    if not column.list_of:
        return cells.replace(codes)

    def listed(text: str | None) -> str | None:
        if text is None:
            return None
        return ";".join(codes.get(word.strip(), word) for word in _SEMICOLONS.split(text))

    return pl.Series(cells.name, map(listed, cells.to_list()), dtype=pl.String)


def _parsed(cells: pl.Series, pattern: str) -> pl.Series:
    # Through date-times, so that a format with hours is a date as well.
    parsed = (
        cells.str.to_datetime(pattern, strict=False, time_unit="us").cast(pl.Date)
        if _has_hours(pattern)
        else cells.str.to_date(pattern, strict=False)
    )
    return parsed.set(((parsed < FIRST_DAY) | (parsed > LAST_DAY)).fill_null(False), None)


def _has_hours(pattern: str) -> bool:
    return any(sign in pattern for sign in ("%H", "%I", "%T", "%R"))


def _rounded(cells: pl.Series, places: int) -> pl.Series:
    """Halves away from zero, as people round; texts that are no numbers stay as they are."""
    step = Decimal(1).scaleb(-places)

    def rounded(value: object) -> str | None:
        if value is None or not _is_number(text := str(value)):
            return None if value is None else str(value)
        try:
            return format(Decimal(text).quantize(step, ROUND_HALF_UP), "f")
        except InvalidOperation:
            return text  # too large for any column, which the limits report

    return pl.Series(cells.name, map(rounded, cells.to_list()), dtype=pl.String)


_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?")


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def _as_dtype(text: str, dtype: pl.DataType) -> object:
    """A default, whatever type the column has by now."""
    if dtype == pl.Boolean:
        return text == "1"
    return pl.Series([text]).cast(dtype)[0]

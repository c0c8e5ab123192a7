"""The numbers, dates and texts of a workbook's cells."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import ROUND_HALF_EVEN, Decimal

from allocator.workbook.cells import MOST_DIGITS, Cell, CellKind
from allocator.workbook.formats import NumberFormat, Shape

# No column of ours has more decimals: with more, a number is what fifteen digits of it say.
MOST_DECIMALS = 6
# How far binary fractions drift in sums, in units of the last place.
MOST_DRIFT = 64
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
# What is most often in a cell needs no reckoning.
_FEW_DIGITS = re.compile(r"0|[1-9][0-9]{0,14}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_DAY_S = 86_400
# What a spreadsheet shows for a day before the first or after the last.
NO_DAY = "########"
# A cell has no time zone.
_DAY_0, _DAY_0_OF_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)  # noqa: DTZ001
# Programs differ over the days before; the 29th of February 1900 is one that never was.
FIRST_SERIAL = 61


def number_cell(text: str, form: NumberFormat, *, from_1904: bool) -> Cell:
    """A number with its format. Raises ValueError when it is none."""
    if form.shape is Shape.NUMBER and _FEW_DIGITS.fullmatch(text):
        return Cell(CellKind.NUMBER, text, form.shown(text))
    if _NUMBER.fullmatch(text.strip()) is None:
        raise ValueError(f"{text[:40]!r} is no number")
    number = float(text)
    if not math.isfinite(number):
        return Cell(CellKind.ERROR, "#NUM!")
    if form.shape is Shape.DATE:
        return _date_cell(number, from_1904=from_1904)
    if form.shape is Shape.TIME:
        return _time_cell(number)
    meant = _meant(number, text.strip())
    if form.shape is Shape.PER_CENT:
        return Cell(CellKind.PER_CENT, _plain(meant.scaleb(2)))
    plain = _plain(meant)
    return Cell(CellKind.NUMBER, plain, form.shown(plain))


def iso_cell(text: str) -> Cell:
    """A date that the file writes as one. Raises ValueError when it is none."""
    moment = dt.datetime.fromisoformat(text.strip())
    if moment.tzinfo is not None:
        raise ValueError(f"{text[:40]!r} is a time of a time zone")
    return _moment_cell(moment)


def unescaped(text: str) -> str:
    """A text with the characters that XML cannot hold, which files write as _x000D_."""
    if "_x" not in text:
        return text
    # Characters beyond the first 65,536 are written as two.
    found = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _meant(number: float, text: str) -> Decimal:
    """The decimal number that a binary one stands for.

    Whole numbers keep every digit that the file has. Of others the shortest form is meant if it
    has few decimals; else what fifteen digits say, unless they say something else.
    """
    if number.is_integer():
        return Decimal(text) if abs(number) >= 10**MOST_DIGITS else Decimal(int(number))
    shortest = Decimal(repr(number))
    if _decimals(shortest) <= MOST_DECIMALS:
        return shortest
    rounded = Decimal(f"{number:.{MOST_DIGITS}g}")
    if abs(rounded - shortest) > MOST_DRIFT * Decimal(math.ulp(number)):
        return shortest
    return rounded


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _date_cell(serial: float, *, from_1904: bool) -> Cell:
    if serial < 0 or (not from_1904 and serial < FIRST_SERIAL):
        # A time of day in a format with a date, a total of hours, or no day at all.
        return Cell(CellKind.TIME, f"{serial:.15g} days") if serial >= 1 else _time_cell(serial)
    try:
        moment = (_DAY_0_OF_1904 if from_1904 else _DAY_0) + dt.timedelta(seconds=_seconds(serial))
    except OverflowError:
        return Cell(CellKind.ERROR, NO_DAY)
    return _moment_cell(moment)


def _moment_cell(moment: dt.datetime) -> Cell:
    if moment.time() == dt.time():
        return Cell(CellKind.DATE, moment.date().isoformat())
    return Cell(CellKind.DATE_TIME, moment.isoformat(sep=" "))


def _time_cell(serial: float) -> Cell:
    if serial < 0:
        return Cell(CellKind.ERROR, NO_DAY)
    minutes, seconds = divmod(_seconds(serial), 60)
    hours, minutes = divmod(minutes, 60)
    return Cell(CellKind.TIME, f"{hours:02}:{minutes:02}:{seconds:02}")


def _seconds(serial: float) -> int:
    """Days to whole seconds; a binary fraction of a day is seldom exact."""
    whole = Decimal(repr(serial)) * _DAY_S
    return int(whole.quantize(Decimal(1), ROUND_HALF_EVEN))

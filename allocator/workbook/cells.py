"""What one cell of a workbook is: its kind, and its value as text."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from allocator.faults import Phrase, phrase


class CellKind(StrEnum):
    """What stands in a cell, as the file says it; nothing is guessed from its text."""

    TEXT = "text"
    NUMBER = "number"
    PER_CENT = "per cent"
    DATE = "date"
    DATE_TIME = "date with a time of day"
    TIME = "time of day"
    FLAG = "yes or no"
    ERROR = "error"
    FORMULA = "formula"
    MERGED = "merged cell"


class Cell(NamedTuple):
    """A cell that is not empty.

    text: the value in one form for all files. A number has a decimal point and no other sign, a
    per cent is in hundredths (15 for 15 %), dates and times are ISO, a flag is 1 or 0; an error is
    its word, a formula without a result is the formula, a merged cell what its first one holds.
    shown: a number as its format shows it, None where that differs in more than zeros in front.
    """

    kind: CellKind
    text: str
    shown: str | None = None


# A number cell keeps fifteen digits; a program may have cut what was typed.
MOST_DIGITS = 15
AS_TEXT = phrase("files.FORMAT_AS_TEXT")
# Problem and remedy of what stands in a cell.
Refused: TypeAlias = tuple[Phrase, Phrase]

_KINDS = {
    CellKind.TEXT: phrase("files.A_TEXT"),
    CellKind.NUMBER: phrase("files.A_NUMBER"),
    CellKind.PER_CENT: phrase("files.A_PER_CENT"),
    CellKind.DATE: phrase("files.A_DATE"),
    CellKind.DATE_TIME: phrase("files.A_DATE_TIME"),
    CellKind.TIME: phrase("files.A_TIME"),
    CellKind.FLAG: phrase("files.A_FLAG"),
}

# Kinds that hold no value at all.
_BROKEN: dict[CellKind, Refused] = {
    CellKind.ERROR: (phrase("files.ERROR_OF_SHEET"), phrase("files.MEND_FORMULA")),
    CellKind.FORMULA: (
        phrase("files.FORMULA_NO_RESULT"),
        phrase("files.COMPUTE_AND_SAVE"),
    ),
    CellKind.MERGED: (
        phrase("files.MERGED"),
        phrase("files.UNMERGE"),
    ),
}
# 1.23457E+17, as a spreadsheet shows, and exports, a long number in a narrow column.
SHORTENED = r"^-?[0-9]([.,][0-9]+)?E[+][0-9]{2,3}$"
SHORTENED_FAULT = (
    phrase("files.SHORTENED"),
    phrase("files.FORMAT_AS_TEXT_THERE"),
)
# Excel's errors as exports write them, in English, German, French and Spanish, and what stands in a
# column too narrow for its numbers, which exports keep.
_ERROR_WORD = re.compile(
    r"#{3,}|#N/[AD]|#NV|#GETTING_DATA|#DIV/0!"
    r"|#[¡¿]?(REF|NULL|NUM|NAME|VALUE|SPILL|CALC|FIELD|BLOCKED|CONNECT|BUSY|UNKNOWN|WERT|BEZUG"
    r"|ZAHL|ÜBERLAUF|VALEUR|NOM|NOMBRE|NUL|VALOR|NULO)[!?]"
)


def is_error_word(text: str) -> bool:
    """Whether a text is what spreadsheets write where a formula failed."""
    return _ERROR_WORD.fullmatch(text) is not None


def no_code(text: str) -> Refused | None:
    """Problem and remedy of a text in a column of ids or codes that cannot be meant as one."""
    if is_error_word(text):
        return _BROKEN[CellKind.ERROR]
    return SHORTENED_FAULT if re.match(SHORTENED, text) else None


def refusal(kind: CellKind, wanted: Phrase) -> Refused:
    """Problem and remedy of a cell that is not what its column takes (`a number`, `a date`)."""
    known = _BROKEN.get(kind)
    if known is not None:
        return known
    problem = phrase("files.IS_KIND", kind=_KINDS[kind], wanted=wanted)
    return problem, phrase("files.TYPE_AND_FORMAT", wanted=wanted)


def code_of(cell: Cell) -> tuple[str, Refused | None]:
    """The text of a cell in a column of ids or codes, or the problem and remedy if it has none.

    A number counts as it is shown (00123), and only where the file keeps all of its digits.
    """
    if cell.kind is CellKind.TEXT:
        return cell.text, no_code(cell.text)
    if cell.kind is not CellKind.NUMBER:
        problem, remedy = refusal(cell.kind, phrase("files.A_TEXT"))
        return "", (problem, remedy if cell.kind in _BROKEN else AS_TEXT)
    if _is_cut(cell):
        return "", _CUT
    if cell.shown is None:
        return "", (phrase("files.SHOWS_ELSE"), AS_TEXT)
    return cell.shown, None


def text_of(cell: Cell) -> tuple[str, Refused | None]:
    """The text of a cell in a column of words, or the problem and remedy if it has none."""
    if cell.kind in _BROKEN:
        return "", _BROKEN[cell.kind]
    if cell.kind is CellKind.NUMBER and _is_cut(cell):
        return "", _CUT
    if cell.kind is CellKind.PER_CENT:
        return f"{cell.text}%", None
    if cell.kind is CellKind.FLAG:
        return ("TRUE" if cell.text == "1" else "FALSE"), None
    return cell.shown or cell.text, None


_CUT = (phrase("files.CUT", digits=MOST_DIGITS), AS_TEXT)


def _is_cut(cell: Cell) -> bool:
    return len(cell.text.lstrip("-").partition(".")[0]) > MOST_DIGITS

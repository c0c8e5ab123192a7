"""What one cell of a workbook is: its kind, and its value as text."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple


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
AS_TEXT = "Format the cells as text, and type the value again."

# Kinds that hold no value at all.
_BROKEN: dict[CellKind, tuple[str, str]] = {
    CellKind.ERROR: ("is an error of the spreadsheet.", "Mend the formula, or type the value."),
    CellKind.FORMULA: (
        "is a formula whose result is not in the file.",
        "Open the workbook in a spreadsheet program and save it, so that it is computed.",
    ),
    CellKind.MERGED: (
        "is merged with another cell, so that its own value is not known.",
        "Take the merging off, and fill in each cell.",
    ),
}
# 1.23457E+17, as a spreadsheet shows, and exports, a long number in a narrow column.
SHORTENED = r"^-?[0-9]([.,][0-9]+)?E[+][0-9]{2,3}$"
SHORTENED_FAULT = (
    "is a number that a spreadsheet has shortened.",
    "Format its column as text there, and type or export it again.",
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


def no_code(text: str) -> tuple[str, str] | None:
    """Problem and remedy of a text in a column of ids or codes that cannot be meant as one."""
    if is_error_word(text):
        return _BROKEN[CellKind.ERROR]
    return SHORTENED_FAULT if re.match(SHORTENED, text) else None


def refusal(kind: CellKind, wanted: str) -> tuple[str, str]:
    """Problem and remedy of a cell that is not what its column takes (`a number`, `a date`)."""
    article = "an" if kind is CellKind.ERROR else "a"
    other = f"is {article} {kind.value}, not {wanted}."
    return _BROKEN.get(kind, (other, f"Type {wanted}, and format the cell as one."))


def code_of(cell: Cell) -> tuple[str, str, str]:
    """The text of a cell in a column of ids or codes, with the problem and remedy if it has none.

    A number counts as it is shown (00123), and only where the file keeps all of its digits.
    """
    if cell.kind is CellKind.TEXT:
        return cell.text, *(no_code(cell.text) or ("", ""))
    if cell.kind is not CellKind.NUMBER:
        problem, remedy = refusal(cell.kind, "a text")
        return "", problem, remedy if cell.kind in _BROKEN else AS_TEXT
    if _is_cut(cell):
        return "", *_CUT
    if cell.shown is None:
        return "", "is a number whose format shows something else.", AS_TEXT
    return cell.shown, "", ""


def text_of(cell: Cell) -> tuple[str, str, str]:
    """The text of a cell in a column of words, with the problem and remedy if it has none."""
    if cell.kind in _BROKEN:
        return "", *_BROKEN[cell.kind]
    if cell.kind is CellKind.NUMBER and _is_cut(cell):
        return "", *_CUT
    if cell.kind is CellKind.PER_CENT:
        return f"{cell.text}%", "", ""
    if cell.kind is CellKind.FLAG:
        return ("TRUE" if cell.text == "1" else "FALSE"), "", ""
    return cell.shown or cell.text, "", ""


_CUT = (f"is a number of more than {MOST_DIGITS} digits; a spreadsheet keeps no more.", AS_TEXT)


def _is_cut(cell: Cell) -> bool:
    return len(cell.text.lstrip("-").partition(".")[0]) > MOST_DIGITS

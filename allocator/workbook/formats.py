"""Number formats of workbooks: what a number is shown as (ECMA-376 part 1, 18.8.30)."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple


class Shape(Enum):
    """What a number format makes of a number."""

    NUMBER = "number"
    PER_CENT = "per cent"
    DATE = "date"
    TIME = "time"


class NumberFormat(NamedTuple):
    """A number format, as far as it decides what a cell means.

    digits: the format of whole numbers as literal texts around zeros (`00000`, `"K-"000`), plain
    where it shows the number as it is, None where it shows anything else.
    """

    shape: Shape
    digits: str | None
    literals: tuple[tuple[int, str], ...] = ()

    def shown(self, text: str) -> str | None:
        """A number, given as text, as the format shows it; None where it shows something else."""
        if self.digits is None:
            return None
        if self.digits == PLAIN:
            return text
        if not text.isdigit() or (self.digits == GROUPED and len(text) > 3):
            return None
        if self.digits == GROUPED:
            return text
        filled, shown, done = text.zfill(len(self.digits)), "", 0
        # Literals stand between the zeros, counted from the right; more digits go to the front.
        for zeros_after, literal in self.literals:
            at = len(filled) - zeros_after if zeros_after < len(self.digits) else 0
            shown += filled[done:at] + literal
            done = at
        return shown + filled[done:]


PLAIN, GROUPED = "General", "#,##0"
GENERAL = NumberFormat(Shape.NUMBER, PLAIN)

# The formats that files name by number only; those of 27 to 36 and 50 to 58 are East Asian dates.
_BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    12: "# ?/?", 13: "# ??/??", 14: "m/d/yyyy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy",
    18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yyyy h:mm",
    37: "#,##0_)", 38: "#,##0_)", 39: "#,##0.00_)", 40: "#,##0.00_)", 45: "mm:ss", 46: "[h]:mm:ss",
    47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
}  # fmt: skip
_BUILT_IN |= dict.fromkeys((*range(27, 32), 36, *range(50, 55), 57, 58), "yyyy-m-d")
_BUILT_IN |= dict.fromkeys((32, 33, 34, 35, 55, 56), "h:mm")

_TOKEN = re.compile(
    r'"([^"]*)"?|\\(.)|[_*].|\[([^\]]*)\]|(general)|(am/pm|a/p)|(e[+-])|(.)',
    re.IGNORECASE | re.DOTALL,
)


def built_in(number: int) -> NumberFormat:
    """A format that a file names by its number."""
    return parsed(_BUILT_IN.get(number, PLAIN))


def parsed(code: str) -> NumberFormat:
    """A format by its code; the section for positive numbers decides."""
    words, quoted, elapsed = _tokens(code)
    letters = {word for word in words if len(word) == 1}
    clock = bool(letters & set("hs")) or "am/pm" in words or elapsed
    if letters & set("dyebg") or ("m" in letters and not clock):
        return NumberFormat(Shape.DATE, None)
    if clock:
        return NumberFormat(Shape.TIME, None)
    if "%" in letters:
        return NumberFormat(Shape.PER_CENT, None)
    return NumberFormat(Shape.NUMBER, *_digits(words, quoted))


def _tokens(code: str) -> tuple[list[str], list[tuple[int, str]], bool]:
    """The signs of the first section in small letters, literals with the place they stand at, and
    whether it shows elapsed time."""
    words: list[str] = []
    literals: list[tuple[int, str]] = []
    elapsed = False
    for quoted, escaped, bracket, general, clock, power, sign in _TOKEN.findall(code):
        if sign == ";":
            break
        if quoted or escaped:
            literals.append((len(words), quoted or escaped))
        elif bracket:
            elapsed |= re.fullmatch("h+|m+|s+", bracket, re.IGNORECASE) is not None
            # [$EUR-407] shows a sign of a currency; colours, conditions and locales show nothing.
            if bracket.startswith("$") and bracket[1:].partition("-")[0]:
                literals.append((len(words), bracket[1:].partition("-")[0]))
        elif general or clock or power:
            words.append((general or ("am/pm" if clock else power)).casefold())
        elif sign:
            words.append(sign.casefold())
    return words, literals, elapsed


def _digits(
    words: list[str], quoted: list[tuple[int, str]]
) -> tuple[str | None, tuple[tuple[int, str], ...]]:
    """How whole numbers are shown: a run of zeros, and the literals by the zeros after them."""
    code = "".join(words)
    if not quoted and code in ("general", "@", "0", "#", "#0", "##0"):
        return PLAIN if code in ("general", "@") else "0", ()
    if not quoted and code == GROUPED:
        return GROUPED, ()
    if not all(word == "0" or word in "-/:() " for word in words) or "0" not in words:
        return None, ()
    literals = list(quoted) + [(at, word) for at, word in enumerate(words) if word != "0"]
    zeros = words.count("0")
    found = (
        (sum(word == "0" for word in words[at:]), literal)
        for at, literal in sorted(literals, key=lambda one: one[0])
    )
    return "0" * zeros, tuple(found)

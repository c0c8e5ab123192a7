"""Numbers of documents: of an order, receipt, slip, shipment, and the customer's own (O1, A2, F1).

People type and paste them, so one number comes in many spellings. It is kept as it was written, but
without what nobody sees: no spaces around it and single ones within, no invisible characters
(zero width, control, direction), and in the normal form NFKC, so that full-width signs are plain
ones. Two numbers that differ by case alone are the same number.
"""

import re
import unicodedata

from domain.limits import CODE
from domain.messages import msg
from domain.objections import Objection, refuse

_SPACES = re.compile(
    r"[\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
)
# Control characters that are no space, and what Unicode lets programs leave out when they draw.
_UNSEEN = re.compile(
    r"[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4"
    r"\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff"
    r"\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]+"
)
# Letters with case of the scripts in which numbers are written: Latin, Greek, Cyrillic, Armenian.
# One letter for one, as the database's `document_key` has it too.
_FOLDED = {
    code: chr(code).casefold()
    for code in (*range(0x0041, 0x005B), *range(0x00C0, 0x0590), *range(0x1E00, 0x1F00))
    if len(chr(code).casefold()) == 1 and chr(code).casefold() != chr(code)
}


def cleaned(number: str) -> str:
    """A number as it is kept: what is not seen is gone, the rest is as written."""
    seen = unicodedata.normalize("NFKC", _UNSEEN.sub("", number))
    return _SPACES.sub(" ", seen).strip(" ")


def document_key(number: str) -> str:
    """What all spellings of a number have in common (`document_key` in SQL)."""
    return cleaned(number).translate(_FOLDED)


def object_to_number(number: str, longest: int = CODE) -> Objection | None:
    """A number says something, in this many characters at most."""
    kept = cleaned(number)
    if not kept:
        return Objection(msg("values.BLANK"), msg("values.GIVE_NUMBER_OF_DOCUMENT"))
    if len(kept) > longest:
        return Objection(
            msg("values.TOO_MANY_CHARACTERS", characters=len(kept)),
            msg("values.SHORTEN_TO", longest=longest),
        )
    return None


def document_number(number: str, field: str, longest: int = CODE) -> str:
    """A number as it is kept. Raises InvalidInput for one that is blank or too long."""
    refuse(msg("values.THE_NUMBER"), object_to_number(number, longest), field)
    return cleaned(number)


def optional_number(number: str | None, field: str, longest: int = CODE) -> str | None:
    """The same for a number that need not be given; a blank one is none."""
    return document_number(number, field, longest) if number and cleaned(number) else None

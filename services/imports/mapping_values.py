"""The parts of a mapping file that say how values are written, and what all parts share."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from typing import Any

from domain.messages import Message, literal, msg
from services.imports.conversions import FRACTION, POINTS, Conversion
from services.imports.faults import Fault, did_you_mean
from services.imports.reading import Reading

CONVERSION = (
    "date", "decimal", "thousands", "values", "otherwise", "default", "round", "per_cent",
)  # fmt: skip
READING = ("encoding", "delimiter", "date", "decimal", "thousands")
# Python knows more encodings than files have; these are of other uses.
_NO_ENCODINGS = ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7")
_NO_DELIMITER = '"\r\n\0'
# What a date may be read by: a day of a year, perhaps with a time. A zone would move the day.
_DATE_SIGNS = re.compile(r"%[-_0]?[aAbBdDeFfhHIjklmMpPRSTyY%]")
MOST_ROUNDING = 6


class ValueReader:
    """Reads values out of the TOML tree, and collects what is wrong with them."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.faults: list[Fault] = []

    def _fault(self, key: str, value: object, problem: Message, remedy: Message) -> None:
        shown = None if value is None else str(value)
        self.faults.append(Fault(self.label, None, key, shown, problem, remedy))

    def _keys(self, data: dict[str, Any], where: str, known: Iterable[str]) -> dict[str, Any]:
        names = tuple(known)
        for key in data:
            if key not in names:
                place = f"{where}.{key}" if where else key
                remedy = did_you_mean(key, names) or msg("imports.KNOWN_HERE", names=names)
                self._fault(place, None, msg("imports.NO_KEY"), remedy)
        return data

    def _table(self, data: dict[str, Any], key: str, where: str) -> dict[str, Any]:
        found = data.get(key, {})
        if isinstance(found, dict):
            return found
        place = f"{where}.{key}" if where else key
        self._fault(
            place, found, msg("imports.MUST_BE_TABLE"), msg("imports.WRITE_PLACE", place=place)
        )
        return {}

    def _tables(self, data: dict[str, Any], key: str) -> dict[str, dict[str, Any]]:
        found = self._table(data, key, "")
        return {name: self._table(found, name, key) for name in found}

    def _text(self, data: dict[str, Any], key: str, where: str) -> str | None:
        found = data.get(key)
        if found is None or isinstance(found, str):
            return found
        place = f"{where}.{key}" if where else key
        self._fault(place, found, msg("imports.MUST_BE_TEXT"), msg("imports.IN_QUOTES"))
        return None

    def _reading(self, data: dict[str, Any], where: str, usual: Reading) -> Reading:
        """How files are written, where that is not as usual."""
        decimal, thousands = self._signs(data, where, usual.decimal, usual.thousands)
        return Reading(
            encoding=self._encoding(data, where, usual.encoding),
            delimiter=self._delimiter(data, where, usual.delimiter),
            date=self._dates(data, where, usual.date),
            decimal=decimal,
            thousands=thousands,
        )

    def _encoding(self, data: dict[str, Any], where: str, usual: str) -> str:
        name = self._text(data, "encoding", where)
        if name is None:
            return usual
        try:
            # Encodings have many spellings: utf8, UTF_8, U8.
            known = codecs.lookup(name).name
            "".encode(known)
            if known.replace("_", "-") not in _NO_ENCODINGS:
                return known.removesuffix("-sig")
        except (LookupError, ValueError):
            pass
        self._fault(
            f"{where}.encoding",
            name,
            msg("imports.NO_ENCODING"),
            did_you_mean(name, ("utf-8", "utf-16", "gb18030", "big5", "cp1252"))
            or msg("imports.SOME_ENCODINGS"),
        )
        return usual

    def _delimiter(self, data: dict[str, Any], where: str, usual: str) -> str:
        sign = self._text(data, "delimiter", where)
        if sign is None:
            return usual
        if len(sign) != 1 or sign in _NO_DELIMITER or sign.isalnum():
            problem = msg("imports.NO_SEPARATOR")
            self._fault(f"{where}.delimiter", sign, problem, msg("imports.WRITE_SEPARATOR"))
            return usual
        return sign

    def _signs(
        self, data: dict[str, Any], where: str, decimal: str | None, thousands: str
    ) -> tuple[str | None, str]:
        """The signs in numbers, the usual ones where no others are named.

        One sign each, of which no number is made, and not the same for both.
        """
        own: dict[str, str | None] = {}
        for key in ("decimal", "thousands"):
            sign = self._text(data, key, where)
            if sign and (len(sign) != 1 or sign.isalnum() or sign in "+-%"):
                problem = msg("imports.NO_SIGN_IN_NUMBER")
                self._fault(f"{where}.{key}", sign, problem, msg("imports.WRITE_SIGN"))
                sign = None
            own[key] = sign
        decimal = own["decimal"] or decimal
        named = own["thousands"]
        if named is None:
            # Who turns the decimal sign round does not mean the usual one for thousands.
            return decimal, "" if thousands == (decimal or ".") else thousands
        if named == (decimal or "."):
            problem = msg("imports.DECIMAL_AS_WELL")
            remedy = msg("imports.WRITE_BOTH")
            self._fault(f"{where}.thousands", named, problem, remedy)
        return decimal, named

    def _dates(self, data: dict[str, Any], where: str, usual: tuple[str, ...]) -> tuple[str, ...]:
        date = data.get("date", list(usual))
        formats = [date] if isinstance(date, str) else date
        if not isinstance(formats, list) or not all(isinstance(f, str) for f in formats):
            self._fault(f"{where}.date", date, msg("imports.FORMAT_OR_LIST"), literal('"%d.%m.%Y"'))
            return usual
        for pattern in formats:
            if "%" in _DATE_SIGNS.sub("", pattern) or not _names_a_day(pattern):
                self._fault(
                    f"{where}.date",
                    pattern,
                    msg("imports.NO_DAY_FORMAT"),
                    msg("imports.WRITE_DAY_FORMAT"),
                )
                return usual
        return tuple(formats)

    def _conversion(self, data: dict[str, Any], where: str, common: Conversion) -> Conversion:
        values = self._table(data, "values", where)
        for word, meaning in values.items():
            if not isinstance(meaning, str):
                self._fault(
                    f"{where}.values.{word}",
                    meaning,
                    msg("imports.MUST_BE_TEXT"),
                    msg("imports.USE_QUOTES"),
                )
        decimal, thousands = self._signs(data, where, common.decimal, common.thousands)
        return Conversion(
            date=self._dates(data, where, common.date),
            decimal=decimal,
            thousands=thousands,
            values={word: str(meaning) for word, meaning in values.items()},
            otherwise=self._text(data, "otherwise", where),
            default=self._text(data, "default", where),
            per_cent=self._per_cent(data, where),
            round_to=self._rounding(data, where),
        )

    def _per_cent(self, data: dict[str, Any], where: str) -> str | None:
        mode = self._text(data, "per_cent", where)
        if mode not in (None, POINTS, FRACTION):
            remedy = msg("imports.PER_CENT_MAKES", points=POINTS, fraction=FRACTION)
            self._fault(f"{where}.per_cent", mode, msg("imports.NO_PER_CENT"), remedy)
            return None
        return mode

    def _rounding(self, data: dict[str, Any], where: str) -> int | None:
        places = data.get("round")
        if places is None:
            return None
        if (
            isinstance(places, bool)
            or not isinstance(places, int)
            or not (0 <= places <= MOST_ROUNDING)
        ):
            remedy = msg("imports.WRITE_0_TO", most=MOST_ROUNDING)
            self._fault(f"{where}.round", places, msg("imports.NO_DECIMALS"), remedy)
            return None
        return places


def conversion_of(reading: Reading) -> Conversion:
    """How the values of files are written that are read so."""
    return Conversion(reading.date, reading.decimal, reading.thousands)


def _names_a_day(pattern: str) -> bool:
    """Whether a format names year, month and day."""
    letters = set(re.findall(r"%[-_0]?([A-Za-z])", pattern.replace("%%", "")))
    year, month = letters & set("YyFD"), letters & set("mbBhFDj")
    return bool(year and month and letters & set("deFDj"))

"""Which tables a mapping's SQL reads, without taking a word in quotes for one."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?\*/           # comments
    |'(?:[^']|'')*'                   # a text
    |"(?P<double>(?:[^"]|"")*)"|`(?P<back>[^`]*)`
    |(?P<word>\w+)|(?P<sign>[^\w\s])""",
    re.VERBOSE | re.DOTALL,
)
# Words that end the list of tables behind FROM.
_ENDS = frozenset(
    (
        "where", "group", "having", "order", "limit", "offset", "fetch", "union", "except",
        "intersect", "select", "on", "using", "window", "qualify",
    )
)  # fmt: skip


def tables_read(sql: str) -> set[str]:
    """The names that stand where SQL takes a table: behind FROM and JOIN."""
    found: set[str] = set()
    # One list of tables per open bracket, since queries stand within queries.
    reading = [False]
    expected = False
    for name, quoted, sign in _tokens(sql):
        word = "" if quoted else name.casefold()
        if sign == "(":
            reading.append(reading[-1])
            continue
        if sign == ")":
            if len(reading) > 1:
                reading.pop()
            expected = False
        elif sign == ",":
            expected = reading[-1]
        elif word in ("from", "join"):
            reading[-1] = expected = True
        elif word in _ENDS:
            # An ON or USING may be followed by another JOIN, which begins the list again.
            reading[-1] = expected = False
        elif name and expected:
            found.add(name)
            expected = False
    return found


def words_of(sql: str) -> set[str]:
    """Every name in SQL, be it of a table, a column or a function."""
    return {name for name, _, _ in _tokens(sql) if name}


def reads_files(sql: str) -> bool:
    """Whether SQL calls a function of Polars that opens a file by itself."""
    before = ""
    for name, _, sign in _tokens(sql):
        if sign == "(" and re.match(r"(read|scan)_", before, re.IGNORECASE):
            return True
        before = name
    return False


def _tokens(sql: str) -> Iterator[tuple[str, bool, str]]:
    """Names with whether they are quoted, and signs; texts and comments are passed over."""
    for match in _TOKEN.finditer(sql):
        double, back = match["double"], match["back"]
        if double is not None:
            yield double.replace('""', '"'), True, ""
        elif back is not None:
            yield back, True, ""
        elif match["word"]:
            yield match["word"], False, ""
        elif match["sign"]:
            yield "", False, match["sign"]

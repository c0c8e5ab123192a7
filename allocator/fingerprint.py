"""What a fingerprint is made of: the order of a table's rows, and sha256 of them in that order.

Both depend on the content alone. Equal content may come in any order, with its texts numbered
already or not: it has the same order of rows, and the same bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from allocator.columns import known_or
from allocator.sorting import ROWS_AT_ONCE, Numbers, is_ascending, sort_by_codes

# Pairs of numbers are placed, not sorted, where there are at most this many places per row.
PLACES_PER_ROW = 8


@dataclass(frozen=True)
class Coded:
    """A column of texts as numbers: row i holds `texts[codes[i]]`.

    texts: those that occur are distinct; others may be among them.
    """

    codes: NDArray[np.signedinteger[Any]]
    texts: pl.Series


Pair = tuple[Coded, Coded]


@dataclass(frozen=True)
class RowOrder:
    """The order of a table's rows by all columns from left to right.

    rows: None where they stand in it. by_key: whether no key repeats, or is empty; the order is
    then that of the keys. A key is the first column's text or, of some tables, the first two's.
    """

    rows: NDArray[np.int32] | None
    by_key: bool


def order_of_rows(frame: pl.DataFrame, pair: Pair | None, *, by_pair: bool) -> RowOrder:
    """The order of a table's rows. by_pair: a key is of two columns; pair: these as numbers, sorted
    by their texts, None where one has an empty cell."""
    first = frame.get_columns()[0]
    if pair is not None:
        # Two texts of few values each: their places are sorted, quicker than the texts.
        rows, repeats = order_of_codes(pair[0].codes, pair[1].codes)
        if not repeats:
            return RowOrder(rows, by_key=True)
    elif not by_pair and not first.null_count():
        # A file that is sorted by a unique key, as most are, needs no sort.
        if is_ascending(first):
            return RowOrder(None, by_key=True)
        rows = first.arg_sort().to_numpy().astype(np.int32)
        if is_ascending(first.gather(rows)):
            return RowOrder(rows, by_key=True)
    # Where keys repeat or are empty, further columns count.
    order = frame.select(pl.arg_sort_by(frame.columns)).to_series().to_numpy()
    return RowOrder(order.astype(np.int32), by_key=False)


def order_of_codes(high: Numbers, low: Numbers) -> tuple[NDArray[np.int32] | None, bool]:
    """The order of pairs of numbers (None as they stand), and whether a pair repeats."""
    n, width = len(high), int(low.max(initial=0)) + 1
    size = (int(high.max(initial=0)) + 1) * width
    if size > PLACES_PER_ROW * n:
        key = high.astype(np.int64) * width + low
        order, begins = sort_by_codes([key])
        return order.astype(np.int32), not begins[1:].all()
    # Few enough to give each pair there could be a place of its own, far quicker than sorting.
    taken_by, ascending, last = np.zeros(size, dtype=np.int32), True, -1
    for at in range(0, n, ROWS_AT_ONCE):
        key = high[at : at + ROWS_AT_ONCE].astype(np.int64) * width
        key += low[at : at + ROWS_AT_ONCE]
        ascending = ascending and int(key[0]) > last and is_ascending(key)
        last = int(key[-1])
        taken_by[key] = np.arange(at + 1, at + 1 + len(key), dtype=np.int32)
    if ascending:
        return None, False
    rows, count = np.empty(n, dtype=np.int32), 0
    for at in range(0, size, ROWS_AT_ONCE):
        places = taken_by[at : at + ROWS_AT_ONCE]
        found = places[np.flatnonzero(places != 0)]
        rows[count : count + len(found)] = found
        count += len(found)
    rows -= 1
    return rows, count < n


def code_texts(texts: pl.Series) -> Coded:
    """A column without empty cells as numbers."""
    distinct = texts.unique().sort()
    codes = texts.cast(pl.Enum(distinct)).to_physical().cast(pl.Int32)
    return Coded(codes.to_numpy(), distinct)


def sort_texts(coded: Coded) -> Coded:
    """The same, with only the texts that occur, sorted by code point."""
    occurs = np.zeros(len(coded.texts), dtype=np.bool_)
    occurs[coded.codes] = True
    if occurs.all() and is_ascending(coded.texts):
        return coded
    rows = coded.texts.arg_sort().to_numpy()
    rows = rows[occurs[rows]]
    place = np.zeros(len(coded.texts), dtype=coded.codes.dtype)
    place[rows] = np.arange(len(rows), dtype=place.dtype)
    return Coded(place[coded.codes], coded.texts.gather(rows))


def digest_of(frame: pl.DataFrame, order: RowOrder, pair: Pair | None) -> bytes:
    """sha256 of a table's columns, one after the other, in this order of the rows.

    Each column says how it goes on and how much there is, so that different content never gives
    the same bytes; and the content alone says how, whatever it was held in.
    """
    # Widened once for all columns.
    rows = None if order.rows is None else order.rows.astype(np.intp)
    digest = hashlib.sha256(frame.height.to_bytes(8, "little"))
    for at, column in enumerate(frame.get_columns()):
        if pair is not None and at < len(pair):
            # Few texts, each many times: the texts, then where each stands.
            texts = pair[at].texts
            digest.update(b"distinct" + len(texts).to_bytes(8, "little"))
            _add_texts(digest, texts)
            _add_numbers(digest, pair[at].codes, rows)
            continue
        if column.null_count():
            empty = column.is_null().to_numpy()
            digest.update(b"some" + np.packbits(empty if rows is None else empty[rows]).tobytes())
        else:
            digest.update(b"all")
        if column.dtype == pl.String:
            texts = column.fill_null("") if column.null_count() else column
            _add_texts(digest, texts if rows is None else texts.gather(rows))
        else:
            _add_numbers(digest, known_or(column, 0), rows)
    return digest.digest()


def _add_texts(digest: hashlib._Hash, texts: pl.Series) -> None:
    """How long the texts are, and all of them as UTF-8."""
    _add_numbers(digest, texts.str.len_bytes().to_numpy(), None)
    for at in range(0, texts.len(), ROWS_AT_ONCE):
        digest.update(texts[at : at + ROWS_AT_ONCE].str.join("").item().encode())


def _add_numbers(digest: hashlib._Hash, values: Numbers, rows: NDArray[np.intp] | None) -> None:
    """The numbers, as narrow as the least and the greatest allow; if all are equal, the one."""
    least, most = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    for bound in (least, most):
        digest.update(bound.to_bytes(8, "little", signed=True))
    if least == most:
        return
    kind = next((one for one in ("<u1", "<u2", "<u4") if most < 256 ** int(one[2])), "<i8")
    narrow = values.astype(kind if least >= 0 else "<i8", copy=False)
    digest.update((narrow if rows is None else narrow[rows]).data)

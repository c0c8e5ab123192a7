"""Sorting rows by small whole numbers: by radix, far quicker than comparing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.integer[Any]]

# This many rows are worked on at a time: enough to be quick, little beside a table.
ROWS_AT_ONCE = 1 << 16


def sort_by_codes(
    codes: Sequence[Numbers], rows: Numbers | None = None
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The order of these rows by several small numbers, the first the most significant, equals as
    they stand; and which of the rows so ordered differ in a number from the one before.

    rows: rows of the codes, which need not be all; None = all. The order is one of places in
    `rows`. The numbers are joined into one while that fits into 62 bits, and sorted 16 bits at a
    time.
    """
    keys: list[Numbers] = [_narrow(key) for key in _joined(codes)]
    if rows is not None:
        keys = [key[rows] for key in keys]
    order = None
    for key in reversed(keys):
        high = int(key.max(initial=0))
        for shift in range(0, max(high.bit_length(), 1), 16):
            digit = (key >> shift if shift else key).astype(np.uint16, copy=False)
            if order is None:
                order = np.argsort(digit, kind="stable")
            else:
                order = order[np.argsort(digit[order], kind="stable")]
    assert order is not None  # noqa: S101 - there is a code
    begins = np.zeros(len(order), dtype=np.bool_)
    for key in keys:
        in_order = key[order]
        begins[1:] |= in_order[1:] != in_order[:-1]
    return order, begins


def _joined(codes: Sequence[Numbers]) -> list[NDArray[np.signedinteger[Any]]]:
    """The numbers as few numbers that sort alike, 32 bits wide where that is enough."""
    keys: list[NDArray[np.signedinteger[Any]]] = []
    size = 2**63
    for code in codes:
        n = int(code.max()) + 1 if len(code) else 1
        if size * n < 2**62:
            size *= n
            if size >= 2**31:
                keys[-1] = keys[-1].astype(np.int64, copy=False)
            keys[-1] *= n
            # The sum fits, whatever the width in which the number came.
            np.add(keys[-1], code, out=keys[-1], casting="unsafe")
        else:
            size = n
            keys.append(code.astype(np.int32 if n < 2**31 else np.int64))
    return keys


def _narrow(key: Numbers) -> Numbers:
    return key.astype(np.uint16) if int(key.max(initial=0)) < 2**16 else key


def is_ascending(values: Any) -> bool:
    """Whether each value is above the one before it: the values are sorted, and distinct."""
    return bool((values[1:] > values[:-1]).all())

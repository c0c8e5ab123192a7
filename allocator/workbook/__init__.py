"""Workbooks (.xlsx), cell by cell, without forgetting what a cell is.

docs/decisions/0018-a-cell-keeps-its-kind.md says why the XML is read here.
"""

from allocator.workbook.cells import (
    SHORTENED,
    SHORTENED_FAULT,
    Cell,
    CellKind,
    Refused,
    code_of,
    is_error_word,
    no_code,
    refusal,
    text_of,
)

__all__ = [
    "SHORTENED",
    "SHORTENED_FAULT",
    "Cell",
    "CellKind",
    "Refused",
    "code_of",
    "is_error_word",
    "no_code",
    "refusal",
    "text_of",
]

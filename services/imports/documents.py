"""Numbers of documents in an import: one document however a file spells it (`domain.documents`)."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from domain.documents import cleaned, document_key, object_to_number
from services.imports.drafts import Draft
from services.imports.faults import Fault
from services.imports.judging import judged

# Columns that hold numbers of one kind of document, the first being where the document itself is.
DOCUMENTS: tuple[tuple[tuple[str, str], ...], ...] = (
    (
        ("orders", "order_id"),
        ("order_lines", "order_id"),
        ("milestones", "order_id"),
        ("shipments", "order_id"),
    ),
    (("shipments", "shipment_id"),),
    (("arrivals", "receipt_id"),),
    (("orders", "customer_po"),),
    (("shipments", "tracking_number"),),
)


def spell_alike(frames: dict[str, pl.DataFrame], drafts: Mapping[str, Draft]) -> list[Fault]:
    """Bring all spellings of a number to the one in which the document itself stands first.

    Changes the frames; the faults are of numbers in which nothing can be seen.
    """
    faults: list[Fault] = []
    for places in DOCUMENTS:
        spelled: dict[str, str] = {}
        for table, column in places:
            if table not in drafts:
                continue
            frame = frames[table]
            faults += judged(frame, drafts, table, column, object_to_number)
            words = {}
            for number in dict.fromkeys(frame[column].to_list()):
                if number is None:
                    continue
                kept = cleaned(number)
                words[number] = spelled.setdefault(document_key(kept), kept) or None
            changed = {number: kept for number, kept in words.items() if number != kept}
            if changed:
                # Rows that merely repeat the right spelling are by far the most.
                corrected = pl.col(column).replace(list(changed), list(changed.values()))
                frames[table] = frame.with_columns(corrected)
    return faults

"""One document has one number, however it is spelled (O1, A2, F1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.documents import (
    cleaned,
    document_key,
    document_number,
    object_to_number,
    optional_number,
)
from domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("GR-TS ", "GR-TS"),
        ("\tGR-TS\n", "GR-TS"),
        ("\u3000GR-TS\u00a0", "GR-TS"),
        ("\ufeffGR\u200b-TS\u200e", "GR-TS"),
        ("\u202eGR-TS\u202c", "GR-TS"),
        ("GR\u00ad-TS\x07", "GR-TS"),
        ("ＧＲ－１２", "GR-12"),
        ("PO  7 \u200b b", "PO 7 b"),
        ("gr-Ts", "gr-Ts"),
        ("订单１号", "订单1号"),
    ],
)
def test_a_number_is_kept_without_what_nobody_sees(typed: str, kept: str) -> None:
    """F1 A2: spaces around it, invisible signs and full-width forms go; its case stays."""
    assert cleaned(typed) == kept
    assert document_number(typed, "receiptNumber") == kept


@pytest.mark.parametrize("other", ["GR-TS", "gr-ts", " Gr-Ts\u200b", "ＧＲ-ＴＳ"])
def test_spellings_of_a_number_have_one_key(other: str) -> None:
    assert document_key(other) == "gr-ts"


def test_other_numbers_have_other_keys() -> None:
    """A hyphen, an inner space or a letter more is another number."""
    assert len({document_key(each) for each in ("GR-TS", "GRTS", "GR TS", "GR-TS1", "GR–TS")}) == 5
    assert document_key("ÄÉЖΩ") == document_key("äéжω")


@given(st.text(max_size=30))
def test_cleaning_twice_is_cleaning_once(typed: str) -> None:
    once = cleaned(typed)
    assert cleaned(once) == once
    assert document_key(once) == document_key(typed)


def test_a_blank_or_long_number_is_refused() -> None:
    """O1: with its remedy; where a number need not be given, a blank one is none."""
    assert object_to_number("x" * 64 + "  ") is None
    for typed, message in (
        (" \u200b ", "The number is blank. Give the document's number."),
        ("x" * 65, "The number has 65 characters. Shorten it to 64."),
    ):
        with pytest.raises(InvalidInput) as refused:
            document_number(typed, "slip")
        assert (str(refused.value), refused.value.field) == (message, "slip")
    assert optional_number("  ", "customerPo") is None
    assert optional_number(" A 1 ", "customerPo") == "A 1"

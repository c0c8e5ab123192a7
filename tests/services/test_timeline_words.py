"""Every code and name that a timeline can show has its words in English and Chinese (O15, M7)."""

import pytest

from domain.messages import msg
from domain.orders.commands import TRANSITIONS
from services.timeline.words import LABELS, label_of, text_of, tracking_title


def test_each_fact_and_detail_has_a_label() -> None:
    """O15: what an act changes is named in both languages, and so is each detail it shows."""
    names = {
        each.name
        for row in TRANSITIONS.values()
        for each in (*(row.customers_see or ()), *row.staff_see)
    }
    assert names <= set(LABELS)
    assert all(en and zh and en != zh for en, zh in LABELS.values())


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("status", "CONFIRMED", ("Confirmed", "已确认")),
        ("ownerRole", "SALES", ("Sales", "销售员")),
        (
            "defects",
            "SIGNATURE, STAMP",
            ("Signature is missing, Stamp is missing", "缺签名、缺盖章"),
        ),
        ("irregularities", '["CUSTOM_DESIGN"]', ("Custom design", "需重新设计")),
        ("agreed", "true", ("Yes", "是")),
        (
            "reason",
            msg("milestones.STEP_CLOSED", number=3).kept,
            ("step 3 was closed", "第3步已关闭"),
        ),
        # A person's words, whatever they are like.
        ("reason", "step 3 was closed", ("step 3 was closed", "step 3 was closed")),
        (
            "reason",
            "PACKAGING_PROOF_SENT, transit_days",
            ("Packaging proof sent, Days in transit", "包装样发出、运输天数"),
        ),
        # What people wrote is shown as they wrote it, whatever it looks like.
        ("reason", "the mill is closed", ("the mill is closed", "the mill is closed")),
        ("text", "[two shirts, torn", ("[two shirts, torn", "[two shirts, torn")),
        ("status", "", ("", "")),
    ],
)
def test_a_value_is_shown_in_words(name: str, value: str, words: tuple[str, str]) -> None:
    """O15: codes, lists of codes and the reasons that our rules write."""
    assert text_of(name, value) == words


def test_a_carrier_s_code_is_shown_in_our_words_where_we_have_them() -> None:
    """O15: an unknown code in the carrier's own words, else spelt out."""
    assert tracking_title("OUT_FOR_DELIVERY", "van 7") == ("Out for delivery", "派送中")
    assert tracking_title("X17", "at the ferry") == ("at the ferry", "at the ferry")
    assert tracking_title("HELD_AT_SEA", None) == ("Held at sea", "Held at sea")
    assert label_of("harbourMaster") == ("Harbour master", "Harbour master")

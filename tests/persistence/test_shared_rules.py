"""Rules that the database shares with the code say the same in both."""

from decimal import Decimal

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.currencies import CURRENCIES, minor_units
from domain.documents import document_key
from domain.money import object_to_amount, rounded
from tests.conftest import TestDatabase
from tests.extent import extent

AMOUNTS = st.decimals(-10_000, 10_000, places=6, allow_nan=False)
# The database's normal forms and ours are of different editions of Unicode: letters that both know.
TYPED = st.text(
    st.characters(min_codepoint=1, max_codepoint=0xFFFF, exclude_categories=("Cs", "Cn", "Co")),
    max_size=20,
)
MANY = settings(
    max_examples=extent(10, 100),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def test_currencies_have_the_same_decimals(database: TestDatabase) -> None:
    """F6: also a code that is none."""
    codes = [*sorted(CURRENCIES), "ABC"]
    with psycopg.connect(**database.application.for_libpq()) as connection:
        rows = connection.execute(
            "SELECT code, minor_unit_digits(code) FROM unnest(%s::text[]) AS code", (codes,)
        ).fetchall()
    assert dict(rows) == {code: minor_units(code) for code in codes}


@MANY
@given(st.lists(AMOUNTS, min_size=40, max_size=40))
def test_amounts_are_rounded_the_same(database: TestDatabase, amounts: list[Decimal]) -> None:
    """F6: half-even, with the same decimals; and found too fine alike."""
    halves = [each.quantize(Decimal(1)) + Decimal("0.5") for each in amounts]
    asked = [(each, code) for each in amounts + halves for code in ("JPY", "CNY", "KWD")]
    with psycopg.connect(**database.application.for_libpq()) as connection:
        rows = connection.execute(
            "SELECT rounded_amount(amount, code)::text, amount_fits(amount, code)"
            " FROM unnest(%s::numeric[], %s::text[]) WITH ORDINALITY AS t (amount, code, place)"
            " ORDER BY place",
            ([each for each, _ in asked], [code for _, code in asked]),
        ).fetchall()
    assert [(Decimal(text), fits) for text, fits in rows] == [
        (rounded(each, code), object_to_amount(each, code) is None) for each, code in asked
    ]
    assert [text for text, _ in rows if Decimal(text)] == [
        str(rounded(each, code)) for each, code in asked if rounded(each, code)
    ]


@MANY
@given(st.lists(TYPED, min_size=50, max_size=50))
def test_numbers_of_documents_have_the_same_key(database: TestDatabase, numbers: list[str]) -> None:
    """F1 O1 A2: whatever is typed."""
    known = [
        "GR-TS ",
        "\ufeffgr\u200b-ts",
        "ＧＲ－１２",
        "ÄÉЖΩ",
        "ﬁ  x\u3000",
        "İıſ",
        "\u0085\u2028",
    ]
    asked = [*numbers, *known]
    with psycopg.connect(**database.application.for_libpq()) as connection:
        rows = connection.execute(
            "SELECT document_key(number) FROM unnest(%s::text[]) WITH ORDINALITY AS t (number, n)"
            " ORDER BY n",
            (asked,),
        ).fetchall()
    assert [key for (key,) in rows] == [document_key(each) for each in asked]

"""A fact is written once: its column, its field in the API and its words come from there."""

import asyncio
import datetime as dt
from dataclasses import FrozenInstanceError, fields
from decimal import Decimal
from typing import Any, cast

import pytest
import strawberry
from sqlalchemy import CheckConstraint, Column

from domain.facts import fact, facts_in, name_in_history, recorded
from domain.limits import Text
from domain.orders.order import Order
from domain.shipments import TrackingCode
from gql import contract
from gql.context import Info
from persistence.tables.facts import columns_of


@recorded
class Parcel:
    """A parcel on its way."""

    number: str = fact("Number", "单号", limit=Text(20), in_history="parcel")
    last_code: TrackingCode | None = fact("Last news", "最新动态", default=None)
    codes: tuple[TrackingCode, ...] = fact("News", "动态", default=())
    weighed_on: dt.date | None = fact(
        "Weighed on", "称重日期", default=None, shown="When it was weighed."
    )
    is_fragile: bool = fact("Fragile", "易碎", default=False)
    pieces: int = fact("Pieces", "件数", default=1, shown="How many pieces.", name="pieceCount")
    worth: Decimal = fact("Worth", "价值", default=Decimal(0), is_money=True)


def test_facts_are_a_frozen_data_class() -> None:
    with pytest.raises(TypeError, match="number"):
        Parcel()  # type: ignore[call-arg]  # what mypy says, Python says too
    with pytest.raises(FrozenInstanceError):
        Parcel("7").number = "8"  # type: ignore[misc]  # as above
    assert Parcel("7") == Parcel("7", pieces=1)


def test_the_history_names_a_fact_as_the_api_does() -> None:
    """O15: unless the fact says another name."""
    names = {name_in_history(field, said): said.label for field, said in facts_in(Parcel)}
    assert names["parcel"] == ("Number", "单号")
    assert names["weighedOn"] == ("Weighed on", "称重日期")


def test_each_fact_has_its_column() -> None:
    made = list(columns_of(Parcel, but={"worth"}))
    columns = {
        each.name: (str(each.type), each.nullable) for each in made if isinstance(each, Column)
    }
    assert columns == {
        "number": ("VARCHAR(20)", False),
        "last_code": ("VARCHAR(16)", True),
        "codes": ("JSONB", False),
        "weighed_on": ("DATE", True),
        "is_fragile": ("BOOLEAN", False),
        "pieces": ("INTEGER", False),
    }
    (check,) = (each for each in made if isinstance(each, CheckConstraint))
    assert str(check.sqltext).startswith("last_code IN ('")


def test_a_text_without_a_limit_has_no_column() -> None:
    @recorded
    class Label:
        text: str = fact("Text", "内容")

    with pytest.raises(LookupError, match="text: no column holds"):
        list(columns_of(Label))


def test_the_api_shows_what_a_fact_says_of_itself() -> None:
    async def read(shown: Any, info: Info) -> Parcel:
        return Parcel("7", weighed_on=dt.date(2013, 12, 2), pieces=3)

    @strawberry.type
    @contract.shows(Parcel, read)
    class Shown:
        """A parcel."""

    @strawberry.type
    class Query:
        @strawberry.field
        def parcel(self) -> Shown:
            return Shown()

    schema = strawberry.Schema(Query)
    answer = asyncio.run(schema.execute("{ parcel { weighedOn pieceCount } }"))
    assert cast(dict[str, Any], answer.data)["parcel"] == {
        "weighedOn": "2013-12-02",
        "pieceCount": 3,
    }
    assert '"""How many pieces."""' in schema.as_str()
    assert "number" not in schema.as_str()


def test_every_fact_of_an_order_says_what_it_is() -> None:
    """O15: in both languages."""
    said = dict(facts_in(Order))
    assert list(said) == list(fields(Order))
    assert all(en and zh and en != zh for en, zh in (each.label for each in said.values()))

"""The command table: what the decorator records, and what a field of a command says."""

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

import domain.orders.commands  # noqa: F401  # writes its rows into the table
from domain.commands import (
    all_commands,
    changing,
    command,
    command_of,
    contract_fields,
    described,
    part,
    part_name,
    stated,
)
from domain.limits import Text
from domain.orders.commands.changes import WithdrawChange
from domain.orders.commands.fulfilment import Cancel
from domain.orders.commands.intake import Check
from domain.roles import Action

DOMAIN = Path(__file__).parents[2] / "domain"


def test_a_command_is_its_class_and_its_row() -> None:
    row = command_of(Cancel)
    assert (row.name, row.kind, row.action, row.subject) == (
        "orderCancel",
        Cancel,
        Action.CANCEL_ORDERS,
        "Order",
    )
    assert row.description == "The order is called off; what it holds goes back (O14)."
    assert (row.event, row.title) == ("ORDER_CANCEL", ("Cancel the order", "取消订单"))
    assert row.history == ("Order cancelled", "订单已取消")


def test_a_command_is_a_frozen_data_class() -> None:
    with pytest.raises(TypeError, match="reason"):
        Cancel()  # type: ignore[call-arg]  # what mypy says, Python says too
    with pytest.raises(FrozenInstanceError):
        Cancel("no longer wanted").reason = "another"  # type: ignore[misc]  # as above
    assert WithdrawChange() == WithdrawChange()


def test_a_name_is_given_once() -> None:
    with pytest.raises(LookupError, match="orderCancel is in the table already"):

        @command("orderCancel", Action.CANCEL_ORDERS)
        class Again:
            """Another."""


def test_what_is_looked_up_is_no_part_of_the_contract() -> None:
    assert [each.name for each in fields(Check)] == ["articles"]
    assert list(contract_fields(Check)) == []


def test_a_field_says_what_absence_and_null_mean() -> None:
    """Decision 0017: in one place, and as the schema prints it."""

    @part("SampleInput")
    class Sample:
        """A sample."""

        must: int | None = stated("Its rank.", null="the last")
        plain: str | None = described("A note.", default=None, limit=Text(10))
        change: str | None = changing("Its name.", null=None, default=None)
        emptied: tuple[str, ...] | None = changing(
            "Its words.", null="none", default=None, on_null=()
        )

    found = {field.name: spec for field, spec in contract_fields(Sample)}
    assert part_name(Sample) == "SampleInput"
    assert found["plain"].limit == Text(10)
    assert found["change"].description == "Its name. Left out, it stays; null is refused."
    assert found["change"].refuses_null
    assert found["emptied"].description == "Its words. Left out, it stays; null makes it none."
    assert found["emptied"].on_null == ()
    assert found["must"].description == "Its rank. To be given; null: the last."
    with pytest.raises(TypeError, match="must"):
        Sample()  # type: ignore[call-arg]  # has to be given


def test_one_search_leads_from_a_mutation_to_its_command() -> None:
    """The name stands in the domain once, as it is called in the API."""
    sources = [path.read_text(encoding="utf-8") for path in DOMAIN.rglob("*.py")]
    for row in all_commands():
        decorated = f'command(\n    "{row.name}"'
        assert sum(text.count(decorated) for text in sources) == 1, row.name

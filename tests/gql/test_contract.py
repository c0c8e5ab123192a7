"""Inputs and mutations are made from the command table; `schema.graphql` holds what comes of it."""

from typing import Any

import pytest
from strawberry import UNSET
from strawberry.types.base import get_object_definition
from strawberry.utils.str_converters import to_camel_case

from domain.commands import all_commands, command_of
from domain.orders.commands import TRANSITIONS
from domain.orders.commands.changes import RequestChange
from domain.orders.commands.fulfilment import Close
from domain.orders.commands.intake import Place, SupplyInformation
from domain.orders.entries import Line, LineChange
from domain.orders.vocabularies import ChangeKind, Irregularity, OrderChannel
from domain.unchanged import UNCHANGED
from gql.contract import command_from, input_of, part_of
from gql.orders.inputs import OrderActInput
from gql.schema import Mutation


def given(kind: type, **values: Any) -> Any:
    """An input of a command, as a client gives it."""
    row = command_of(kind)
    base = OrderActInput if row.name in TRANSITIONS else None
    return input_of(row, base)(**values)


def test_every_command_has_its_mutation_with_the_permission_of_its_row() -> None:
    by_name = {
        field.graphql_name or to_camel_case(field.python_name): field
        for field in get_object_definition(Mutation, strict=True).fields
    }
    assert set(by_name) == {row.name for row in all_commands()}
    for row in all_commands():
        field = by_name[row.name]
        assert field.description == row.description
        assert field.metadata["action"] is row.action


def test_a_command_without_fields_takes_the_object_its_version_and_a_key() -> None:
    kind = input_of(command_of(Close), OrderActInput)
    names = [field.python_name for field in get_object_definition(kind, strict=True).fields]
    assert names == ["id", "expected_version", "idempotency_key"]


def test_what_is_left_out_is_what_the_command_says_of_it() -> None:
    place = command_from(Place, given(Place, customer="F1", channel=OrderChannel.PHONE))
    assert place == Place("F1", OrderChannel.PHONE)
    said = command_from(SupplyInformation, given(SupplyInformation, id="x", special=True))
    assert said == SupplyInformation(special=True)
    assert said.note is UNCHANGED


def test_null_takes_away_and_a_word_said_twice_is_said_once() -> None:
    nothing = given(SupplyInformation, id="x", note=None, irregularities=None)
    assert command_from(SupplyInformation, nothing) == SupplyInformation(
        note=None, irregularities=()
    )
    word = Irregularity.CUSTOM_DESIGN
    twice = given(SupplyInformation, id="x", irregularities=[word, word])
    assert command_from(SupplyInformation, twice) == SupplyInformation(irregularities=(word,))


def test_parts_become_parts() -> None:
    line = part_of(Line)(no=1, sku="TEE-40", units=10)
    place = given(Place, customer="F1", channel=OrderChannel.PHONE, lines=[line])
    assert command_from(Place, place).lines == (Line(1, "TEE-40", 10, None),)
    change = part_of(LineChange)(line_no=1, units=6, unit_price=UNSET)
    asked = given(RequestChange, id="x", reason="smaller", lines=[change])
    assert command_from(RequestChange, asked) == RequestChange(
        "smaller", kind=ChangeKind.ORDER_CHANGE, lines=(LineChange(1, units=6),)
    )


def test_what_is_no_part_of_a_command_has_no_input() -> None:
    with pytest.raises(LookupError, match="dict is no part of commands"):
        part_of(dict)

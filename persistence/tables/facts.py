"""The columns of facts: each made from its declaration in the domain."""

import dataclasses
import datetime as dt
import types
from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any, Union, get_args, get_origin, get_type_hints

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Integer, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from domain.facts import facts_in
from domain.limits import Text
from domain.vocabulary import Vocabulary
from persistence.tables.base import AmountOfMoney, WordOf, one_of

# As wide as the longest word of most vocabularies; others say their own width in a table.
_WORD = 16


def columns_of(kind: type, but: Collection[str] = ()) -> Iterator[Column[Any] | CheckConstraint]:
    """A column for each fact, of its name and type, and a CHECK for each word of a vocabulary."""
    hints = get_type_hints(kind)
    for field, said in facts_in(kind):
        if field.name in but:
            continue
        hint, may_be_null = _without_none(hints[field.name])
        longest = said.limit.longest if isinstance(said.limit, Text) else None
        yield Column(field.name, _type(field, hint, longest), nullable=may_be_null)
        if isinstance(hint, type) and issubclass(hint, Vocabulary):
            yield CheckConstraint(one_of(field.name, hint), name=field.name)


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) not in (Union, types.UnionType):
        return hint, False
    (inner,) = (each for each in get_args(hint) if each is not type(None))
    return inner, True


def _type(field: dataclasses.Field[Any], hint: Any, longest: int | None) -> TypeEngine[Any]:
    if get_origin(hint) is tuple:
        return JSONB()
    if issubclass(hint, Vocabulary):
        return WordOf(hint, _WORD)
    if hint is str and longest is not None:
        return String(longest)
    plain: dict[type, TypeEngine[Any]] = {
        bool: Boolean(),
        int: Integer(),
        dt.date: Date(),
        Decimal: AmountOfMoney(),
    }
    if hint not in plain:
        raise LookupError(f"{field.name}: no column holds {hint}; a text needs a limit")
    return plain[hint]

"""Facts: what is recorded of an object, each written once with all that is said of it.

A fact is a field of a frozen data class. Beside it stand its English and Chinese, how long a text
may be, whether the API shows it as it is, and who reads it in the history. From there come its
column (`persistence/tables/facts.py`), its field in the API (`gql/contract.py`) and its words in
the timeline.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import MISSING, dataclass
from typing import Any, TypeVar, dataclass_transform

from domain.commands import Title, described
from domain.limits import Limit
from domain.roles import Action

C = TypeVar("C")

_KEY = "apportion.fact"


@dataclass(frozen=True, slots=True)
class Fact:
    """What is said of a fact beside its type.

    label: what people call it. in_history: what programs call it there, where it is not the name in
    camel case. is_outcome: everybody reads in the history that a command changed it. is_money: only
    who may see money reads it there.
    """

    label: Title
    limit: Limit | None = None
    in_history: str | None = None
    is_outcome: bool = False
    is_money: bool = False


def fact(
    english: str,
    chinese: str,
    *,
    default: Any = MISSING,
    limit: Limit | None = None,
    shown: str | None = None,
    name: str | None = None,
    needs: Action | None = None,
    in_history: str | None = None,
    is_outcome: bool = False,
    is_money: bool = False,
) -> Any:
    """A fact; what `Fact` does not explain is for the API.

    shown: its description there; None where the API does not show it as it is. name: where it is
    not the fact's own. needs: what the reader's roles must allow.
    """
    said: dict[str, Any] = {}
    if shown is not None:
        said |= described(shown, name=name, needs=needs).metadata
    said[_KEY] = Fact((english, chinese), limit, in_history, is_outcome, is_money)
    return dataclasses.field(default=default, metadata=said)


@dataclass_transform(frozen_default=True, field_specifiers=(fact,))
def recorded(kind: type[C]) -> type[C]:
    """Make a class the facts of an object: a frozen data class."""
    return dataclass(frozen=True, slots=True)(kind)


def facts_in(kind: type) -> Iterator[tuple[dataclasses.Field[Any], Fact]]:
    """The facts of an object, and what is said of each."""
    for each in dataclasses.fields(kind):
        if _KEY in each.metadata:
            yield each, each.metadata[_KEY]


def name_in_history(field: dataclasses.Field[Any], said: Fact) -> str:
    """What programs call a fact in the history."""
    return said.in_history or camel_case(field.name)


def camel_case(name: str) -> str:
    """`finance_approved_by` as financeApprovedBy."""
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)

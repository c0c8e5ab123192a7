"""The command table: everything that can be asked for, said once.

A command is a frozen data class. `@command(name, action, ...)` writes its row into the table and
does no more. From the table come its GraphQL input and mutation (`gql/contract.py`), the permission
and the way in which it is carried out (`services/commands.py`), its name in the audit log, the word
of its event, its title in the history, and what may be done next. To find a command, search for the
name of its mutation.

A field that a client fills in is `described`; any other is looked up by the use case and no part of
the contract. What absence, null and empty mean is decision 0017's: a plain optional field has a
default, `changing` is a field of a change, `stated` one that has to be given also as null.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass
from typing import Any, TypeVar, dataclass_transform

from domain.limits import Limit
from domain.roles import Action

C = TypeVar("C")

# English and Chinese.
Title = tuple[str, str]

_KEY = "apportion"


@dataclass(frozen=True, slots=True)
class Field:
    """What a client reads of a field of a command, and what it is held to.

    name: in the API, where it is not the field's own. id_of: the type whose id a client gives for
    the key that the command holds. on_null: what the command holds where a change says null.
    needs: what the reader's roles must allow, of a fact that is shown.
    """

    description: str
    limit: Limit | None = None
    name: str | None = None
    id_of: str | None = None
    changes: bool = False
    refuses_null: bool = False
    has_to_be_given: bool = False
    on_null: Any = None
    needs: Action | None = None


def described(
    description: str,
    *,
    default: Any = MISSING,
    limit: Limit | None = None,
    name: str | None = None,
    id_of: str | None = None,
    kw_only: bool = False,
    needs: Action | None = None,
) -> Any:
    """A field of the contract; without a default it has to be given, or is null where it may be.

    kw_only: given by its name in Python, so that it may stand first in the contract.
    """
    return _field(Field(description, limit, name, id_of, needs=needs), default, kw_only=kw_only)


def changing(
    description: str,
    *,
    null: str | None,
    default: Any,
    limit: Limit | None = None,
    name: str | None = None,
    on_null: Any = None,
) -> Any:
    """A field of a change; left out, what it is about stays, which `default` says.

    null: what null makes of it, as the end of a sentence, such as "list prices"; None where the
    object cannot be without it, so that null is refused.
    """
    meaning = "is refused" if null is None else f"makes it {null}"
    text = f"{description} Left out, it stays; null {meaning}."
    field = Field(text, limit, name, changes=True, refuses_null=null is None, on_null=on_null)
    return _field(field, default)


def stated(
    description: str, *, null: str, limit: Limit | None = None, name: str | None = None
) -> Any:
    """A field that has to be given, also as null, which is a value with a meaning of its own."""
    text = f"{description} To be given; null: {null}."
    return _field(Field(text, limit, name, has_to_be_given=True), MISSING)


def _field(field: Field, default: Any, *, kw_only: bool = False) -> Any:
    # Left unsaid where it is not asked for: the class may say it with `KW_ONLY`.
    by_name: Any = kw_only or MISSING
    return dataclasses.field(default=default, kw_only=by_name, metadata={_KEY: field})


def contract_fields(kind: type) -> Iterator[tuple[dataclasses.Field[Any], Field]]:
    """The fields of a command, or of a part of one, that a client fills in."""
    for each in dataclasses.fields(kind):
        if _KEY in each.metadata:
            yield each, each.metadata[_KEY]


@dataclass(frozen=True, kw_only=True)
class Command:
    """A row of the table.

    action: what one of the person's roles must allow. subject: the type of the object that it is
    about, as the audit log and the API name it; None where it makes one. description: of the
    mutation; input_description: of its input, where that says something else. title: what a button
    says. history: what the history says once it is done.
    """

    name: str
    kind: type
    action: Action
    subject: str | None = None
    description: str
    input_description: str
    title: Title | None = None
    history: Title | None = None

    @property
    def event(self) -> str:
        """The history's word for it: `orderApprove` is ORDER_APPROVE."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.name).upper()


_BY_NAME: dict[str, Command] = {}
_BY_KIND: dict[type, Command] = {}
# Names in the API of parts of commands: lines of an order, ranks of a list.
_PARTS: dict[type, str] = {}


def record(row: Command) -> None:
    """Write a row into the table."""
    if row.name in _BY_NAME:
        raise LookupError(f"{row.name} is in the table already")
    _BY_NAME[row.name] = row
    _BY_KIND[row.kind] = row


@dataclass_transform(frozen_default=True, field_specifiers=(described, changing, stated))
def command(
    name: str,
    action: Action,
    *,
    subject: str | None = None,
    title: Title | None = None,
    history: Title | None = None,
    input_description: str | None = None,
) -> Callable[[type[C]], type[C]]:
    """Make a class a command: a frozen data class and a row of the table.

    The docstring's first paragraph describes the mutation, and its input unless said otherwise.
    """

    def written(kind: type[C]) -> type[C]:
        made = dataclass(frozen=True)(kind)
        text = about(made)
        record(
            Command(
                name=name,
                kind=made,
                action=action,
                subject=subject,
                description=text,
                input_description=input_description or text,
                title=title,
                history=history or title,
            )
        )
        return made

    return written


@dataclass_transform(
    frozen_default=True, kw_only_default=True, field_specifiers=(described, changing, stated)
)
def shared(kind: type[C]) -> type[C]:
    """Make a class what several commands or parts begin with: each inherits its fields."""
    return dataclass(frozen=True, kw_only=True)(kind)


@dataclass_transform(frozen_default=True, field_specifiers=(described, changing, stated))
def part(name: str) -> Callable[[type[C]], type[C]]:
    """Make a class a part of commands, which the API knows as an input of this name."""

    def written(kind: type[C]) -> type[C]:
        made = dataclass(frozen=True, slots=True)(kind)
        _PARTS[made] = name
        return made

    return written


def part_name(kind: type) -> str | None:
    """What the API calls a part of commands; None of what is none."""
    return _PARTS.get(kind)


def about(kind: type) -> str:
    """What a class is: the first paragraph of its docstring."""
    return " ".join((kind.__doc__ or "").strip().partition("\n\n")[0].split())


def command_of(kind: type) -> Command:
    """The row of a command."""
    return _BY_KIND[kind]


def all_commands() -> tuple[Command, ...]:
    """The whole table, as far as it is imported, in the order in which it was written."""
    return tuple(_BY_NAME.values())

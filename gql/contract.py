"""The API's part of the command table: a command's input and mutation are made from its row.

Nothing of a command is written here a second time. An input or resolver is written by hand only
where the API differs from the command, and says there why. `schema.graphql` shows what comes of it.
"""

import dataclasses
import datetime as dt
import types
from collections.abc import Awaitable, Callable, Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import strawberry
from strawberry.utils.str_converters import to_camel_case

from domain.commands import Command, Field, about, command_of, contract_fields, part_name
from domain.currencies import CurrencyCode
from domain.languages import Language
from domain.vocabulary import Vocabulary
from gql.context import Info, RequestContext
from gql.input_changes import HAS_TO_BE_GIVEN, REFUSES_NULL
from gql.input_limits import LIMIT
from gql.mutations import KEY, carried_out
from gql.nodes import key_of
from gql.permissions import Needs
from gql.scalars import Json
from services.commands import UseCase

Holder = TypeVar("Holder", bound=type)
Answer = Callable[[Info, Command, Any], Awaitable[Any]]
Read = Callable[[Any, Info], Awaitable[Any]]

_PLAIN = (str, int, bool, Decimal, dt.date, dt.datetime, CurrencyCode)


def mutations(
    rows: Iterable[Command],
    payload: type,
    answer: Answer,
    *,
    argument: str,
    base: type | None = None,
    version: str | None = None,
    takes: type | None = None,
) -> Callable[[Holder], Holder]:
    """Add a mutation for each of these commands to a root type, after what it has of its own."""

    def added(holder: Holder) -> Holder:
        for row in rows:
            field = mutation(
                row.kind,
                payload,
                answer,
                argument=argument,
                base=base,
                version=version,
                takes=takes,
            )
            setattr(holder, _python_name(row.name), field)
        return holder

    return added


def mutation(
    kind: type,
    payload: type,
    answer: Answer,
    *,
    argument: str,
    base: type | None = None,
    version: str | None = None,
    takes: type | None = None,
    may_be_left_out: bool = False,
) -> Any:
    """The mutation of a command.

    answer: carries the command out and answers with the payload; see `answers_with`. argument: the
    description of `input`. base: an input whose fields come before the command's own. version: what
    `expectedVersion` is for, where it comes after these. takes: an input written by hand instead.
    """
    row = command_of(kind)
    made: Any = takes or input_of(row, base, version)
    # The classes are made from the table, and read when the schema is made.
    asked: Any = made | None if may_be_left_out else made
    given: Any = Annotated[asked, strawberry.argument(description=argument)]

    async def resolve(self: Any, info: Info, input: Any = None) -> Any:
        return await answer(info, row, input)

    async def resolve_given(self: Any, info: Info, input: Any) -> Any:
        return await answer(info, row, input)

    resolver = resolve if may_be_left_out else resolve_given
    resolver.__annotations__ |= {"input": given, "return": payload}
    # Asked at the door too: before a transaction is opened, and before limits are looked at.
    return strawberry.mutation(
        name=row.name, description=row.description, extensions=[Needs(row.action)]
    )(resolver)


def answers_with(
    payload: type,
    field: str,
    find: Callable[[RequestContext, int | None], Awaitable[Any]],
    use_case: UseCase[Any, Any],
    *,
    one_instant: bool = False,
) -> Answer:
    """The answer of most mutations: the object that the use case names, as it is now.

    one_instant: the use case sees the database as it was at its first statement.
    """

    async def answer(info: Info, row: Command, data: Any) -> Any:
        key = None if data is None else data.idempotency_key
        command = row.kind() if data is None else command_from(row.kind, data)
        outcome, refusals = await carried_out(info, use_case, command, key, one_instant=one_instant)
        found = await find(info.context, outcome.get("id"))
        return payload(**{field: found, "user_errors": refusals})

    return answer


def answered_with(
    payload: type, field: str, find: Callable[[RequestContext, int | None], Awaitable[Any]]
) -> Callable[..., Any]:
    """How the mutations are made that a payload answers: of a command and its use case."""

    def made(
        kind: type,
        use_case: UseCase[Any, Any],
        argument: str,
        *,
        one_instant: bool = False,
        may_be_left_out: bool = False,
    ) -> Any:
        answer = answers_with(payload, field, find, use_case, one_instant=one_instant)
        return mutation(kind, payload, answer, argument=argument, may_be_left_out=may_be_left_out)

    return made


def _python_name(name: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name)


@cache
def input_of(row: Command, base: type | None = None, version: str | None = None) -> type:
    """The input of a command; what `base` does not bring of an idempotency key is added."""
    name = f"{row.name[0].upper()}{row.name[1:]}Input"
    more: dict[str, tuple[Any, Any]] = {}
    if version is not None:
        more["expected_version"] = (int | None, _optional(version))
    if base is None or "idempotency_key" not in base.__annotations__:
        more["idempotency_key"] = (str | None, _optional(KEY))
    return _input(name, row.kind, row.input_description, base, more)


@cache
def shared_input(kind: type) -> type:
    """What the inputs of several commands begin with: the fields of the class that they share."""
    key: dict[str, tuple[Any, Any]] = {"idempotency_key": (str | None, _optional(KEY))}
    return _input(f"{kind.__name__}Input", kind, about(kind), None, key)


@cache
def part_of(kind: type) -> type:
    """The input of a part of commands."""
    name = part_name(kind)
    if name is None:
        raise LookupError(f"{kind.__name__} is no part of commands: see domain.commands.part")
    return _input(name, kind, about(kind), None, {})


def _optional(description: str) -> Any:
    return strawberry.field(default=None, description=description)


def _input(
    name: str, kind: type, description: str, base: type | None, more: Mapping[str, tuple[Any, Any]]
) -> type:
    hints = get_type_hints(kind)
    annotations: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    for field, spec in contract_fields(kind):
        if base is not None and field.name in base.__annotations__:
            continue
        annotations[field.name] = _graphql_type(hints[field.name], spec)
        fields[field.name] = _graphql_field(field, spec, hints[field.name])
    for field_name, (hint, made_field) in more.items():
        annotations[field_name], fields[field_name] = hint, made_field
    namespace = {"__annotations__": annotations, "__doc__": kind.__doc__, **fields}
    made = type(name, (base,) if base else (), namespace)
    return strawberry.input(made, name=name, description=description)


def _graphql_field(field: dataclasses.Field[Any], spec: Field, hint: Any) -> Any:
    default: dict[str, Any] = {"default": field.default}
    if spec.changes or spec.has_to_be_given:
        default = {"default": strawberry.UNSET}
    elif field.default == ():
        default = {"default_factory": list}
    elif field.default is dataclasses.MISSING:
        default = {"default": None} if _without_none(hint)[1] else {}
    return strawberry.field(
        name=spec.name,
        description=spec.description,
        metadata={
            **({} if spec.limit is None else {LIMIT: spec.limit}),
            REFUSES_NULL: spec.refuses_null,
            HAS_TO_BE_GIVEN: spec.has_to_be_given,
        },
        **default,
    )


def _without_none(hint: Any) -> tuple[Any, bool]:
    """A type without None and without "unchanged", and whether None was among it."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint, False
    parts = [each for each in get_args(hint) if get_origin(each) is not Literal]
    kept = [each for each in parts if each is not type(None)]
    if len(kept) != 1:
        raise LookupError(f"{hint} is no one type")
    return kept[0], len(kept) < len(parts)


def _graphql_type(hint: Any, spec: Field) -> Any:
    inner, may_be_none = _without_none(hint)
    if get_origin(inner) is Mapping:
        named: Any = Json
    elif get_origin(inner) is tuple:
        named = list[_leaf(get_args(inner)[0], spec)]  # type: ignore[misc]  # a type made at run time
    else:
        named = _leaf(inner, spec)
    return named | None if may_be_none or spec.changes else named


def _leaf(kind: Any, spec: Field) -> Any:
    if spec.id_of is not None:
        return strawberry.ID
    if kind in _PLAIN:
        return kind
    if isinstance(kind, type) and issubclass(kind, Vocabulary | Language):
        return kind  # an enum of gql/vocabularies.py and gql/language.py
    return part_of(kind)


def shows(facts: type, read: Read | None = None) -> Callable[[Holder], Holder]:
    """Give a type the facts of an object that are `described`, after what it has of its own.

    read: finds the facts of an object; None where the object holds what is shown itself.
    """
    hints = get_type_hints(facts)

    def given(holder: Holder) -> Holder:
        for field, spec in contract_fields(facts):
            kind = _graphql_type(hints[field.name], spec)
            shown = strawberry.field(
                name=spec.name,
                description=spec.description,
                extensions=[] if spec.needs is None else [Needs(spec.needs)],
            )
            if read is None:
                holder.__annotations__[field.name] = kind
            else:
                shown = shown(_resolver(field.name, kind, read))
            setattr(holder, field.name, shown)
        return holder

    return given


def _resolver(name: str, kind: Any, read: Read) -> Callable[..., Awaitable[Any]]:
    async def resolve(self: Any, info: Info) -> Any:
        return getattr(await read(self, info), name)

    resolve.__annotations__["return"] = kind
    return resolve


def command_from(kind: type, data: Any, path: str = "") -> Any:
    """The command, or part of one, that an input asks for; path: where the part stands in it."""
    hints = get_type_hints(kind)
    values = {}
    for field, spec in contract_fields(kind):
        value = getattr(data, field.name)
        if value is strawberry.UNSET:
            continue
        if value is None:
            values[field.name] = spec.on_null
            continue
        inner, _ = _without_none(hints[field.name])
        values[field.name] = _value(
            inner, spec, value, f"{path}{spec.name or to_camel_case(field.name)}"
        )
    return kind(**values)


def _value(kind: Any, spec: Field, value: Any, name: str) -> Any:
    if get_origin(kind) is Mapping:
        # What is no object names nothing, and the command says what it makes of that.
        return value if isinstance(value, dict) else {}
    if get_origin(kind) is tuple:
        item = get_args(kind)[0]
        found = tuple(_value(item, spec, each, name) for each in value)
        # A word said twice is said once.
        is_word = isinstance(item, type) and issubclass(item, Vocabulary)
        return tuple(dict.fromkeys(found)) if is_word else found
    if spec.id_of is not None:
        return key_of(value, spec.id_of, name)
    return value if part_name(kind) is None else command_from(kind, value, f"{name}.")

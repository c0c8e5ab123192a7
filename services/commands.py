"""The one way in which a command is carried out, whoever asks for it: the API, the shell, a job.

Permission, the idempotency key, the object loaded and locked, its version, the rules' judgement,
what is written, its event, the audit log, what follows: in this order, in one transaction. An area
says what is its own: a use case of its command, or for commands on one object a `Subject`.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from typing import Any, Generic, Protocol, TypeVar

from domain.commands import Command, command_of
from domain.errors import InvalidInput, require_version
from domain.messages import KEPT, msg, reads_as_kept
from domain.roles import require
from persistence.audit import record
from persistence.unit_of_work import UnitOfWork
from services.idempotency import Outcome, once

C = TypeVar("C")
R = TypeVar("R")
Facts = TypeVar("Facts")

UseCase = Callable[[C, UnitOfWork], Awaitable[R]]


@dataclass(frozen=True)
class OnOne(Generic[C]):
    """A command on one object, by its key, if it still has the version that was read."""

    key: int
    command: C
    expected_version: int | None = None


def use_case(carry_out: UseCase[C, R]) -> UseCase[C, R]:
    """Make a function the use case of a command: permission is asked before it runs (P1).

    Whoever calls it is asked for the action of the command's row. Raises NotAllowed, or
    InvalidInput where a text would be read as a sentence of the system's own.
    """

    @wraps(carry_out)
    async def permitted(request: C, uow: UnitOfWork) -> R:
        require(uow.principal, row_of(request).action)
        if any(map(reads_as_kept, _texts(request))):
            raise InvalidInput(msg("api.TEXT_AS_KEPT", start=KEPT))
        return await carry_out(request, uow)

    return permitted


def _texts(value: object) -> Iterator[str]:
    """Every text of a command, also within its parts."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def row_of(request: object) -> Command:
    """The table's row of a command, or of a command on one object."""
    return command_of(type(request.command if isinstance(request, OnOne) else request))


async def once_per_key(
    carry_out: UseCase[C, R], request: C, uow: UnitOfWork, key: str | None
) -> Outcome:
    """Carry out a command once per idempotency key.

    What comes out is the use case's own outcome, or the key of the object that it names. Raises
    what the use case raises, and KeyReused.
    """

    async def act() -> Outcome:
        outcome = await carry_out(request, uow)
        return outcome if isinstance(outcome, dict) else {"id": outcome}

    return await once(uow, row_of(request).name, key, request, act)


class Loaded(Protocol):
    """An object as it stands, locked until the transaction ends."""

    @property
    def key(self) -> int:
        """Its key."""

    @property
    def version(self) -> int:
        """How often it was changed."""


L = TypeVar("L", bound=Loaded)


class Subject(Protocol[C, L, Facts]):
    """What an area says of the objects that its commands are about."""

    noun: str

    async def load(self, request: OnOne[C], uow: UnitOfWork) -> L:
        """The object, found as the person sees it and locked. Raises NotFound."""

    async def judge(self, loaded: L, command: C, uow: UnitOfWork) -> Facts:
        """The facts after the command; raises what the rules say no with."""

    async def save(
        self, loaded: L, row: Command, command: C, after: Facts, uow: UnitOfWork
    ) -> None:
        """Write what changed, and its event."""

    def audited(self, loaded: L, command: C, after: Facts) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the audit log keeps of before and after."""

    async def follow_up(self, loaded: L, command: C, after: Facts, uow: UnitOfWork) -> None:
        """Carry out what the command causes beside the object itself."""


async def act_on(subject: Subject[C, L, Facts], request: OnOne[C], uow: UnitOfWork) -> int:
    """Carry out a command on one object, with all that follows from it; the object's key.

    Who is second of two at once waits for the first, and is judged by what the first left. Raises
    NotFound, Stale, or what the rules say no with.
    """
    command, row = request.command, row_of(request)
    loaded = await subject.load(request, uow)
    require_version(subject.noun, request.expected_version, loaded.version)
    after = await subject.judge(loaded, command, uow)
    await subject.save(loaded, row, command, after, uow)
    was, now = subject.audited(loaded, command, after)
    reason = getattr(command, "reason", None)
    await record(uow, row.name, row.subject or "", loaded.key, before=was, after=now, reason=reason)
    await subject.follow_up(loaded, command, after, uow)
    return loaded.key

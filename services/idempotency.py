"""A client may send a mutation again: the same key acts once and gives the first outcome."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, is_dataclass
from typing import Any

from domain.errors import InvalidInput, KeyReused
from domain.limits import REFERENCE
from domain.messages import msg
from persistence.idempotency import reserve_key, save_outcome
from persistence.unit_of_work import UnitOfWork

Outcome = dict[str, Any]


async def once(
    uow: UnitOfWork,
    mutation: str,
    key: str | None,
    command: object,
    act: Callable[[], Awaitable[Outcome]],
) -> Outcome:
    """Run `act` unless this principal sent the same key before; then give what came out that time.

    The key is kept in the transaction of the effect, so the two stand or fall together; a second
    request waits while the first is in flight. `act` returns JSON values only.
    Raises KeyReused when the key came with another input.
    """
    if key is None:
        return await act()
    if not 1 <= len(key) <= REFERENCE:
        raise InvalidInput(msg("values.KEY_LENGTH", most=REFERENCE), field="idempotencyKey")
    input_hash = _hash(command)
    kept = await reserve_key(uow.session, uow.actor, mutation, key, input_hash)
    if kept is not None:
        if kept.input_hash != input_hash:
            raise KeyReused(key)
        return kept.outcome
    outcome = await act()
    await save_outcome(uow.session, uow.actor, mutation, key, outcome)
    return outcome


def _hash(command: object) -> str:
    if not is_dataclass(command) or isinstance(command, type):
        raise TypeError("a command is a dataclass")
    content = json.dumps(asdict(command), sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()

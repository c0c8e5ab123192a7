"""One way for the many small mutations that change one object and answer with it."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from gql.context import Info, RequestContext
from gql.mutations import UserError, act_once
from persistence.unit_of_work import UnitOfWork

Command = TypeVar("Command")
Found = TypeVar("Found")


async def act_on_one(
    info: Info,
    mutation: str,
    key: str | None,
    command: Command,
    use_case: Callable[[Command, UnitOfWork], Awaitable[int]],
    find: Callable[[RequestContext, int | None], Awaitable[Found | None]],
) -> tuple[Found | None, list[UserError]]:
    """Run a use case that answers with a key, once per idempotency key; the object as it is now."""

    async def act(uow: UnitOfWork) -> dict[str, Any]:
        return {"id": await use_case(command, uow)}

    outcome, refusals = await act_once(info, mutation, key, command, act)
    return await find(info.context, outcome.get("id")), refusals

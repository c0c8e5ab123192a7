"""One transaction of one principal: commits on a clean exit, rolls back on any exception."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from domain.principals import Principal

Sessions = async_sessionmaker[AsyncSession]
Answer = TypeVar("Answer")

# Transaction-local, so that a pooled connection never carries a principal to the next user.
_SET_PRINCIPAL = text(
    "SELECT set_config('app.scope', :scope, true), set_config('app.customer', :customer, true),"
    " set_config('app.subject', :subject, true)"
)
_ONE_INSTANT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


class UnitOfWork:
    """A transaction in which row level security shows just what the principal may see.

    `now` is the transaction's own time: rules and rows written in it agree on it. With
    `one_instant` all its reads see the database as it was at the first of them.
    """

    def __init__(
        self,
        sessions: Sessions,
        principal: Principal,
        now: dt.datetime,
        *,
        one_instant: bool = False,
    ) -> None:
        self._sessions = sessions
        self._one_instant = one_instant
        self.principal = principal
        self.now = now
        self._session: AsyncSession | None = None
        self._answers: dict[str, Any] = {}

    @property
    def session(self) -> AsyncSession:
        """The open session; an error outside `async with`."""
        if self._session is None:
            raise RuntimeError("a unit of work is used only inside its `async with` block")
        return self._session

    async def see_all(self) -> None:
        """From here on the transaction sees every customer's rows, in the same actor's name.

        For a use case that has found, under the customer's own sight, the object that a customer
        may act on, and now writes what customers do not see: audit log, clocks, tasks.
        """
        everything = {"scope": "all", "customer": "", "subject": self.actor}
        await self.session.execute(_SET_PRINCIPAL, everything)

    async def once(self, question: str, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """What a question was answered with in this transaction; asked the first time only.

        For what every part of a use case asks again: the policy in force, the company's days off.
        Who changes the answer says `ask_again`.
        """
        if question not in self._answers:
            self._answers[question] = await ask()
        answer: Answer = self._answers[question]
        return answer

    def ask_again(self, question: str) -> None:
        """Let a question be asked again: its answer has changed."""
        self._answers.pop(question, None)

    @property
    def actor(self) -> str:
        """The subject that history and audit name."""
        return self.principal.subject

    async def __aenter__(self) -> Self:
        self._session = self._sessions()
        try:
            if self._one_instant:
                await self._session.execute(_ONE_INSTANT)
            await set_principal(self._session, self.principal)
        except BaseException:
            await asyncio.shield(self._session.close())
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        session, self._session = self.session, None
        try:
            if kind is None:
                await session.commit()
        finally:
            # Shielded: a client that hangs up must not leave a transaction open in the pool.
            await asyncio.shield(session.close())


async def set_principal(session: AsyncSession, principal: Principal) -> None:
    """Say to row level security who is asking, until the transaction ends."""
    customer = "" if principal.customer_id is None else str(principal.customer_id)
    scope = "all" if principal.sees_all else "customer"
    await session.execute(
        _SET_PRINCIPAL, {"scope": scope, "customer": customer, "subject": principal.subject}
    )

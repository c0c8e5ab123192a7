"""What a resolver may use: who is asking, transactions in their name, loaders, the policy."""

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeAlias

import strawberry

from domain.languages import Language
from domain.policy import Policy
from domain.principals import SYSTEM, Principal
from gql.documents import Documents
from gql.limits import Limits
from gql.loaders import Loaders
from persistence.events import EventStream
from persistence.unit_of_work import UnitOfWork
from services.health import Readiness
from services.policy import current_policy
from services.tokens import Tokens

# A change of policy is seen by every server process after at most this long.
POLICY_REMEMBERED = dt.timedelta(seconds=5)


class OpenUnitOfWork(Protocol):
    """Opens a transaction in a principal's name."""

    def __call__(self, principal: Principal, *, one_instant: bool = False) -> UnitOfWork:
        """one_instant: all its reads see the database as it was at the first of them."""


@dataclass(frozen=True)
class Deps:
    """The real parts the API stands on, made once by the entry point."""

    tokens: Tokens
    uow: OpenUnitOfWork
    clock: Callable[[], dt.datetime]
    events: EventStream
    readiness: Callable[[], Awaitable[Readiness]]
    limits: Limits = field(default_factory=Limits)
    request_time_limit_s: float = 30
    body_limit_bytes: int = 1_000_000
    # Of who asks for none.
    language: Language = Language.EN
    cors_origins: tuple[str, ...] = ()
    graphiql: bool = True
    introspection: bool = True


class Api:
    """What all requests of one application share."""

    def __init__(self, deps: Deps, documents: Documents) -> None:
        self.deps = deps
        self.documents = documents
        self._policy: tuple[Policy, dt.datetime] | None = None

    async def policy(self) -> Policy:
        """The policy in force. Read as SYSTEM: a customer's dates follow it too."""
        now = self.deps.clock()
        if self._policy is None or self._policy[1] <= now:
            async with self.deps.uow(SYSTEM) as uow:
                _, policy = await current_policy(uow)
            self._policy = (policy, now + POLICY_REMEMBERED)
        return self._policy[0]


@dataclass
class RequestContext:
    """One operation of one principal; the operations of a socket each have their own."""

    api: Api
    principal: Principal
    request_id: str
    # Asked again for each event of a long subscription: tokens expire, people leave.
    reauthenticate: Callable[[], Awaitable[Principal]]
    language: Language = Language.EN
    cost: int = 0

    def uow(self, *, one_instant: bool = False) -> UnitOfWork:
        """A transaction in the principal's name."""
        return self.api.deps.uow(self.principal, one_instant=one_instant)

    async def today(self) -> tuple[dt.date, Policy]:
        """The business day it is now, and the policy that says so."""
        policy = await self.api.policy()
        return policy.local_date(self.api.deps.clock()), policy

    @cached_property
    def load(self) -> Loaders:
        """Batched look-ups, remembered until the operation ends."""
        return Loaders(self)

    def clear_cache(self) -> None:
        """Drop what was loaded, so that what comes next is read again."""
        self.__dict__.pop("load", None)

    def request_context(self) -> "RequestContext":
        """Itself: a request is one operation."""
        return self


class OperationSource(Protocol):
    """A connection that can run operations, each with a context of its own."""

    def request_context(self) -> RequestContext:
        """A fresh context."""


Info: TypeAlias = strawberry.Info[RequestContext, Any]

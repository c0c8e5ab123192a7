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
from gql.negotiation import answer_language
from persistence.events import EventStream
from persistence.retry import is_passing
from persistence.unit_of_work import UnitOfWork
from services.health import Readiness
from services.languages import company_language
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
    # Of who asks for none, and works for a company that names none.
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
        self._language: tuple[Language, dt.datetime] | None = None

    async def policy(self) -> Policy:
        """The policy in force. Read as SYSTEM: a customer's dates follow it too."""
        now = self.deps.clock()
        if self._policy is None or self._policy[1] <= now:
            async with self.deps.uow(SYSTEM) as uow:
                _, policy = await current_policy(uow)
            self._policy = (policy, now + POLICY_REMEMBERED)
        return self._policy[0]

    async def language(self, asked: str | None, principal: Principal | None = None) -> Language:
        """What a request is answered in: as Accept-Language asks, else as the person is, else as
        the company is, else as the server is set up.

        principal: whose request it is, where that is known yet.
        """
        named = answer_language(asked) or (principal.language if principal is not None else None)
        return named or await self._company_language()

    async def _company_language(self) -> Language:
        now = self.deps.clock()
        if self._language is None or self._language[1] <= now:
            language = None
            # A refusal is said in some language though the database cannot be asked for it.
            try:
                async with self.deps.uow(SYSTEM) as uow:
                    language = await company_language(uow)
            except Exception as error:
                if not is_passing(error):
                    raise
            self._language = (language or self.deps.language, now + POLICY_REMEMBERED)
        return self._language[0]


@dataclass
class RequestContext:
    """One operation of one principal; the operations of a socket each have their own."""

    api: Api
    principal: Principal
    request_id: str
    # Asked again for each event of a long subscription: tokens expire, people leave.
    reauthenticate: Callable[[], Awaitable[Principal]]
    # What the request says of it, and what comes of that.
    accept_language: str | None = None
    language: Language = Language.EN
    cost: int = 0

    async def authenticate(self) -> None:
        """Look again at whom the token stands for now, and in which language that is answered."""
        self.principal = await self.reauthenticate()
        self.language = await self.api.language(self.accept_language, self.principal)

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

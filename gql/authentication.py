"""Whose request it is: the bearer token read, the person behind it looked up."""

import datetime as dt
from dataclasses import dataclass

from domain.messages import msg
from domain.principals import SYSTEM, Principal
from gql.context import Deps
from gql.errors import Unauthenticated
from persistence.parties.queries import person_by_subject
from services.tokens import Credential, InvalidToken

# A person who was deactivated, or lost a role, is shut out after at most this long.
REMEMBER_S = 5
REMEMBERED_PEOPLE = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    principal: Principal | None
    until: dt.datetime


class Authenticator:
    """Turns bearer tokens into principals; people are looked up again every few seconds."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._people: dict[str, _Known] = {}

    async def principal_of(self, token: str | None) -> Principal:
        """The principal a token stands for; Unauthenticated when it stands for none (any more)."""
        if not token:
            raise Unauthenticated(msg("api.NO_TOKEN"))
        try:
            credential = self._deps.tokens.verify(token, now=self._deps.clock())
        except InvalidToken as error:
            raise Unauthenticated(error.said) from error
        if not credential.is_person:
            return credential.as_principal()
        principal = await self._person(credential)
        if principal is None:
            raise Unauthenticated(msg("api.PERSON_UNKNOWN"))
        return principal

    async def _person(self, credential: Credential) -> Principal | None:
        now = self._deps.clock()
        known = self._people.get(credential.subject)
        if known is None or known.until <= now:
            async with self._deps.uow(SYSTEM) as uow:
                found = await person_by_subject(uow.session, credential.subject)
            principal = None
            if found is not None and found.active:
                principal = Principal(found.subject, found.roles, found.customer_id, found.language)
            known = _Known(principal, now + dt.timedelta(seconds=REMEMBER_S))
            if len(self._people) >= REMEMBERED_PEOPLE:
                self._people.clear()
            self._people[credential.subject] = known
        return known.principal


def bearer(header: str | None) -> str | None:
    """The token of an Authorization header; None when there is none."""
    scheme, _, token = (header or "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None

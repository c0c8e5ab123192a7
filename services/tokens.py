"""Bearer tokens: signed here with our own secret, and read back as the principal they stand for."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import BaseModel, ConfigDict, Field

from domain import limits
from domain.errors import InvalidInput
from domain.messages import Message, msg
from domain.principals import Principal
from domain.roles import Role

ISSUER = "apportion"
ALGORITHM = "HS256"
DEFAULT_TTL = dt.timedelta(hours=8)
# RFC 7518, 3.2: a key for HS256 has at least 256 bits.
SHORTEST_SECRET = 32
# A token is a line in a header; anything longer is not one of ours.
LONGEST_TOKEN = 4_096
# As long as the columns that keep who did something.
LONGEST_SUBJECT = limits.NAME
# The last second that a date can hold.
_LAST_SECOND = int(dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC).timestamp())
_Second = Annotated[int, Field(ge=0, le=_LAST_SECOND)]


class InvalidToken(Exception):
    """The token is not ours, was altered, or has expired; the message says which."""

    def __init__(self, said: Message) -> None:
        super().__init__(str(said))
        self.said = said


@dataclass(frozen=True, slots=True)
class Credential:
    """What a token says. A person's roles are looked up, a service's are in its token."""

    subject: str
    is_person: bool
    roles: frozenset[str]
    customer_id: int | None
    expires_at: dt.datetime

    def as_principal(self) -> Principal:
        """The principal of a service's token."""
        return Principal(self.subject, self.roles, self.customer_id)


class _Claims(BaseModel):
    """What the claims of a token of ours look like: a signature does not vouch for their form."""

    model_config = ConfigDict(strict=True, frozen=True)

    sub: str = Field(min_length=1, max_length=LONGEST_SUBJECT, pattern=r"^[^\x00]*$")
    exp: _Second
    iat: _Second | None = None
    nbf: _Second | None = None
    kind: Literal["service", "person"] = "service"
    roles: list[str] = []
    # A key of the database.
    customer: int | None = Field(default=None, ge=1, lt=2**63)


class Tokens:
    """Mints and verifies bearer tokens with one secret."""

    def __init__(self, secret: str) -> None:
        if len(secret.encode()) < SHORTEST_SECRET:
            raise InvalidInput(msg("api.SHORT_SECRET", least=SHORTEST_SECRET), field="secret")
        self._key = OctKey.import_key(secret.encode())

    def mint_for_service(
        self,
        roles: Iterable[Role],
        *,
        now: dt.datetime,
        ttl: dt.timedelta = DEFAULT_TTL,
        customer_id: int | None = None,
        name: str | None = None,
    ) -> str:
        """A token that carries its roles itself; for programs, tests and the first start.

        Raises InvalidInput when CUSTOMER stands without a customer or beside other roles.
        """
        held = sorted(set(roles))
        if not held:
            raise InvalidInput(msg("api.SERVICE_NEEDS_ROLE"), field="roles")
        if (Role.CUSTOMER in held) != (customer_id is not None):
            raise InvalidInput(msg("api.CUSTOMER_AND_ROLE"), field="roles")
        if Role.CUSTOMER in held and len(held) > 1:
            raise InvalidInput(msg("api.CUSTOMER_ALONE"), field="roles")
        subject = "service:" + (name or "+".join(held).lower())
        if name is None and len(subject) > LONGEST_SUBJECT:
            subject = f"service:{len(held)} roles"
        claims: dict[str, object] = {"roles": held}
        if customer_id is not None:
            subject = f"{subject}:{customer_id}" if name is None else subject
            claims["customer"] = customer_id
        return self._mint(subject, "service", claims, now=now, ttl=ttl)

    def mint_for_person(
        self, subject: str, *, now: dt.datetime, ttl: dt.timedelta = DEFAULT_TTL
    ) -> str:
        """A token for a person whose roles are looked up whenever it is used."""
        return self._mint(subject, "person", {}, now=now, ttl=ttl)

    def verify(self, token: str, *, now: dt.datetime) -> Credential:
        """Read a token back; InvalidToken when it is forged, altered, incomplete or expired."""
        if len(token) > LONGEST_TOKEN:
            raise InvalidToken(msg("api.TOKEN_TOO_LONG"))
        try:
            found = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            claims = _Claims.model_validate(found)
            _registry(now).validate(found)
        # Claims nested by the thousand end the parser's stack.
        except (JoseError, ValueError, RecursionError) as error:
            raise InvalidToken(msg("api.TOKEN_UNKNOWN")) from error
        known = frozenset(role for role in claims.roles if role in Role.__members__)
        if (Role.CUSTOMER in known) != (claims.customer is not None):
            raise InvalidToken(msg("api.TOKEN_AT_ODDS"))
        return Credential(
            subject=claims.sub,
            is_person=claims.kind == "person",
            roles=known,
            customer_id=claims.customer,
            expires_at=dt.datetime.fromtimestamp(claims.exp, tz=dt.UTC),
        )

    def _mint(
        self,
        subject: str,
        kind: str,
        claims: dict[str, object],
        *,
        now: dt.datetime,
        ttl: dt.timedelta,
    ) -> str:
        if ttl <= dt.timedelta():
            raise InvalidInput(msg("api.TOKEN_LIFE"), field="ttl")
        if len(subject) > LONGEST_SUBJECT:
            raise InvalidInput(msg("api.LONG_SUBJECT", most=LONGEST_SUBJECT), field="subject")
        issued = int(now.timestamp())
        payload = {
            "iss": ISSUER,
            "sub": subject,
            "kind": kind,
            "iat": issued,
            "exp": issued + int(ttl.total_seconds()),
            **claims,
        }
        return jwt.encode({"alg": ALGORITHM}, payload, self._key)


def _registry(now: dt.datetime) -> jwt.JWTClaimsRegistry:
    # Our own clock decides, so that tests and replays can set it.
    return jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        iss={"essential": True, "value": ISSUER},
        sub={"essential": True},
        exp={"essential": True},
    )

"""Bearer tokens: what is put in comes out, and nothing else is taken for one."""

import base64
import datetime as dt
import json

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from domain.roles import Role
from services.tokens import ISSUER, InvalidToken, Tokens

NOW = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
SECRET = "thirty-two characters or more, surely"
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(SECRET)


def signed(**claims: object) -> str:
    """A token with any claims at all, signed with the right secret."""
    whole = {"iss": ISSUER, "sub": "x", "exp": int((NOW + HOUR).timestamp()), **claims}
    kept = {name: value for name, value in whole.items() if value is not None}
    return jwt.encode({"alg": "HS256"}, kept, OctKey.import_key(SECRET.encode()))


def test_a_services_token_carries_its_roles(tokens: Tokens) -> None:
    token = tokens.mint_for_service([Role.SALES, Role.ADMIN], now=NOW, ttl=HOUR)
    read = tokens.verify(token, now=NOW)
    assert read.as_principal().subject == "service:admin+sales"
    assert (read.is_person, read.roles) == (False, {"SALES", "ADMIN"})
    assert read.expires_at == NOW + HOUR


def test_a_customers_token_is_bound_to_the_customer(tokens: Tokens) -> None:
    """P1: CUSTOMER and a customer go together, and CUSTOMER stands alone."""
    token = tokens.mint_for_service([Role.CUSTOMER], now=NOW, customer_id=7)
    principal = tokens.verify(token, now=NOW).as_principal()
    assert (principal.customer_id, principal.sees_all) == (7, False)
    for roles, customer in (
        ([Role.CUSTOMER], None),
        ([Role.SALES], 7),
        ([Role.CUSTOMER, Role.SALES], 7),
        ([], None),
    ):
        with pytest.raises(ValueError, match="role"):
            tokens.mint_for_service(roles, now=NOW, customer_id=customer)


def test_a_persons_token_carries_no_roles(tokens: Tokens) -> None:
    read = tokens.verify(tokens.mint_for_person("li@example.com", now=NOW), now=NOW)
    assert (read.subject, read.is_person, read.roles) == ("li@example.com", True, frozenset())


def test_a_token_holds_until_its_second(tokens: Tokens) -> None:
    token = tokens.mint_for_service([Role.ADMIN], now=NOW, ttl=HOUR)
    assert tokens.verify(token, now=NOW + HOUR - dt.timedelta(seconds=1))
    with pytest.raises(InvalidToken):
        tokens.verify(token, now=NOW + HOUR)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "somebody else"},
        {"iss": None},
        {"sub": None},
        {"sub": 5},
        {"exp": None},
        {"exp": "tomorrow"},
        {"roles": "ADMIN"},
        {"roles": ["CUSTOMER"]},
        {"roles": ["ADMIN"], "customer": 7},
        {"roles": ["CUSTOMER"], "customer": "7"},
        {"roles": ["CUSTOMER"], "customer": True},
    ],
)
def test_claims_that_do_not_fit_are_refused(tokens: Tokens, claims: dict[str, object]) -> None:
    with pytest.raises(InvalidToken):
        tokens.verify(signed(**claims), now=NOW)


def test_unknown_roles_count_for_nothing(tokens: Tokens) -> None:
    assert tokens.verify(signed(roles=["EMPEROR", "SALES"]), now=NOW).roles == {"SALES"}


def test_an_unsigned_or_altered_token_is_refused(tokens: Tokens) -> None:
    token = tokens.mint_for_service([Role.SALES], now=NOW)
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["roles"] = ["ADMIN"]
    altered = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    for forged in (f"{header}.{altered}.{signature}", f"{none}.{payload}.", f"{header}.{payload}."):
        with pytest.raises(InvalidToken):
            tokens.verify(forged, now=NOW)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Tokens("short")

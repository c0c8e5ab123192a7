"""Bearer tokens: what is put in comes out, and nothing else is taken for one."""

import base64
import datetime as dt
import hmac
import json

import pytest

from domain.errors import InvalidInput
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
    return signed_bytes(json.dumps(kept).encode())


def signed_bytes(payload: bytes) -> str:
    """A token with any bytes as its claims, signed with the right secret."""

    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    body = part(b'{"alg":"HS256"}') + "." + part(payload)
    seal = hmac.digest(SECRET.encode(), body.encode(), "sha256")
    return body + "." + part(seal)


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
        with pytest.raises(InvalidInput, match="role"):
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
        *({"exp": value} for value in (True, 10**12, 10**18, 10**30, 1e308, 1.9e9, -1, [], {})),
        *({"exp": value} for value in (float("inf"), float("nan"), "1772400000")),
        *({"iat": value} for value in (True, -1, 1.5, 10**30, "today", [])),
        *({"nbf": value} for value in (True, -1, 1.5, 10**30, "today", [])),
        *({"sub": value} for value in ("", "a\0b", "\ud800", "x" * 201, ["x"], {"x": 1}, True)),
        *({"kind": value} for value in ("robot", 1, ["person"], {}, True)),
        *({"roles": value} for value in ([["ADMIN"]], [{}], ["ADMIN", None], {"ADMIN": 1}, 5)),
        *(
            {"roles": ["CUSTOMER"], "customer": value}
            for value in (0, -1, 2**63, 10**30, 1.0, [7], {"id": 7})
        ),
    ],
    ids=lambda claims: str(claims)[:40],
)
def test_claims_that_do_not_fit_are_refused(tokens: Tokens, claims: dict[str, object]) -> None:
    with pytest.raises(InvalidToken):
        tokens.verify(signed(**claims), now=NOW)


@pytest.mark.parametrize(
    "payload",
    [b"[]", b"1", b"null", b"", b"{", b"\xff", b"[" * 2_500, b'{"exp":' + b"9" * 2_500 + b"}"],
    ids=lambda payload: str(payload[:10]),
)
def test_a_signature_does_not_vouch_for_what_is_signed(tokens: Tokens, payload: bytes) -> None:
    with pytest.raises(InvalidToken):
        tokens.verify(signed_bytes(payload), now=NOW)


def test_a_service_of_all_roles_has_a_subject_that_can_be_kept(tokens: Tokens) -> None:
    """Who did something is kept in 200 characters; the names of 31 roles are longer."""
    token = tokens.mint_for_service(set(Role) - {Role.CUSTOMER}, now=NOW)
    assert tokens.verify(token, now=NOW).subject == "service:31 roles"
    with pytest.raises(InvalidInput, match="200 characters"):
        tokens.mint_for_person("x" * 201, now=NOW)


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
    with pytest.raises(InvalidInput, match="32 bytes"):
        Tokens("short")

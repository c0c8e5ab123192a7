"""The API on the test's own database, asked over HTTP as a client asks."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from domain.principals import SYSTEM
from domain.roles import Role
from gql.app import create_app, deps_of
from gql.context import Deps
from persistence.events import EventStream
from persistence.tables import CustomerRow
from services.bootstrap import Dependencies
from services.tokens import Tokens
from tests.statements import counting
from tests.waiting import PATIENCE_S

GRAPHQL = "application/graphql-response+json"
# What an answer says of refusals, with what the kinds used most add.
ERRORS = """userErrors { __typename code field message
  ... on ItemError { index remedy } ... on StaleVersionError { expectedVersion actualVersion } }"""


@dataclass
class Client:
    """Asks the API as one principal after another."""

    http: httpx.AsyncClient
    dependencies: Dependencies
    tokens: Tokens
    events: EventStream

    def token(self, *roles: Role, customer_id: int | None = None) -> str:
        """A token of a service with these roles."""
        now = self.dependencies.clock()
        return self.tokens.mint_for_service(roles, now=now, customer_id=customer_id)

    async def customer_token(self, code: str) -> str:
        """The token of a customer's own login."""
        async with self.dependencies.unit_of_work(SYSTEM) as uow:
            key = await uow.session.scalar(select(CustomerRow.id).where(CustomerRow.code == code))
        return self.token(Role.CUSTOMER, customer_id=key)

    async def post(
        self,
        document: str,
        variables: dict[str, Any] | None = None,
        *,
        token: str | None = None,
        accept: str = GRAPHQL,
        **body: Any,
    ) -> httpx.Response:
        """The response to one POST; ADMIN asks where no token is given."""
        bearer = self.token(Role.ADMIN) if token is None else token
        return await self.http.post(
            "/graphql",
            json={"query": document, "variables": variables or {}, **body},
            headers={"Authorization": f"Bearer {bearer}", "Accept": accept},
        )

    async def ask(
        self, document: str, variables: dict[str, Any] | None = None, *, token: str | None = None
    ) -> Any:
        """The data of an operation that must succeed."""
        answer = (await self.post(document, variables, token=token)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def codes(
        self, document: str, variables: dict[str, Any] | None = None, *, token: str | None = None
    ) -> list[str]:
        """The codes of an operation's errors."""
        answer = (await self.post(document, variables, token=token)).json()
        return [error["extensions"]["code"] for error in answer.get("errors", [])]

    def counting(self) -> AbstractContextManager[list[str]]:
        """Collects the SQL statements that run while the block lasts."""
        return counting(self.dependencies.engine)


@pytest.fixture
def api_deps(deps: Dependencies) -> Deps:
    """The API's parts; a test may replace some. A request may take as long as a machine needs."""
    return replace(deps_of(deps), request_time_limit_s=2 * PATIENCE_S)


@pytest.fixture
async def app(api_deps: Deps) -> AsyncIterator[Starlette]:
    """The application, started."""
    application = create_app(api_deps)
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture
async def client(app: Starlette, deps: Dependencies, api_deps: Deps) -> AsyncIterator[Client]:
    """A client of the application."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield Client(http, deps, api_deps.tokens, api_deps.events)

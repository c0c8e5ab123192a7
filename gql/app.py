"""The ASGI application: GraphQL at one path, health, metrics, GraphiQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import structlog
from asgi_correlation_id import CorrelationIdMiddleware
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from domain.principals import SYSTEM, Principal
from gql import graphiql
from gql.authentication import Authenticator
from gql.context import Api, Deps
from gql.documents import Documents
from gql.endpoint import GraphQLEndpoint
from gql.metrics import Metrics
from gql.schema import schema
from gql.sockets import GraphQLSocket
from persistence.allocation.queries import run_figures
from persistence.events import EventStream
from persistence.retry import is_passing
from persistence.unit_of_work import UnitOfWork
from services.bootstrap import Dependencies
from services.health import readiness
from services.tokens import Tokens

log = structlog.get_logger()

# All of them come to the endpoint, which answers what it does not serve with 405.
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_app(deps: Deps) -> Starlette:
    """The application on these parts; starts listening for events when the server starts."""
    metrics = Metrics()
    api = Api(deps, Documents(deps.limits, introspection=deps.introspection))
    authenticator = Authenticator(deps)
    page = graphiql.page() if deps.graphiql else None
    endpoint = GraphQLEndpoint(api, schema, authenticator, metrics, page)
    socket = GraphQLSocket(api, schema, authenticator, metrics)

    async def graphql(request: Request) -> Response:
        return await endpoint(request)

    async def live(_: Request) -> Response:
        return PlainTextResponse("alive")

    async def ready(request: Request) -> Response:
        found = await deps.readiness()
        language = await api.language(request.headers.get("accept-language"))
        answer = {
            "ready": not found.problems,
            "problems": [problem.text(language) for problem in found.problems],
            "warnings": [warning.text(language) for warning in found.warnings],
        }
        status = 503 if found.problems else 200
        return Response(orjson.dumps(answer), status, media_type="application/json")

    async def figures(_: Request) -> Response:
        try:
            async with deps.uow(SYSTEM) as uow:
                metrics.runs(await run_figures(uow.session))
        except Exception as error:
            if not is_passing(error):
                raise
            # What this process counts itself is reported all the same.
            log.warning("figures of runs could not be read", error=str(error))
        return Response(metrics.text(), media_type=metrics.media_type)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await deps.events.start()
        try:
            yield
        finally:
            await deps.events.stop()

    routes: list[BaseRoute] = [
        Route("/graphql", graphql, methods=METHODS),
        WebSocketRoute("/graphql", socket),
        Route("/livez", live),
        Route("/readyz", ready),
        Route("/metrics", figures),
    ]
    if deps.graphiql:
        routes.append(graphiql.files())
    return Starlette(routes=routes, middleware=_middleware(deps), lifespan=lifespan)


def deps_of(dependencies: Dependencies) -> Deps:
    """The API's parts from those that all use cases stand on."""
    settings = dependencies.settings

    def uow(principal: Principal, *, one_instant: bool = False) -> UnitOfWork:
        return UnitOfWork(
            dependencies.sessions, principal, dependencies.clock(), one_instant=one_instant
        )

    return Deps(
        tokens=Tokens(dependencies.secret),
        uow=uow,
        clock=dependencies.clock,
        events=EventStream(dependencies.databases.application),
        readiness=lambda: readiness(lambda: uow(SYSTEM), dependencies.databases),
        language=settings.lang,
        cors_origins=settings.cors_origins,
        graphiql=settings.graphiql,
        introspection=settings.introspection,
    )


def _middleware(deps: Deps) -> list[Middleware]:
    found = [Middleware(CorrelationIdMiddleware, header_name="X-Request-ID")]
    if deps.cors_origins:
        found.append(
            Middleware(
                CORSMiddleware,
                allow_origins=list(deps.cors_origins),
                allow_methods=["GET", "POST"],
                allow_headers=["authorization", "content-type", "x-request-id"],
                expose_headers=["x-request-id"],
                max_age=600,
            )
        )
    return found

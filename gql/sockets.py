"""GraphQL over a WebSocket: the graphql-transport-ws protocol, the token in connection_init."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
from asgi_correlation_id import correlation_id
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message
from strawberry.types.unset import UnsetType

from domain.messages import msg
from domain.principals import Principal
from gql.authentication import Authenticator, bearer
from gql.context import Api, RequestContext
from gql.errors import Unauthenticated
from gql.execution import ApportionSchema
from gql.metrics import Metrics

INIT_WAIT = timedelta(seconds=5)
OPERATIONS_PER_SOCKET = 20


class SocketContext:
    """What a socket knows: its token, and with it a context for each of its operations."""

    def __init__(self, api: Api, authenticator: Authenticator, accept_language: str | None) -> None:
        self._api = api
        self._authenticator = authenticator
        self._accept_language = accept_language
        # The protocol's handler writes the payload of connection_init here.
        self.connection_params: dict[str, Any] = {}
        self._operations = 0
        self._id = correlation_id.get() or "none"
        self._principal: Principal | None = None

    async def authenticate(self) -> Principal:
        """The principal of the token in connection_init; Unauthenticated when there is none."""
        given = self.connection_params
        for name in ("Authorization", "authorization"):
            if isinstance(given.get(name), str):
                token = bearer(given[name])
                break
        else:
            token = given["token"] if isinstance(given.get("token"), str) else None
        self._principal = await self._authenticator.principal_of(token)
        return self._principal

    def _wanted_language(self) -> str | None:
        """A page can set no headers of a socket: its language may stand beside the token."""
        beside = self.connection_params.get("Accept-Language")
        return beside if isinstance(beside, str) else self._accept_language

    def request_context(self) -> RequestContext:
        """A fresh context for one operation of the socket."""
        if self._principal is None:
            raise Unauthenticated(msg("api.NOT_INITIALISED"))
        self._operations += 1
        return RequestContext(
            self._api,
            self._principal,
            request_id=f"{self._id}-{self._operations}",
            reauthenticate=self.authenticate,
            accept_language=self._wanted_language(),
            language=self._api.deps.language,
        )


class _Handler(BaseGraphQLTransportWSHandler[SocketContext, None]):
    async def handle_message(self, message: Message) -> None:
        """Refuse what is not a message of the protocol; the stock handler would fail on it."""
        if not _is_message(message):
            await self.handle_invalid_message("Invalid message")
            return
        await super().handle_message(message)


def _is_message(message: object) -> bool:
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    if message["type"] in ("subscribe", "complete") and not isinstance(message.get("id"), str):
        return False
    if message["type"] != "subscribe":
        return True
    payload = message.get("payload")
    return (
        isinstance(payload, dict)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
    )


class GraphQLSocket(GraphQL[SocketContext, None]):
    """Serves WebSockets only; HTTP is the endpoint's."""

    graphql_transport_ws_handler_class = _Handler

    def __init__(
        self,
        api: Api,
        schema: ApportionSchema,
        authenticator: Authenticator,
        metrics: Metrics,
    ) -> None:
        protocols: Sequence[str] = (GRAPHQL_TRANSPORT_WS_PROTOCOL,)
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=protocols,
            connection_init_wait_timeout=INIT_WAIT,
            max_subscriptions_per_connection=OPERATIONS_PER_SOCKET,
            allowed_origins=api.deps.cors_origins,
        )
        self._api = api
        self._authenticator = authenticator
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold one socket until it closes."""
        with self._metrics.sockets.track_inprogress():
            await super().__call__(scope, receive, send)

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> SocketContext:
        """A context that learns its principal from connection_init."""
        accept_language = request.headers.get("accept-language")
        return SocketContext(self._api, self._authenticator, accept_language)

    async def on_ws_connect(self, context: SocketContext) -> UnsetType:
        """Let in who has a token; nothing is sent along with the acknowledgement."""
        try:
            await context.authenticate()
        except Unauthenticated as error:
            raise ConnectionRejectionError from error
        return UnsetType()

    def decode_json(self, data: str | bytes) -> object:
        """Deeply nested JSON is an error here; the standard parser would run out of stack."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> str:
        """Text frames: the protocol knows no binary ones."""
        return orjson.dumps(data).decode()

"""GraphQL over HTTP: reads a request, runs it, answers with the right form and status."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
from asgi_correlation_id import correlation_id
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from domain.languages import Language
from domain.messages import Message, msg
from domain.principals import Principal
from gql.authentication import Authenticator, bearer
from gql.context import Api, RequestContext
from gql.errors import BAD_REQUEST, STOPPED, TIMEOUT, Refused, Unauthenticated, presentable
from gql.execution import ApportionSchema
from gql.metrics import Metrics
from gql.negotiation import EVENTS, GRAPHQL, JSON, answer_form, prefers_html

READING = frozenset({OperationType.QUERY})
READING_AND_WRITING = frozenset({OperationType.QUERY, OperationType.MUTATION})
HEARTBEAT_S = 12
# What figures and logs of web servers call a request whose client has gone.
HUNG_UP = 499
_VALID_HEADERS = {"Cache-Control": "no-store", "Vary": "Accept, Accept-Language, Authorization"}


class BadRequest(Exception):
    """A request that is not GraphQL over HTTP; answered with this status and sentence."""

    def __init__(self, status: int, said: Message, headers: dict[str, str] | None = None) -> None:
        super().__init__(str(said))
        self.status = status
        self.said = said
        self.headers = headers or {}


@dataclass(frozen=True)
class GraphQLRequest:
    """What a client asks to run."""

    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    operation_name: str | None = None


class GraphQLEndpoint:
    """Answers POST and GET at one path."""

    def __init__(
        self,
        api: Api,
        schema: ApportionSchema,
        authenticator: Authenticator,
        metrics: Metrics,
        page: Response | None,
    ) -> None:
        self._api = api
        self._schema = schema
        self._authenticator = authenticator
        self._metrics = metrics
        self._page = page

    async def __call__(self, request: Request) -> Response:
        """Answer one request, whatever it is."""
        accept = request.headers.get("accept")
        if request.method == "GET" and "query" not in request.query_params and prefers_html(accept):
            if self._page is None:
                return Response(status_code=404)
            return self._page
        form = answer_form(accept)
        started = time.perf_counter()
        try:
            if form is None:
                raise BadRequest(406, msg("api.ACCEPT", forms=(GRAPHQL, JSON)))
            asked = await self._read(request)
            response = await self._answer(request, asked, form)
        except BadRequest as refusal:
            error = Refused(refusal.said, BAD_REQUEST)
            response = await self._refusal(request, refusal.status, error, form, refusal.headers)
        except Unauthenticated as error:
            challenge = {"WWW-Authenticate": 'Bearer realm="apportion"'}
            response = await self._refusal(request, 401, error, form, challenge)
        except ClientDisconnect:
            # Nobody is there any more to be answered.
            self._metrics.answered(HUNG_UP, time.perf_counter() - started)
            return Response(status_code=400)
        self._metrics.answered(response.status_code, time.perf_counter() - started)
        return response

    async def _read(self, request: Request) -> GraphQLRequest:
        if request.method == "GET":
            return _from_parameters(request)
        if request.method != "POST":
            raise BadRequest(405, msg("api.USE_POST"), {"Allow": "GET, POST"})
        # A form or plain text can be posted by any web page without asking; JSON can't (CSRF).
        media, *parameters = (
            part.strip().lower() for part in request.headers.get("content-type", "").split(";")
        )
        if media != JSON:
            raise BadRequest(415, msg("api.SEND_AS", form=JSON))
        for parameter in parameters:
            if parameter.startswith("charset=") and parameter[8:].strip('"') != "utf-8":
                raise BadRequest(415, msg("api.SEND_UTF8"))
        return _from_json(await self._body(request))

    async def _body(self, request: Request) -> bytes:
        limit = self._api.deps.body_limit_bytes
        chunks: list[bytes] = []
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise BadRequest(413, msg("api.BODY_TOO_LARGE", most=limit))
            chunks.append(chunk)
        return b"".join(chunks)

    async def _answer(self, request: Request, asked: GraphQLRequest, form: str) -> Response:
        token = bearer(request.headers.get("authorization"))
        principal = await self._authenticator.principal_of(token)
        context = RequestContext(
            self._api,
            principal,
            request_id=request_id(),
            reauthenticate=lambda: self._authenticator.principal_of(token),
            accept_language=request.headers.get("accept-language"),
            language=await self._language(request, principal),
        )
        may = READING if request.method == "GET" else READING_AND_WRITING
        if form == EVENTS:
            return self._events(asked, context, may | {OperationType.SUBSCRIPTION})
        result = await self._run(asked, context, may)
        self._metrics.ran(context.cost, failed=bool(result.errors))
        return _rendered(result, form)

    async def _run(
        self, asked: GraphQLRequest, context: RequestContext, may: Iterable[OperationType]
    ) -> ExecutionResult:
        try:
            async with asyncio.timeout(self._api.deps.request_time_limit_s):
                return await self._schema.execute(
                    asked.query,
                    variable_values=asked.variables,
                    context_value=context,
                    operation_name=asked.operation_name,
                    allowed_operation_types=may,
                )
        except InvalidOperationTypeError as error:
            if error.operation_type is OperationType.SUBSCRIPTION:
                raise BadRequest(400, msg("api.SUBSCRIBE", form=EVENTS)) from error
            raise BadRequest(405, msg("api.GET_READS_ONLY"), {"Allow": "POST"}) from error
        except TimeoutError:
            stopped = Refused(STOPPED, TIMEOUT)
            errors = presentable(
                [stopped], context.request_id, executed=True, language=context.language
            )
            return PreExecutionError(data=None, errors=errors)

    def _events(
        self, asked: GraphQLRequest, context: RequestContext, may: Iterable[OperationType]
    ) -> Response:
        """Server-sent events, one per result; a comment now and then keeps proxies awake."""

        async def events() -> AsyncIterator[bytes]:
            results = await self._schema.stream(
                asked.query,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation_name,
                allowed_operation_types=may,
            )
            try:
                following = asyncio.ensure_future(anext(results, None))
                while True:
                    done, _ = await asyncio.wait({following}, timeout=HEARTBEAT_S)
                    if not done:
                        yield b":\n\n"
                        continue
                    result = following.result()
                    if result is None:
                        break
                    yield b"event: next\ndata: " + _body_of(result) + b"\n\n"
                    following = asyncio.ensure_future(anext(results, None))
                yield b"event: complete\ndata:\n\n"
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
                await results.aclose()

        return StreamingResponse(events(), media_type=EVENTS, headers=_VALID_HEADERS)

    async def _language(self, request: Request, principal: Principal | None = None) -> Language:
        return await self._api.language(request.headers.get("accept-language"), principal)

    async def _refusal(
        self,
        request: Request,
        status: int,
        error: GraphQLError,
        form: str | None,
        headers: dict[str, str],
    ) -> Response:
        errors = presentable(
            [error], request_id(), executed=False, language=await self._language(request)
        )
        return Response(
            orjson.dumps({"errors": [each.formatted for each in errors]}),
            status_code=status,
            media_type=GRAPHQL if form == GRAPHQL else JSON,
            headers={**_VALID_HEADERS, **headers},
        )


def request_id() -> str:
    """The id of the request being answered; the log has it too."""
    return correlation_id.get() or "none"


def _from_parameters(request: Request) -> GraphQLRequest:
    given = request.query_params
    if "query" not in given:
        raise BadRequest(400, msg("api.NO_QUERY"))
    body: dict[str, Any] = {"query": given["query"]}
    if given.get("operationName"):
        body["operationName"] = given["operationName"]
    for name in ("variables", "extensions"):
        if given.get(name):
            body[name] = _parsed(given[name].encode(), msg("api.PARAMETER", name=name))
    return _checked(body)


def _from_json(body: bytes) -> GraphQLRequest:
    parsed = _parsed(body, msg("api.BODY"))
    if isinstance(parsed, list):
        raise BadRequest(400, msg("api.ONE_OPERATION"))
    if not isinstance(parsed, dict):
        raise BadRequest(400, msg("api.BODY_NO_OBJECT"))
    return _checked(parsed)


def _parsed(text: bytes, what: Message) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadRequest(400, msg("api.NOT_JSON", what=what)) from error


def _checked(body: dict[str, Any]) -> GraphQLRequest:
    query = body.get("query")
    if not isinstance(query, str) or not query.strip():
        raise BadRequest(400, msg("api.QUERY_EMPTY"))
    variables = body.get("variables")
    if not isinstance(variables, dict | None):
        raise BadRequest(400, msg("api.NO_OBJECT", name="variables"))
    operation_name = body.get("operationName")
    if not isinstance(operation_name, str | None):
        raise BadRequest(400, msg("api.OPERATION_NAME_NO_TEXT"))
    if not isinstance(body.get("extensions"), dict | None):
        raise BadRequest(400, msg("api.NO_OBJECT", name="extensions"))
    return GraphQLRequest(query, variables or {}, operation_name or None)


def _rendered(result: ExecutionResult, form: str) -> Response:
    """The older JSON form answers 200 to anything it could read; the newer says how it went."""
    began = not isinstance(result, PreExecutionError)
    status = 200
    if not began and form == GRAPHQL:
        codes = {(error.extensions or {}).get("code") for error in result.errors or ()}
        status = 503 if TIMEOUT in codes else 400
    return Response(_body_of(result), status_code=status, media_type=form, headers=_VALID_HEADERS)


def _body_of(result: ExecutionResult) -> bytes:
    body: dict[str, Any] = {}
    if not isinstance(result, PreExecutionError):
        body["data"] = result.data
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        body["extensions"] = result.extensions
    return orjson.dumps(body)

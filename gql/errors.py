"""What a client is told when something fails: a sentence, a code, the request's id, and no more."""

import asyncio
from collections.abc import Sequence

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import StrawberryInputCoercionError

from domain.errors import DomainError, NotAllowed
from persistence.retry import is_cancelled, is_passing

log = structlog.get_logger(__name__)

INTERNAL = "INTERNAL_ERROR"
PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
BAD_INPUT = "BAD_USER_INPUT"
UNAUTHENTICATED = "UNAUTHENTICATED"
FORBIDDEN = "FORBIDDEN"
TIMEOUT = "TIMEOUT"
BAD_REQUEST = "BAD_REQUEST"
UNAVAILABLE = "UNAVAILABLE"
STOPPED = "The request took too long and was stopped."

# A document nested so deeply that walking it ends Python's own stack.
TOO_DEEP = GraphQLError("The document is nested too deeply.", extensions={"code": "DEPTH_LIMIT"})


class Unauthenticated(GraphQLError):
    """The token is missing, unknown or expired, or its person was deactivated."""

    def __init__(self, message: str) -> None:
        super().__init__(message, extensions={"code": UNAUTHENTICATED})


def presentable(
    errors: Sequence[GraphQLError], request_id: str, *, executed: bool
) -> list[GraphQLError]:
    """The same errors, each with a code and the request's id, and with nothing of our insides.

    executed: whether the operation began; errors before that are the document's or variables'.
    """
    return [_presentable(error, request_id, executed=executed) for error in errors]


def _presentable(error: GraphQLError, request_id: str, *, executed: bool) -> GraphQLError:
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    message, code = error.message, (error.extensions or {}).get("code")
    if isinstance(cause, DomainError):
        message = cause.message
        code = FORBIDDEN if isinstance(cause, NotAllowed) else cause.code
    elif isinstance(cause, TimeoutError | asyncio.CancelledError):
        message, code = STOPPED, TIMEOUT
    elif isinstance(cause, RecursionError):
        message, code = TOO_DEEP.message, "DEPTH_LIMIT"
    elif isinstance(cause, StrawberryInputCoercionError):
        code = BAD_INPUT
    elif cause is not None and is_cancelled(cause):
        message, code = STOPPED, TIMEOUT
    elif isinstance(cause, Exception) and is_passing(cause):
        log.warning("the database was in the way", request_id=request_id, exc_info=cause)
        message, code = "The database did not answer; try again.", UNAVAILABLE
    elif cause is not None and not isinstance(cause, GraphQLError):
        log.error("field failed", request_id=request_id, path=error.path, exc_info=cause)
        message, code = "Something went wrong on our side; quote the request id.", INTERNAL
    elif isinstance(error, GraphQLSyntaxError):
        code = PARSE_FAILED
    elif code is None:
        code = BAD_INPUT if executed else VALIDATION_FAILED
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={**(error.extensions or {}), "code": code, "requestId": request_id},
    )

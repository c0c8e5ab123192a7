"""What a client reads when something fails: a sentence, a code, the request's id, and no more."""

import asyncio
from collections.abc import Sequence

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import StrawberryInputCoercionError

from domain.errors import DomainError, NotAllowed
from domain.languages import Language
from domain.messages import Message, literal, msg
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
STOPPED = msg("api.STOPPED")


class Refused(GraphQLError):
    """An error of the request, which is said in the language of the request."""

    def __init__(self, said: Message, code: str) -> None:
        super().__init__(str(said), extensions={"code": code})
        self.said = said


class Unauthenticated(Refused):
    """The token is missing, unknown or expired, or its person was deactivated."""

    def __init__(self, said: Message) -> None:
        super().__init__(said, UNAUTHENTICATED)


class NotReadable(StrawberryInputCoercionError):
    """A value is none of its scalar; said in the language of the request."""

    def __init__(self, said: Message) -> None:
        super().__init__(str(said))
        self.said = said


# A document nested so deeply that walking it ends Python's own stack.
TOO_DEEP = Refused(msg("api.TOO_DEEP"), "DEPTH_LIMIT")


def presentable(
    errors: Sequence[GraphQLError],
    request_id: str,
    *,
    executed: bool,
    language: Language = Language.EN,
) -> list[GraphQLError]:
    """The same errors, each with a code and the request's id, and with nothing of our insides.

    executed: whether the operation began; errors before that are the document's or variables'.
    """
    return [_presentable(error, request_id, executed, language) for error in errors]


def _presentable(
    error: GraphQLError, request_id: str, executed: bool, language: Language
) -> GraphQLError:
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    code = (error.extensions or {}).get("code")
    # What the libraries say of a document is for those who write it: in English.
    said = literal(error.message)
    if isinstance(error, Refused):
        said = error.said
    elif isinstance(cause, Refused):
        said, code = cause.said, (cause.extensions or {}).get("code")
    elif isinstance(cause, DomainError):
        said = cause.message
        code = FORBIDDEN if isinstance(cause, NotAllowed) else cause.code
    elif isinstance(cause, TimeoutError | asyncio.CancelledError):
        said, code = STOPPED, TIMEOUT
    elif isinstance(cause, RecursionError):
        said, code = TOO_DEEP.said, "DEPTH_LIMIT"
    elif isinstance(cause, NotReadable):
        # GraphQL says before it, in English, where the value stands.
        where = error.message.removesuffix(str(cause)).removesuffix("; ")
        said = msg("api.NOT_READABLE", where=where, fault=cause.said) if where else cause.said
        code = BAD_INPUT
    elif isinstance(cause, StrawberryInputCoercionError):
        code = BAD_INPUT
    elif cause is not None and is_cancelled(cause):
        said, code = STOPPED, TIMEOUT
    elif isinstance(cause, Exception) and is_passing(cause):
        log.warning("the database was in the way", request_id=request_id, exc_info=cause)
        said, code = msg("api.DATABASE_AWAY"), UNAVAILABLE
    elif cause is not None and not isinstance(cause, GraphQLError):
        log.error("field failed", request_id=request_id, path=error.path, exc_info=cause)
        said, code = msg("api.INTERNAL"), INTERNAL
    elif isinstance(error, GraphQLSyntaxError):
        code = PARSE_FAILED
    elif code is None:
        code = BAD_INPUT if executed else VALIDATION_FAILED
    return GraphQLError(
        said.text(language),
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={**(error.extensions or {}), "code": code, "requestId": request_id},
    )

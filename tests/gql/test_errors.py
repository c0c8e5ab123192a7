"""What a client is shown of an error: a code to act on, and nothing of our insides."""

import pytest
from graphql import GraphQLError, GraphQLSyntaxError, Source
from sqlalchemy.exc import DBAPIError

from domain.errors import InvalidInput, NotAllowed, WrongState
from domain.messages import literal
from gql.errors import Unauthenticated, presentable


class Said(Exception):
    """What a driver raises: an error with the database's own code."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("SELECT secret FROM somewhere")
        self.sqlstate = sqlstate


def by_database(sqlstate: str) -> DBAPIError:
    return DBAPIError("SELECT secret", {}, Said(sqlstate))


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (InvalidInput(literal("Too much."), field="first"), "INVALID_INPUT"),
        (WrongState(literal("Too late.")), "WRONG_STATE"),
        (NotAllowed(literal("look")), "FORBIDDEN"),
        (TimeoutError(), "TIMEOUT"),
        (by_database("57014"), "TIMEOUT"),
        (by_database("40001"), "UNAVAILABLE"),
        (ConnectionRefusedError("10.0.0.5:5432"), "UNAVAILABLE"),
        (by_database("23505"), "INTERNAL_ERROR"),
        (KeyError("/etc/secret"), "INTERNAL_ERROR"),
        (RecursionError(), "DEPTH_LIMIT"),
    ],
)
def test_each_error_has_its_code_and_no_insides(cause: Exception, code: str) -> None:
    error = GraphQLError(str(cause), original_error=cause, path=["orders"])
    (shown,) = presentable([error], "r-1", executed=True)
    assert shown.formatted["extensions"] == {"code": code, "requestId": "r-1"}
    assert shown.path == ["orders"]
    for inside in ("secret", "SELECT", "10.0.0.5"):
        assert inside not in shown.message


def test_errors_of_the_document_keep_their_words() -> None:
    syntax = GraphQLSyntaxError(Source("{"), 1, "Expected Name.")
    (shown,) = presentable([syntax], "r-1", executed=False)
    assert "Expected Name." in shown.message
    assert (shown.extensions or {})["code"] == "GRAPHQL_PARSE_FAILED"


def test_a_lost_login_is_said_so() -> None:
    (shown,) = presentable([Unauthenticated(literal("Expired."))], "r-1", executed=False)
    assert (shown.extensions or {})["code"] == "UNAUTHENTICATED"

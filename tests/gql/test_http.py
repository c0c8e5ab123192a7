"""GraphQL over HTTP: forms of answer, status codes, bad requests, and what a page may not do."""

import json
from typing import Any

import pytest

from domain.roles import Role
from tests.gql.conftest import GRAPHQL, Client
from tests.world import write_tiny_company

JSON = "application/json"
VIEWER = "{ viewer { subject } }"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        ("*/*", JSON),
        (f"{JSON};q=0.5, {GRAPHQL}", GRAPHQL),
        # urql names all three and means JSON.
        (f"{GRAPHQL}, {JSON}, text/event-stream, multipart/mixed", GRAPHQL),
    ],
)
async def test_the_answer_has_the_form_asked_for(client: Client, accept: str, form: str) -> None:
    response = await client.post(VIEWER, accept=accept)
    assert response.status_code == 200
    assert response.headers["content-type"].split(";")[0] == form
    assert response.json()["data"] == {"viewer": {"subject": "service:admin"}}


async def test_a_form_we_cannot_give_is_said_so(client: Client) -> None:
    assert (await client.post(VIEWER, accept="text/csv")).status_code == 406


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ viewer { subject }", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "query A { viewer { subject } } query B { viewer { roles } }",
            "OPERATION_RESOLUTION_FAILURE",
        ),
        ("query ($id: ID!) { node(id: $id) { id } }", "BAD_USER_INPUT"),
    ],
)
async def test_a_document_that_cannot_run_is_400_in_the_new_form_and_200_in_the_old(
    client: Client, document: str, code: str
) -> None:
    for accept, status in ((GRAPHQL, 400), (JSON, 200)):
        response = await client.post(document, accept=accept)
        assert response.status_code == status
        answer = response.json()
        assert "data" not in answer
        assert [error["extensions"]["code"] for error in answer["errors"]] == [code]
        assert answer["errors"][0]["extensions"]["requestId"] == response.headers["x-request-id"]


async def test_one_of_several_operations_runs_by_name(client: Client) -> None:
    document = "query A { viewer { subject } } query B { viewer { roles } }"
    response = await client.post(document, operationName="B")
    assert response.json()["data"] == {"viewer": {"roles": ["ADMIN"]}}


BAD_BODIES: list[tuple[str, bytes]] = [
    ("null", b"null"),
    ("number", b"42"),
    ("text", b'"{ viewer }"'),
    ("batch", b"[]"),
    ("empty", b""),
    ("not UTF-8", b'{"query": "\xff\xfe"}'),
    ("cut", b'{"query": "{ viewer { subject } }"'),
    ("no query", b"{}"),
    ("query is a number", b'{"query": 1}'),
    ("variables are a list", b'{"query": "{ viewer { subject } }", "variables": []}'),
    ("name is a number", b'{"query": "{ viewer { subject } }", "operationName": 1}'),
    ("deep", b'{"query": "{a}", "variables": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}"),
]


@pytest.mark.parametrize("body", [body for _, body in BAD_BODIES], ids=[n for n, _ in BAD_BODIES])
async def test_a_bad_body_is_the_clients_fault(client: Client, body: bytes) -> None:
    headers = {
        "Authorization": f"Bearer {client.token(Role.ADMIN)}",
        "Content-Type": JSON,
        "Accept": JSON,
    }
    response = await client.http.post("/graphql", content=body, headers=headers)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_a_body_above_a_million_bytes_is_refused(client: Client) -> None:
    response = await client.post("# " + "x" * 1_000_000)
    assert response.status_code == 413


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
async def test_what_any_web_page_may_post_is_refused(client: Client, media: str) -> None:
    """A browser sends these from a foreign page without asking first (CSRF)."""
    response = await client.http.post(
        "/graphql", content=json.dumps({"query": VIEWER}), headers={"Content-Type": media}
    )
    assert response.status_code == 415


async def get(client: Client, **parameters: str) -> Any:
    headers = {"Authorization": f"Bearer {client.token(Role.ADMIN)}", "Accept": GRAPHQL}
    return await client.http.get("/graphql", params=parameters, headers=headers)


async def test_a_query_may_be_asked_by_get(client: Client) -> None:
    document = "query ($id: ID!) { node(id: $id) { id } }"
    response = await get(client, query=document, variables=json.dumps({"id": "nothing"}))
    assert response.json()["data"] == {"node": None}


async def test_a_mutation_by_get_is_refused(client: Client) -> None:
    response = await get(client, query="mutation { allocationRequest { userErrors { code } } }")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


async def test_a_subscription_by_post_is_sent_elsewhere(client: Client) -> None:
    response = await client.post("subscription { orderChanged { order { id } } }")
    assert response.status_code == 400
    assert "WebSocket" in response.json()["errors"][0]["message"]


async def test_other_methods_are_405(client: Client) -> None:
    response = await client.http.put("/graphql", json={"query": VIEWER})
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


async def test_a_browser_gets_graphiql_and_every_file_of_it_from_us(client: Client) -> None:
    page = await client.http.get("/graphql", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "//" not in page.text.replace("/graphql/static//", "")
    for name in ("graphiql.js", "graphiql.css"):
        assert f"/graphql/static/{name}" in page.text
        assert (await client.http.get(f"/graphql/static/{name}")).status_code == 200


async def test_errors_of_ours_are_masked_and_in_the_log(client: Client) -> None:
    """An empty database has no policy: our fault, reported with an id and without our words."""
    answer = (await client.post("{ orders { totalCount } }")).json()
    error = answer["errors"][0]
    assert answer["data"] is None
    assert error["extensions"]["code"] == "INTERNAL_ERROR"
    assert "policy" not in error["message"]


async def test_health_and_figures(client: Client) -> None:
    assert (await client.http.get("/livez")).text == "alive"
    early = await client.http.get("/readyz")
    assert (early.status_code, early.json()["problems"]) == (
        503,
        ["This database has no policy yet."],
    )
    await write_tiny_company(client.dependencies)
    assert (await client.http.get("/readyz")).json() == {
        "ready": True,
        "problems": [],
        "warnings": [],
    }
    await client.ask(VIEWER)
    figures = (await client.http.get("/metrics")).text
    assert 'apportion_operations_total{outcome="ok"} 1.0' in figures

"""News over a real WebSocket and over server-sent events, from a real server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from domain.languages import Language
from domain.parties.people import AddPerson
from domain.policy.commands import UpdatePolicy
from domain.principals import SYSTEM
from domain.roles import Role
from gql.context import POLICY_REMEMBERED
from services.allocation.run import run_allocation
from services.milestones.due import notify_of_due_milestones
from services.parties.people import add_person
from services.policy import update_policy
from services.supply import receive_goods
from tests.gql.company import change_order
from tests.gql.conftest import Client
from tests.milestones import start_milestones
from tests.waiting import PATIENCE_S
from tests.world import ARRIVAL

pytestmark = pytest.mark.usefixtures("tiny_company")

PROTOCOL = Subprotocol("graphql-transport-ws")


@pytest.fixture
async def address(app: Starlette) -> AsyncIterator[str]:
    """Where the application is served: a port of this test's own."""
    config = uvicorn.Config(
        app,
        port=0,
        lifespan="off",
        log_level="warning",
        ws="websockets-sansio",
        # A machine that stands still for a while has not gone.
        ws_ping_interval=None,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"127.0.0.1:{port}"
    server.should_exit = True
    await serving


@asynccontextmanager
async def socket(
    address: str, token: str | None, header: str | None = None, beside: str | None = None
) -> AsyncIterator[ClientConnection]:
    """A connection that was acknowledged; its Accept-Language, and the one beside the token."""
    async with connect(
        f"ws://{address}/graphql",
        subprotocols=[PROTOCOL],
        ping_interval=None,
        open_timeout=PATIENCE_S,
        close_timeout=PATIENCE_S,
        additional_headers={} if header is None else {"Accept-Language": header},
    ) as connection:
        payload = {} if token is None else {"Authorization": f"Bearer {token}"}
        payload |= {} if beside is None else {"Accept-Language": beside}
        await connection.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert await receive(connection) == {"type": "connection_ack"}
        yield connection


async def receive(connection: ClientConnection) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        return json.loads(await connection.recv())


async def subscribe(
    connection: ClientConnection, query: str, operation: str = "1", **variables: Any
) -> None:
    payload = {"query": query, "variables": variables}
    message = {"type": "subscribe", "id": operation, "payload": payload}
    await connection.send(json.dumps(message))


async def order_id(client: Client, number: str) -> tuple[str, int]:
    """The global id and the key of an order."""
    answer = await client.ask("query ($n: String) { order(orderNumber: $n) { id } }", {"n": number})
    return answer["order"]["id"], {"O1": 1, "O2": 2}[number]


CHANGED = """subscription ($id: ID) { orderChanged(orderId: $id) {
  order { orderNumber version timeline { title } } } }"""


async def listening(client: Client, count: int = 1) -> None:
    """Until `count` subscriptions are registered: they answer nothing when they begin."""
    async with asyncio.timeout(PATIENCE_S):
        while client.events.subscribers < count:  # noqa: ASYNC110  # nothing notifies us
            await asyncio.sleep(0.01)


async def test_a_change_of_an_order_is_announced_as_it_is_then(
    client: Client, address: str
) -> None:
    """O15: the mobile client of F1 hears of its order, each time with what is true by then."""
    id, key = await order_id(client, "O1")
    async with socket(address, await client.customer_token("F1")) as connection:
        await subscribe(connection, CHANGED, id=id)
        await listening(client)
        for version in (2, 3):
            await change_order(client.dependencies, key, "ORDER_ACKNOWLEDGE")
            order = (await receive(connection))["payload"]["data"]["orderChanged"]["order"]
            assert (order["orderNumber"], order["version"]) == ("O1", version)
            assert [entry["title"] for entry in order["timeline"]] == ["Order placed"] + [
                "Receipt acknowledged to the customer"
            ] * (version - 1)


@pytest.mark.parametrize(
    ("beside", "header", "person", "company", "title"),
    [
        ("en", "zh", Language.ZH_HANS, "zh", "Order placed"),
        (None, "zh-CN", Language.EN, "en", "已下单"),
        (None, None, Language.ZH_HANS, "en", "已下单"),
        (None, None, None, "zh", "已下单"),
        (None, None, None, None, "Order placed"),
    ],
)
async def test_news_speaks_as_the_socket_asks_else_as_person_and_company(
    client: Client,
    address: str,
    beside: str | None,
    header: str | None,
    person: Language | None,
    company: str | None,
    title: str,
) -> None:
    """O15"""
    id, key = await order_id(client, "O1")
    async with client.dependencies.unit_of_work(SYSTEM) as uow:
        await add_person(AddPerson("li", (Role.ADMIN,), language=person), uow)
        await update_policy(UpdatePolicy({"language": company, "due_soon_days": 4}), uow)
    token = client.tokens.mint_for_person("li", now=client.dependencies.clock())
    client.dependencies.clock.now += POLICY_REMEMBERED  # type: ignore[attr-defined]  # tests' own
    async with socket(address, token, header, beside) as connection:
        await subscribe(connection, CHANGED, id=id)
        await listening(client)
        await change_order(client.dependencies, key, "ORDER_ACKNOWLEDGE")
        heard = (await receive(connection))["payload"]["data"]["orderChanged"]["order"]
    assert heard["timeline"][0]["title"] == title


async def test_a_customer_hears_nothing_of_others(client: Client, address: str) -> None:
    """P1: F2 listens to everything it may see, and to F1's order by its id: no news."""
    foreign, first = await order_id(client, "O1")
    _, second = await order_id(client, "O2")
    async with socket(address, await client.customer_token("F2")) as connection:
        await subscribe(connection, CHANGED, "all")
        await subscribe(connection, CHANGED, "foreign", id=foreign)
        await listening(client, 2)
        await change_order(client.dependencies, first)
        await change_order(client.dependencies, second)
        message = await receive(connection)
        assert (
            message["id"],
            message["payload"]["data"]["orderChanged"]["order"]["orderNumber"],
        ) == (
            "all",
            "O2",
        )


async def test_a_milestone_that_falls_due_is_announced_once(client: Client, address: str) -> None:
    """M7 J1: to its department; another one hears nothing."""
    async with client.dependencies.unit_of_work(SYSTEM) as uow:
        await start_milestones(uow, 1)
    due = """subscription ($role: RoleName) { milestoneDue(ownerRole: $role) {
      state milestone { number order { orderNumber } } } }"""
    async with socket(address, client.token(Role.SALES)) as connection:
        await subscribe(connection, due, "other", role="LOGISTICS")
        await subscribe(connection, due, "mine", role="SALES")
        await listening(client, 2)
        for _ in range(2):
            await notify_of_due_milestones(client.dependencies)
        message = await receive(connection)
        assert message["id"] == "mine"
        assert message["payload"]["data"]["milestoneDue"] == {
            "state": "DUE_SOON",
            "milestone": {"number": 2, "order": {"orderNumber": "O1"}},
        }


async def test_a_runs_progress_is_announced_to_its_end(client: Client, address: str) -> None:
    async with client.dependencies.unit_of_work(SYSTEM) as uow:
        received = await receive_goods(ARRIVAL, uow)
    assert received.run_id is not None
    runs = (await client.ask("{ allocationRuns { nodes { id } } }"))["allocationRuns"]["nodes"]
    async with socket(address, client.token(Role.PLANNING)) as connection:
        await subscribe(
            connection,
            "subscription ($id: ID!) { allocationProgress(runId: $id) {"
            " status levelsDone run { id } } }",
            id=runs[0]["id"],
        )
        first = await receive(connection)
        assert first["payload"]["data"]["allocationProgress"]["status"] == "QUEUED"
        await run_allocation(received.run_id, client.dependencies)
        seen = [("QUEUED", None)]
        while (message := await receive(connection))["type"] == "next":
            progress = message["payload"]["data"]["allocationProgress"]
            seen.append((progress["status"], progress["levelsDone"]))
        assert message["type"] == "complete"
    # Some states may be gone before they are read, and a slow solve reports progress; nothing is
    # announced twice, and the end is announced.
    assert seen[-1][0] == "COMMITTED"
    assert len(set(seen)) == len(seen)


async def test_queries_and_mutations_run_over_a_socket_too(client: Client, address: str) -> None:
    async with socket(address, client.token(Role.ADMIN)) as connection:
        await subscribe(connection, "{ viewer { subject } }")
        answer = await receive(connection)
        assert answer["payload"]["data"] == {"viewer": {"subject": "service:admin"}}
        assert await receive(connection) == {"id": "1", "type": "complete"}


@pytest.mark.parametrize("token", [None, "nonsense"])
async def test_a_socket_without_a_token_is_closed(
    client: Client, address: str, token: str | None
) -> None:
    with pytest.raises(ConnectionClosed) as closed:
        async with socket(address, token):
            pass
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


async def test_what_the_table_does_not_allow_is_forbidden(client: Client, address: str) -> None:
    async with socket(address, customer_of_nobody(client)) as connection:
        await subscribe(connection, 'subscription { allocationProgress(runId: "x") { status } }')
        message = await receive(connection)
        assert [error["extensions"]["code"] for error in message["payload"]] == ["FORBIDDEN"]


def customer_of_nobody(client: Client) -> str:
    """A customer's token; whether the customer exists does not matter to what it may do."""
    return client.token(Role.CUSTOMER, customer_id=1)


async def test_limits_hold_on_a_socket(client: Client, address: str) -> None:
    async with socket(address, client.token(Role.ADMIN)) as connection:
        aliases = " ".join(f"a{i}: subject" for i in range(51))
        await subscribe(connection, f"{{ viewer {{ {aliases} }} }}")
        message = await receive(connection)
        assert message["type"] == "error"
        assert [error["extensions"]["code"] for error in message["payload"]] == ["ALIAS_LIMIT"]


@pytest.mark.parametrize(
    "message",
    ["[]", "null", '{"type": 1}', '{"type": "subscribe", "id": "1"}', "[" * 50_000,
     '{"type": "subscribe", "id": "1", "payload": {"query": 1}}', "nonsense"],
)  # fmt: skip
async def test_what_is_no_message_closes_the_socket(
    client: Client, address: str, message: str
) -> None:
    async with socket(address, client.token(Role.ADMIN)) as connection:
        await connection.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            await receive(connection)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400


async def test_the_legacy_protocol_is_not_spoken(client: Client, address: str) -> None:
    with pytest.raises(ConnectionClosed) as closed:
        async with connect(
            f"ws://{address}/graphql", subprotocols=[Subprotocol("graphql-ws")]
        ) as connection:
            await connection.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4406


async def test_a_page_of_another_origin_gets_no_socket(client: Client, address: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(
            f"ws://{address}/graphql",
            subprotocols=[PROTOCOL],
            origin=Origin("https://evil.example"),
        ):
            pass
    assert refused.value.response.status_code == 403


async def test_news_over_server_sent_events(client: Client, address: str) -> None:
    """Lines end with LF; events are `next` and, at the end, `complete`."""
    id, key = await order_id(client, "O1")
    headers = {
        "Authorization": f"Bearer {client.token(Role.SALES)}",
        "Accept": "text/event-stream",
    }
    body = {"query": CHANGED, "variables": {"id": id}}
    async with (
        asyncio.timeout(PATIENCE_S),
        httpx.AsyncClient(base_url=f"http://{address}", timeout=PATIENCE_S) as http,
        http.stream("POST", "/graphql", json=body, headers=headers) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        await listening(client)
        await change_order(client.dependencies, key)
        received = b""
        async for chunk in response.aiter_raw():
            received += chunk
            if b"\n\n" in received:
                break
    event, data = received.decode().split("\n\n")[0].split("\n")
    assert event == "event: next"
    message = json.loads(data.removeprefix("data: "))
    assert message["data"]["orderChanged"]["order"]["version"] == 2


async def test_a_query_over_server_sent_events_completes(client: Client, address: str) -> None:
    headers = {
        "Authorization": f"Bearer {client.token(Role.SALES)}",
        "Accept": "text/event-stream",
    }
    async with httpx.AsyncClient(base_url=f"http://{address}", timeout=PATIENCE_S) as http:
        response = await http.post(
            "/graphql", json={"query": "{ viewer { subject } }"}, headers=headers
        )
    first, last = response.text.removesuffix("\n\n").split("\n\n")
    assert first.startswith('event: next\ndata: {"data":{"viewer"')
    assert last == "event: complete\ndata:"

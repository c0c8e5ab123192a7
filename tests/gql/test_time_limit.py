"""A request that takes too long is stopped, its SQL with it, and the pool stays whole."""

from dataclasses import replace

import httpx
import pytest
from sqlalchemy import text

from domain.principals import SYSTEM
from gql.app import create_app, deps_of
from gql.context import Deps
from services.bootstrap import Dependencies
from tests.gql.conftest import Client

pytestmark = pytest.mark.usefixtures("tiny_company")


@pytest.fixture
def api_deps(deps: Dependencies) -> Deps:
    """An API that is given a quarter of a second."""
    return replace(deps_of(deps), request_time_limit_s=0.25)


async def test_a_request_that_waits_too_long_is_stopped(client: Client) -> None:
    """Another session holds the table of customers for longer than the request is given."""
    deps = client.dependencies
    async with deps.unit_of_work(SYSTEM) as holder:
        await holder.session.execute(text("LOCK TABLE customers IN ACCESS EXCLUSIVE MODE"))
        response = await client.post("{ customers { nodes { code } } }")
        assert response.status_code == 503
        assert response.json()["errors"][0]["extensions"]["code"] == "TIMEOUT"
        waiting = await holder.session.scalar(
            text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        )
        assert waiting == 0
    # Asked of an API on the same pool that gives a request all the time it needs.
    transport = httpx.ASGITransport(app=create_app(deps_of(deps)))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        patient = replace(client, http=http)
        found = await patient.ask("{ customers { totalCount } }")
    assert found == {"customers": {"totalCount": 2}}
    async with deps.unit_of_work(SYSTEM) as uow:
        idle = await uow.session.scalar(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND state LIKE 'idle in transaction%'"
            )
        )
    assert idle == 0

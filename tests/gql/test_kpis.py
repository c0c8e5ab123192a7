"""Key figures as a client reads them."""

import pytest

from domain.roles import Role
from tests.gql.company import shared_out
from tests.gql.conftest import Client

pytestmark = pytest.mark.usefixtures("tiny_company")


async def test_every_figure_says_its_formula(client: Client) -> None:
    """K2: whoever reads a figure reads how it was computed, and from what."""
    await shared_out(client.dependencies)
    document = "{ kpis { nodes { code formula value numerator denominator } } }"
    answer = await client.ask(document, token=client.token(Role.ANALYST))
    figures = answer["kpis"]["nodes"]
    assert {"FILL_RATE_UNITS", "FILL_RATE_VALUE"} <= {figure["code"] for figure in figures}
    assert all(len(figure["formula"].split()) > 3 for figure in figures)
    assert all(figure["denominator"] for figure in figures if figure["value"])

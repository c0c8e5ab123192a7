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


async def test_figures_are_named_in_the_reader_s_language(client: Client) -> None:
    """K1 K2: name, formula and group; with the unit and which way is better."""
    await shared_out(client.dependencies)
    document = """query ($by: KpiGroup!, $in: Locale) {
      kpis(codes: [FILL_RATE_UNITS], groupBy: $by) { nodes {
        key name(locale: $in) formula(locale: $in) label(locale: $in) unit direction } } }"""

    async def first(**variables: str) -> dict[str, str]:
        answer = await client.ask(document, variables, token=client.token(Role.ANALYST))
        [figure, *_] = answer["kpis"]["nodes"]
        return dict(figure)

    english, chinese = await first(by="STAGE"), await first(by="STAGE", **{"in": "ZH_HANS"})
    assert (english["name"], english["label"]) == ("Fill rate by units", "Own regions")
    assert (chinese["name"], chinese["label"]) == ("数量满足率", "直营及联营")
    assert english["key"] == chinese["key"] == "3"
    assert english["formula"].startswith("units given")
    assert chinese["formula"].startswith("已给数量")
    assert (english["unit"], english["direction"]) == ("SHARE", "MORE_IS_BETTER")
    month = await first(by="MONTH", **{"in": "ZH_HANS"})
    assert month["label"] == month["key"] == "2013-11"
    customer = await first(by="CUSTOMER", **{"in": "ZH_HANS"})
    assert (customer["key"], customer["label"]) == ("F1", "加盟商F1")

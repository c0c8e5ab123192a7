"""In which language an answer speaks: the argument's, else the request's, else the person's, else
the company's, else the server's (O15)."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from domain.languages import Language
from domain.roles import Role
from gql.app import create_app, deps_of
from gql.negotiation import answer_language
from tests.gql.company import shared_out
from tests.gql.conftest import GRAPHQL, Client

pytestmark = pytest.mark.usefixtures("tiny_company")

RECEIVE = """
mutation { goodsReceive(input: {
  receiptNumber: "R1", warehouse: "没有的仓库", lines: [{sku: "S01", units: 1}]
}) { userErrors { code message } } }
"""
WAREHOUSE = {"en": "There is no warehouse '没有的仓库'.", "zh": "没有仓库“没有的仓库”。"}
EMPTY = {"en": "`query` must be a text that is not empty.", "zh": "`query`必须是非空文本。"}
FLOWS = "query ($locale: Locale) { milestoneTemplates { code name(locale: $locale) } }"


async def asked(client: Client, document: str, language: str | None, **variables: Any) -> Any:
    headers = {"Authorization": f"Bearer {client.token(Role.ADMIN)}", "Accept": GRAPHQL}
    if language is not None:
        headers["Accept-Language"] = language
    body = {"query": document, "variables": variables}
    return (await client.http.post("/graphql", json=body, headers=headers)).json()


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, None),
        ("", None),
        ("*", None),
        ("de, fr;q=0.8", None),
        ("zh-CN", "zh"),
        ("zh-Hant-TW, en;q=0.5", "zh"),
        ("de, zh;q=0.2, en;q=0.9", "en"),
        ("zh;q=0, en", "en"),
        ("EN-gb", "en"),
    ],
)
def test_the_header_names_the_language(header: str | None, code: str | None) -> None:
    assert answer_language(header) == code


def test_of_a_wish_as_long_as_a_message_the_beginning_is_looked_at() -> None:
    """A socket's stands in a message, whose length no header's limit holds."""
    assert answer_language("en;q=0.5," + "fr," * 400 + "zh") == "en"


@pytest.mark.parametrize(
    ("language", "message"),
    [
        (None, WAREHOUSE["en"]),
        ("zh-CN,zh;q=0.9", WAREHOUSE["zh"]),
    ],
)
async def test_a_mutation_refuses_in_the_language_of_the_request(
    client: Client, language: str | None, message: str
) -> None:
    answer = await asked(client, RECEIVE, language)
    (error,) = answer["data"]["goodsReceive"]["userErrors"]
    assert error == {"code": "NOT_FOUND", "message": message}


async def test_an_error_of_the_request_speaks_its_language_too(client: Client) -> None:
    answer = await asked(client, "query A { viewer { subject } } query B { x }", "zh")
    assert answer["errors"][0]["message"] == (
        "查询文档含有多个操作或没有操作：请用`operationName`指明。"
    )


@pytest.mark.parametrize(
    ("language", "locale", "name"),
    [
        (None, None, "Order milestones"),
        ("zh", None, "订单关键节点"),
        ("zh", "EN", "Order milestones"),
        (None, "ZH_HANS", "订单关键节点"),
    ],
)
async def test_the_argument_goes_before_the_header(
    client: Client, language: str | None, locale: str | None, name: str
) -> None:
    answer = await asked(client, FLOWS, language, **({} if locale is None else {"locale": locale}))
    assert name in [each["name"] for each in answer["data"]["milestoneTemplates"]]


async def names(client: Client, language: str) -> None:
    """The company names a language in its policy."""
    await client.ask(
        "mutation ($s: JSON!) { policyUpdate(input: {settings: $s}) { userErrors { message } } }",
        {"s": {"language": language}},
    )


async def of_person(client: Client, language: str | None) -> str:
    """The token of a person with a language."""
    document = """mutation ($language: Locale) { personAdd(input: {
      subject: "li", roles: [ADMIN], language: $language
    }) { person { language } userErrors { message } } }"""
    answer = await client.ask(document, {"language": language})
    assert answer["personAdd"] == {"person": {"language": language}, "userErrors": []}
    return client.tokens.mint_for_person("li", now=client.dependencies.clock())


@pytest.mark.parametrize(
    ("header", "person", "company", "spoken"),
    [
        (None, None, None, "en"),
        (None, None, "zh", "zh"),
        (None, "ZH_HANS", "en", "zh"),
        (None, "EN", "zh", "en"),
        ("en", "ZH_HANS", "zh", "en"),
        ("fr", "ZH_HANS", "en", "zh"),
        ("zh", "EN", "en", "zh"),
    ],
)
async def test_the_request_goes_before_the_person_and_the_person_before_the_company(
    client: Client, header: str | None, person: str | None, company: str | None, spoken: str
) -> None:
    if company is not None:
        await names(client, company)
    token = await of_person(client, person)
    headers = {"Authorization": f"Bearer {token}"}
    if header is not None:
        headers["Accept-Language"] = header
    later = create_app(deps_of(client.dependencies))
    transport = httpx.ASGITransport(app=later)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        response = await http.post("/graphql", json={"query": RECEIVE}, headers=headers)
        (error,) = response.json()["data"]["goodsReceive"]["userErrors"]
        refused = (await http.post("/graphql", json={"query": ""}, headers=headers)).json()
    assert error["message"] == WAREHOUSE[spoken]
    # Whose request this is was never asked.
    nobodys = answer_language(header) or company or "en"
    assert refused["errors"][0]["message"] == EMPTY[nobodys]


async def test_a_persons_language_changes_and_goes(client: Client) -> None:
    document = """mutation ($language: Locale) { personUpdate(input: {
      subject: "li", language: $language }) { person { language } userErrors { message } } }"""
    await of_person(client, "ZH_HANS")
    kept = await client.ask(
        'mutation { personUpdate(input: {subject: "li", name: "Li"}) { person { language } } }'
    )
    assert kept["personUpdate"]["person"] == {"language": "ZH_HANS"}
    for language in ("EN", None):
        answer = await client.ask(document, {"language": language})
        assert answer["personUpdate"]["person"] == {"language": language}


async def test_who_asks_for_none_is_answered_in_the_servers_language(client: Client) -> None:
    chinese = create_app(replace(deps_of(client.dependencies), language=Language.ZH_HANS))
    transport = httpx.ASGITransport(app=chinese)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        asked = replace(client, http=http)
        answer = (await asked.post(RECEIVE)).json()
    (error,) = answer["data"]["goodsReceive"]["userErrors"]
    assert error["message"] == "没有仓库“没有的仓库”。"


NAMES = "name en: name(locale: EN) zh: name(locale: ZH_HANS)"


async def test_customers_stores_and_warehouses_have_a_chinese_name(client: Client) -> None:
    """P2: read in the language of the request; who has one name shows it in both."""
    await shared_out(client.dependencies)
    document = f"""{{ customers {{ nodes {{ {NAMES} }} }}
      stock {{ nodes {{ warehouse {{ {NAMES} }} }} }}
      allocationRuns {{ nodes {{ lines {{ nodes {{ store {{ code {NAMES} }} }} }} }} }} }}"""
    found = (await asked(client, document, "zh-CN"))["data"]
    assert found["customers"]["nodes"][0] == {
        "name": "加盟商F1",
        "en": "Franchisee F1",
        "zh": "加盟商F1",
    }
    assert found["stock"]["nodes"][0]["warehouse"] == {
        "name": "总仓",
        "en": "Central",
        "zh": "总仓",
    }
    [run] = found["allocationRuns"]["nodes"]
    stores = {
        line["store"]["code"]: line["store"] for line in run["lines"]["nodes"] if line["store"]
    }
    assert stores["S1"] == {"code": "S1", "name": "一店", "en": "Store one", "zh": "一店"}
    assert stores["S2"]["zh"] == stores["S2"]["en"] == "Store two"

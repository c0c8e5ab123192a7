"""Clients show the words of the business as people read them (O15)."""

import pytest

from domain.orders.vocabularies import OrderStatus
from gql.vocabulary_queries import READABLE
from tests.gql.conftest import Client

ALL = "{ vocabularies { name description words { value label description } } }"
SOME = """
query ($names: [String!], $locale: Locale) {
  vocabularies(names: $names) { name words { value label(locale: $locale) } }
}
"""


@pytest.mark.usefixtures("tiny_company")
async def test_an_order_s_status_is_shown_in_chinese(client: Client) -> None:
    """O15: also to a customer's login."""
    token = await client.customer_token("F1")
    asked = {"names": ["OrderStatus", "MissingInformation"], "locale": "ZH_HANS"}
    first, second = (await client.ask(SOME, asked, token=token))["vocabularies"]
    assert first["name"] == "OrderStatus"
    labels = {word["value"]: word["label"] for word in first["words"]}
    assert labels["CONFIRMED"] == "已确认"
    assert list(labels) == [*OrderStatus]
    assert second["words"][0] == {"value": "REQUIRED_ON", "label": "要求交期"}


async def test_all_words_are_read_at_once(client: Client) -> None:
    found = (await client.ask(ALL))["vocabularies"]
    assert [each["name"] for each in found] == [*READABLE]
    words = [word for each in found for word in each["words"]]
    assert all(word["label"] and word["description"] for word in words)
    terms = next(each for each in found if each["name"] == "ContractTerm")
    assert terms["words"][0] == {
        "value": "DEPOSIT_DAYS",
        "label": "Days for the deposit",
        "description": "From the request to the down payment.",
    }


async def test_an_unknown_vocabulary_is_a_sentence(client: Client) -> None:
    answer = (await client.post(SOME, {"names": ["Colours"]})).json()
    assert answer["errors"][0]["message"] == "There is no vocabulary 'Colours'."
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"

"""Every document of the how-to runs, on the tiny company after its goods were shared out."""

import re
from pathlib import Path

import pytest
from graphql import OperationType, get_operation_ast, parse, validate

from gql.schema import schema
from tests.gql.company import shared_out
from tests.gql.conftest import Client

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "query-the-api.md"
DOCUMENTS = re.findall(r"```graphql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
NAMES = [re.findall(r"\w+ (\w+)", document)[0] for document in DOCUMENTS]


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
async def test_a_document_to_paste_runs(client: Client, document: str) -> None:
    operation = get_operation_ast(parse(document))
    assert operation is not None
    if operation.operation is OperationType.SUBSCRIPTION:
        assert validate(schema._schema, parse(document)) == []
        return
    await shared_out(client.dependencies)
    data = await client.ask(document)
    for answer in data.values():
        if isinstance(answer, dict):
            assert answer.get("userErrors", []) == []


def test_the_page_has_documents() -> None:
    assert len(DOCUMENTS) >= 10

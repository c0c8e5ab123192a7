"""What the documents tell people to type: commands parse, queries are valid, tutorials work."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main
from graphql import parse, validate

from cli.main import COMMANDS, build
from gql.schema import schema
from tests.conftest import REPOSITORY
from tests.end_to_end.test_demo import apportion

PAGES = sorted([REPOSITORY / "README.md", *REPOSITORY.glob("docs/**/*.md")])
CODE = re.compile(r"(?:^(?: {4}.*|)\n)+", re.MULTILINE)
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def code_of(page: Path) -> list[str]:
    """Indented and fenced blocks of a page, without their indentation."""
    text = page.read_text()
    blocks = [body for _, body in FENCED.findall(text)]
    rest = FENCED.sub("", text)
    for block in CODE.findall(rest):
        lines = [line[4:] for line in block.splitlines()]
        if any(lines):
            blocks.append("\n".join(lines))
    return blocks


def commands() -> list[tuple[str, list[str]]]:
    """Every `apportion ...` line of the documents, as words."""
    found = []
    for page in PAGES:
        for block in code_of(page):
            for line in block.splitlines():
                words = shlex.split(line, comments=True) if "apportion" in line else []
                while words and re.match(r"[A-Z_]+=", words[0]):
                    words = words[1:]
                if words and words[0].removeprefix(".venv/bin/") == "apportion":
                    found.append((f"{page.name}: {line.strip()}", words[1:]))
    return found


def queries() -> list[tuple[str, str]]:
    """Every GraphQL document: a block, or what stands in single quotes after a command."""
    found = []
    for page in PAGES:
        for block in code_of(page):
            text = block.strip()
            if re.match(r"(query|mutation|subscription|\{)", text) and not text.startswith('{"'):
                found.append((f"{page.name}: {text[:40]}", text))
    return found


def test_there_is_something_to_check() -> None:
    """The patterns above find the README's and the tutorial's lines."""
    pages = {name.partition(":")[0] for name, _ in [*commands(), *queries()]}
    assert {"README.md", "first-allocation.md"} <= pages


@pytest.mark.parametrize(("name", "words"), commands(), ids=[name for name, _ in commands()])
def test_every_command_of_the_documents_parses(name: str, words: list[str]) -> None:
    """The subcommand exists and knows the options; nothing is run."""
    assert words, name
    assert words[0] in COMMANDS
    # Typer ships its own Click; its commands are reached by way of the group.
    group: Any = typer.main.get_command(build(words[0]))
    arguments = [word for word in words[1:] if not word.startswith("...")]
    group.commands[words[0]].make_context(words[0], arguments)


@pytest.mark.parametrize(("name", "query"), queries(), ids=[name for name, _ in queries()])
def test_every_query_of_the_documents_is_valid(name: str, query: str) -> None:
    """Held against the schema that is served."""
    assert validate(schema._schema, parse(query)) == [], name


def test_the_tutorial_works(short_home: Path, tmp_path: Path) -> None:
    """Steps 1, 2, 4 and 5 of the tutorial with the very words that it uses."""
    tutorial = (REPOSITORY / "docs" / "tutorial" / "first-allocation.md").read_text()
    assert apportion(short_home, "demo").returncode == 0
    whatif = ["whatif", "--base", "1", "--funds", "F07=100000"]
    assert f"apportion {' '.join(whatif)}" in tutorial
    compared = apportion(short_home, *whatif)
    assert compared.returncode == 0, compared.stderr
    assert "F07" in compared.stdout
    [goods] = re.findall(r"printf '(.*)' > more.csv", tutorial)
    file = tmp_path / "more.csv"
    file.write_text(goods.replace("\\n", "\n"))
    received = apportion(short_home, "receive", str(file))
    assert received.returncode == 0, received.stderr
    assert "Allocation run 2" in received.stdout
    again = apportion(short_home, "receive", str(file))
    assert "recorded before" in again.stdout
    assert apportion(short_home, "doctor").returncode == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("warehouse_id,sku_id,units\nCENTRAL,S01-38,-1\n", "row 2 column units"),
        ("warehouse_id,sku_id\nCENTRAL,S01-38\n", "units"),
        ("warehouse_id,sku_id,units\nCENTRAL,S01-38,1\nW2,S01-39,1\n", "another warehouse"),
        ("warehouse_id,sku_id,units\nCENTRAL,S01-38,1\nCENTRAL,S01-38,2\n", "row 3"),
        ("", "empty"),
    ],
)
def test_a_faulty_receipt_file_is_told_before_anything_starts(
    tmp_path: Path, content: str, says: str
) -> None:
    """A2: file, row, column and remedy; exit status 2; no database is even started."""
    file = tmp_path / "faulty.csv"
    file.write_text(content)
    ended = apportion(tmp_path / "home", "receive", str(file))
    assert ended.returncode == 2
    assert says in ended.stderr
    assert not (tmp_path / "home").exists()

"""What the documents have people type is typed, on the demonstration's data.

One demonstration with its server, as a newcomer has it after `make demo` and `make serve` in a
fresh checkout. Commands are run and queries are sent with the very words of the pages.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer.main
from graphql import GraphQLError, OperationType, get_operation_ast, parse, validate

from cli.main import COMMANDS, build
from gql.schema import schema
from tests.conftest import REPOSITORY, make_short_home
from tests.end_to_end.test_demo import apportion
from tests.end_to_end.test_one_database import plain_environment
from tests.end_to_end.test_serve import free_port, is_alive
from tests.waiting import PATIENCE_S, wait_until

CODE = re.compile(r"(?:^(?: {4}.*|)\n)+", re.MULTILINE)
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(\{ [^`]*\})`")
PLACE = "127.0.0.1:8000"
# Those that make scenarios and receipts of a number that others name come first.
FIRST = (
    "docs/how-to/query-the-api.md",
    "README.md",
    "docs/tutorial/first-allocation.md",
    "docs/tutorial/first-allocation.zh-Hans.md",
)
PAGES = [
    *(REPOSITORY / name for name in FIRST),
    *(
        page
        for page in sorted(
            [
                *REPOSITORY.glob("docs/**/*.md"),
                REPOSITORY / "docker/README.md",
                REPOSITORY / "README.zh-Hans.md",
            ]
        )
        if str(page.relative_to(REPOSITORY)) not in FIRST
    ),
]

# What a line of the documents begins with that is typed into a shell.
TYPED = (
    "make", "apportion", ".venv/bin/apportion",
    "curl", "printf", "python", "docker", "cp", "export",
)  # fmt: skip
# Not typed here, and why.
ELSEWHERE = {
    "make demo": "typed before anything else",
    "make serve": "typed before anything else",
    "make test": "what runs this",
    'make demo ARGS="--data DIR --map FILE"': "DIR and FILE are the reader's own",
    "apportion import": "tests/cli/test_import_docs.py",
    "apportion solve DIR -o OUT": "tests/cli/test_solve.py",
    "docker compose": "tests/test_docker.py",
    "cp docker/example.env": "tests/test_docker.py",
}


def code_of(page: Path) -> list[str]:
    """Indented and fenced blocks of a page in their order, without their indentation."""
    text = page.read_text(encoding="utf-8")
    blocks = [(found.start(), found[2]) for found in FENCED.finditer(text)]
    blank = FENCED.sub(lambda found: "\n" * len(found[0]), text)
    for found in CODE.finditer(blank):
        lines = [line[4:] for line in found[0].splitlines()]
        if any(lines):
            blocks.append((found.start(), "\n".join(lines).strip("\n")))
    return [block for _, block in sorted(blocks)]


def is_a_query(block: str) -> bool:
    try:
        parse(block)
    except GraphQLError:
        return False
    return True


def is_typed(block: str) -> bool:
    words = re.sub(r"^[A-Z_]+=(\$\()?", "", block.strip()).split()
    return bool(words) and words[0] in TYPED


def name_of(page: Path, block: str) -> str:
    return f"{page.relative_to(REPOSITORY)}: {' '.join(block.split())[:50]}"


def queries() -> list[tuple[str, str]]:
    """Every GraphQL document: a block, or a query within a line."""
    found = []
    for page in PAGES:
        text = FENCED.sub("", page.read_text(encoding="utf-8"))
        # One with fields of fields; a pair of braces alone may be anything.
        inline = [each for each in INLINE.findall(text) if each.count("{") > 1 and is_a_query(each)]
        for block in [*filter(is_a_query, code_of(page)), *inline]:
            found.append((name_of(page, block), block))
    return found


def typed() -> list[tuple[str, str]]:
    """Every block that is typed into a shell."""
    return [
        (name_of(page, block), block)
        for page in PAGES
        for block in code_of(page)
        if is_typed(block)
    ]


def commands() -> list[tuple[str, list[str]]]:
    """Every `apportion ...` line of the documents, as words."""
    found = []
    for name, block in typed():
        for line in block.splitlines():
            words = shlex.split(line, comments=True) if "apportion" in line else []
            if words and words[0].removeprefix(".venv/bin/") == "apportion":
                found.append((name, words[1:]))
    return found


def lines_to_type(block: str) -> list[str]:
    """Without those that are typed elsewhere."""
    return [
        line
        for line in block.replace("\\\n", " ").splitlines()
        if not any(shorn(line).startswith(each) and whole(each, line) for each in ELSEWHERE)
    ]


def shorn(line: str) -> str:
    return line.partition(" #")[0].strip()


def whole(each: str, line: str) -> bool:
    """`make demo` alone is not `make demo ARGS=...`."""
    return not each.startswith("make") or shorn(line) == each


@dataclass(frozen=True)
class Shop:
    """A checkout with the demonstration's database, and its server."""

    folder: Path
    port: int
    environment: dict[str, str]
    shown: str

    def type(self, line: str) -> "subprocess.CompletedProcess[str]":
        """A line as it is pasted into a shell in the checkout."""
        return subprocess.run(
            ["/bin/bash", "-ec", line.replace(PLACE, f"127.0.0.1:{self.port}")],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def token(self, words: str) -> str:
        printed = self.type(f"make -s token {words}")
        assert printed.returncode == 0, printed.stderr
        return printed.stdout.strip()

    def ask(self, query: str, token: str) -> Any:
        answer = httpx.post(
            f"http://127.0.0.1:{self.port}/graphql",
            json={"query": query},
            headers={"Authorization": f"Bearer {token}"},
            timeout=PATIENCE_S,
        ).json()
        assert "errors" not in answer, answer
        return answer["data"]


@pytest.fixture(scope="module")
def shop(
    without_outside_settings: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    # None of pytest's folders: the database's account has to pass.
    folder = make_short_home()
    folder.chmod(0o711)
    for name in ("Makefile", "requirements.lock", "pyproject.toml", "examples"):
        (folder / name).symlink_to(REPOSITORY / name)
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    (folder / ".venv" / ".ready").touch()
    state = tmp_path_factory.mktemp("user")
    environment = plain_environment(state, PATH=f"{folder / '.venv/bin'}:{os.environ['PATH']}")
    make = shutil.which("make")
    assert make is not None
    made = subprocess.run(
        [make, "demo"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    port = free_port()
    server = subprocess.Popen(
        [make, "serve", f"ARGS=--port {port}"],
        cwd=folder,
        env=environment,
        start_new_session=True,
    )
    try:
        wait_until(lambda: is_alive(port))
        yield Shop(folder, port, environment, made.stdout)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=PATIENCE_S)
        # Make ends before what it started, which stops its database last.
        wait_until(lambda: is_over(server.pid))
        shutil.rmtree(folder)


def is_over(group: int) -> bool:
    """Whether no process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture(scope="module")
def admin(shop: Shop) -> str:
    return shop.token("ROLE=ADMIN")


def test_there_is_something_to_check() -> None:
    """The patterns above find the README's, the tutorial's and the how-to's lines."""
    for found in (queries(), typed()):
        pages = {name.partition(":")[0] for name, _ in found}
        assert pages >= set(FIRST)
    assert len(queries()) >= 14


@pytest.mark.parametrize(("name", "words"), commands(), ids=[name for name, _ in commands()])
def test_every_command_of_the_documents_parses(name: str, words: list[str]) -> None:
    """The subcommand exists and knows the options; nothing is run."""
    assert words, name
    assert words[0] in COMMANDS
    # Typer ships its own Click; its commands are reached by way of the group.
    group: Any = typer.main.get_command(build(words[0]))
    group.commands[words[0]].make_context(words[0], list(words[1:]))


@pytest.mark.parametrize(("name", "query"), queries(), ids=[name for name, _ in queries()])
def test_every_query_of_the_documents_is_answered(
    shop: Shop, admin: str, name: str, query: str
) -> None:
    """On the demonstration's data: no error, and something is found."""
    document = parse(query)
    assert validate(schema._schema, document) == [], name
    operation = get_operation_ast(document)
    assert operation is not None
    if operation.operation is OperationType.SUBSCRIPTION:
        no_error_is_heard(shop, query, admin)
        return
    is_customers = operation.name is not None and operation.name.value == "MyOrders"
    token = shop.token('ROLE=CUSTOMER ARGS="--customer F08"') if is_customers else admin
    for answer in shop.ask(query, token).values():
        assert answer, name
        if isinstance(answer, dict):
            assert answer.get("userErrors", []) == []
            assert answer.get("nodes", ["no list"]), name
    let_the_worker_finish(shop, admin)


def no_error_is_heard(shop: Shop, query: str, token: str) -> None:
    """A subscription stays open; one that is refused ends with its error at once."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "text/event-stream",
        "Content-Type": "application/json",
    }
    heard = b""
    with closing(HTTPConnection("127.0.0.1", shop.port, timeout=PATIENCE_S)) as connection:
        connection.request("POST", "/graphql", json.dumps({"query": query}), headers)
        answer = connection.getresponse()
        assert answer.status == 200
        # Only what comes now is looked at: a slow machine sees less of it, and no fault.
        connection.sock.settimeout(2)
        with suppress(TimeoutError):
            while text := answer.read1():
                heard += text
                assert b"error" not in heard
                assert b"complete" not in heard
            pytest.fail(f"it ended: {heard.decode()}")


def let_the_worker_finish(shop: Shop, token: str) -> None:
    """Until runs and scenarios that were asked for are done, as the pages say."""
    question = """{ allocationRuns(first: 1) { nodes { status } }
                    scenarios(first: 1) { nodes { status } } }"""

    def is_done() -> bool:
        found = shop.ask(question, token)
        statuses = [node["status"] for many in found.values() for node in many["nodes"]]
        return all(status in {"COMMITTED", "DONE", "DRAFT"} for status in statuses)

    wait_until(is_done)


HERE = [(name, lines) for name, block in typed() for lines in [lines_to_type(block)] if lines]


@pytest.mark.parametrize(("name", "lines"), HERE, ids=[name for name, _ in HERE])
def test_every_command_of_the_documents_works(
    shop: Shop, admin: str, name: str, lines: list[str]
) -> None:
    """Pasted into a shell in the checkout, while the server runs; a Chinese page sets its language
    first."""
    if is_chinese := ".zh-Hans.md" in name:
        lines = ["export APPORTION_LANG=zh", *lines]
    ended = shop.type("\n".join(lines))
    assert ended.returncode == 0, ended.stderr
    assert not (is_chinese and "Database: " in ended.stderr)
    assert '"errors"' not in ended.stdout
    assert "Traceback" not in ended.stderr
    let_the_worker_finish(shop, admin)


def test_what_the_demonstration_prints_can_be_pasted(shop: Shop, admin: str) -> None:
    """From any folder: the token is taken by the server, the order is explained."""
    printed = shop.shown.partition("How to go on\n")[2].splitlines()
    lines = [line.strip() for line in printed if line.startswith("  ") and line[2] != " "]
    serve, token, query, explain = lines
    # It runs already.
    assert serve.endswith("serve --with-worker")
    elsewhere = Shop(shop.folder.parent, shop.port, shop.environment, "")
    minted = elsewhere.type(token)
    assert minted.returncode == 0, minted.stderr
    assert shop.ask(query, minted.stdout.strip())["orders"]["nodes"]
    explained = elsewhere.type(explain)
    assert explained.returncode == 0, explained.stderr
    assert "It would get" in explained.stdout


def test_make_token_asks_for_a_role(shop: Shop) -> None:
    ended = shop.type("make token")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.splitlines()[0] == "Name a role: make token ROLE=ADMIN"


def test_a_second_receipt_is_recognised_and_shared_out(shop: Shop, admin: str) -> None:
    """The tutorial's receipt, recorded above or here, is known when it comes again."""
    (shop.folder / "more.csv").write_text("warehouse_id,sku_id,units\nCENTRAL,S01-38,40\n")
    for _ in range(2):
        again = shop.type(".venv/bin/apportion receive more.csv")
    assert "recorded before" in again.stdout
    let_the_worker_finish(shop, admin)
    listed = json.loads(shop.type(".venv/bin/apportion runs --json").stdout)
    assert "more" in [one for node in listed["nodes"] for one in node["goodsReceipts"]]


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
def test_a_faulty_receipt_file_is_refused_before_anything_starts(
    tmp_path: Path, content: str, says: str
) -> None:
    """A2: file, row, column and remedy; exit status 2; no database is even started."""
    file = tmp_path / "faulty.csv"
    file.write_text(content)
    ended = apportion(tmp_path / "home", "receive", str(file))
    assert ended.returncode == 2
    assert says in ended.stderr
    assert not (tmp_path / "home").exists()

"""Every sentence that reaches people stands in both languages (O15).

Sentences are looked for in the code: a text of several words that is no key of the catalogue, has
no Chinese beside it, and is none of what only developers read. Where it reaches a user, make it a
key (`docs/how-to/write-a-message.md`); else say here for whom it is.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from domain.languages import Language
from domain.sentences import templates
from tests.conftest import REPOSITORY

FLOORS = ("domain", "services", "gql", "jobs", "cli", "allocator", "persistence")
HAN = re.compile("[\u4e00-\u9fff]")
SEVERAL_WORDS = re.compile(r"[A-Za-z]{2,}[,.:;'’]? \{?[A-Za-z]|[a-z]{2,} \{\}|\{\} [a-z]{2,}")
SQL = re.compile(
    r"\b(SELECT|UPDATE|INSERT|DELETE|JOIN|CAST|IS NULL|IS NOT|BETWEEN|IS DISTINCT|THEN|FILTER|DESC"
    r"|WITHIN GROUP|AT TIME ZONE|UNION|coalesce|rounded_amount|ANY)\b|units_shipped|[a-z]\.[a-z_]+ "
)

# Keyword arguments that the schema shows: for developers, in English.
OF_SCHEMA = {
    "argument", "description", "input_description", "null", "specified_by_url", "version",
}  # fmt: skip
# What a call is for, where its texts are for nobody but developers, or have their own Chinese.
CALLS = {
    # The schema.
    "_mutation": "schema", "as_seen": "schema", "changing": "schema", "described": "schema",
    "from_facts": "schema", "stated": "schema", "strawberry.enum": "schema",
    "mutations": "schema", "mutation": "schema", "word": "schema", "fact": "schema",
    # Logs, figures for monitoring, and notes in a trace.
    "add_note": "trace", "Counter": "monitoring", "debug": "log", "error": "log",
    "exception": "log", "Gauge": "monitoring", "Histogram": "monitoring", "info": "log",
    "warning": "log",
    # Tables and statements of the database.
    "CheckConstraint": "SQL", "copy_out": "SQL", "ForeignKey": "SQL", "execute": "SQL",
    "ForeignKeyConstraint": "SQL", "Index": "SQL", "text": "SQL", "Computed": "SQL",
    # Sentences with both languages.
    "say": "pair", "msg": "key", "thing": "key", "NotFound": "key", "Stale": "key",
    "require_version": "key", "phrase": "key",
    # Help: its Chinese is in cli/chinese/help.py, held to it by tests/cli/test_chinese.py.
    "Argument": "help", "Option": "help", "Subcommand": "help", "Typer": "help",
    "roles_option": "help",
    # What the ledger keeps beside a movement, for who reads the database.
    "Movement": "ledger",
}  # fmt: skip
# Raised where the program contradicts itself: a trace for developers, "went wrong on our side" or
# one of the caller's own sentences for people.
DEFECTS = {
    "ArithmeticError", "AssertionError", "AttributeError", "ConnectionLost", "ExceptionGroup",
    "KeyError", "LookupError", "RuntimeError", "TypeError",
}  # fmt: skip
# Files, or one text of a file, that are for developers or programs; each with who reads it.
ALLOWED = {
    "allocator/faults.py": "who reads a trace; commands say it by `cli/allocator_faults.py`",
    "allocator/worker_pool.py": "who reads a trace; a run keeps it as a message",
    "domain/clocks/state_machine.py": "a defect: facts that contradict each other",
    "domain/tasks/state_machine.py": "a defect: facts that contradict each other",
    "domain/policy/commands.py": "developers: descriptions of the schema",
    "domain/commands.py": "developers: descriptions of the schema",
    "domain/limits.py": "developers: descriptions of the schema",
    "jobs/sweeps.py": "names of timers in the log",
    "allocator/certificate.py": "who checks the solver: where two solvers differ",
    "allocator/plan_reader.py": "who checks the solver: where a plan contradicts itself",
    "allocator/verifier.py": "who checks the solver: where a plan breaks a rule",
    "allocator/replanning/replan.py": "who measures replanning: why all is solved again",
    "allocator/program/solve.py": "a defect of a program",
    "allocator/workbook": "put into `UNREADABLE` as the library's own word for a broken file",
    "cli/chinese": "English that Chinese is found by",
    "cli/commands.py": "developers: the table of commands in docs/reference",
    "cli/schema.py": "developers: the printed schema",
    "cli/demo/next_steps.py": "commands to be typed",
    "domain/milestones/history.py": "a defect: events that do not follow each other",
    "domain/milestones/state_machine.py": "a defect: facts that contradict each other",
    "domain/orders/history.py": "a defect: events that do not follow each other",
    "domain/orders/state_machine.py": "a defect: facts that contradict each other",
    "domain/currencies.py": "codes of ISO 4217",
    "domain/locale": "the catalogue",
    "gql/graphiql.py": "headers",
    "gql/static": "GraphiQL, for developers",
    "persistence/migrations": "whoever writes a migration",
    "persistence/tables": "SQL",
}
# Single texts, each with who reads it.
TEXTS = {
    "Why; needed to pause and to stop.": "the schema",
    "Refused when the object has changed since this version.": "the schema",
    "All are taken, or none.": "the schema",
    "Which ones.": "the schema",
    "The order's id.": "the schema",
    "{} Null for a customer.": "the schema",
    "the product's general rank": "the schema",
    "its rank among the funded": "the schema",
    "what policy and payment terms say": "the schema",
    "no guarantees at all": "the schema",
    'Bearer realm="apportion"': "a header",
    "GET, POST": "a header",
    "Invalid message": "the protocol of sockets",
    "{} is finer than {} {}": "a defect: amounts were checked before",
    "an answer": "tried to see whether a command is allowed; kept nowhere",
    "login {}": "what stands for a paper, as `service:...` stands for a person",
    "{} changes, the first: {} {} has {} left of {} needed": "the log: a run begins again",
    "funds of customer": "the log, as above",
    "order line": "the log, as above",
    "stock of SKU": "the log, as above",
    "gap of store": "the log, as above",
    "gap of region": "the log, as above",
    "Price changed: the hold no longer covers it": "the ledger",
    "Order rejected": "the ledger",
    "Order cancelled": "the ledger",
    "{} company": "a place in a file, as the file has it",
    "{} tables.{}": "a place in a file, as the file has it",
    "opening balances": "who made a receipt or movement, as `service:...`",
    "company file": "who made a template, as `service:...`",
    r"at line (\d+)": "what Python's parser says of a file",
    "policy in force": "the name of a look-up",
    "lines_by_run {}": "the name of a statement",
    "count_lines_by_run {}": "the name of a statement",
    "own days": "the name of a look-up",
    "service:{} roles": "the subject of a service's token",
    "Inspection by {}": "an English word beside its Chinese",
    "{}:// is no broker we know: postgresql://, redis:// or amqp://": "settings refuse it before",
    "apportion {}": "the version",
    "bold red": "a style",
    "columns of {} differ in length: {}": "a defect",
    "No space left on device": "what PostgreSQL says",
    "could not": "what PostgreSQL says",
    "{} of the slip are entered already": "a trace; who catches it has the sentence",
    "task_id, at, kind, actor, reason, before, after": "columns",
}


class Found(NamedTuple):
    """A text of several words that has no Chinese, and where it is."""

    place: str
    text: str


class _Texts(ast.NodeVisitor):
    """Collects the texts of a module for which neither their place nor their use accounts."""

    def __init__(self, path: str, keys: set[str]) -> None:
        self.path = path
        self.keys = keys
        self.found: list[Found] = []
        self.above: list[ast.AST] = []

    def generic_visit(self, node: ast.AST) -> None:
        self.above.append(node)
        super().generic_visit(node)
        self.above.pop()

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._look(node, node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._look(node, _text(node) or "")
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part)

    def _look(self, node: ast.expr, text: str) -> None:
        if not SEVERAL_WORDS.search(text) or HAN.search(text) or SQL.search(text):
            return
        if text in self.keys or f"things.{text.replace(' ', '_')}" in self.keys:
            return
        if not self._is_accounted_for(node):
            self.found.append(Found(f"{self.path}:{node.lineno}", text))

    def _is_accounted_for(self, node: ast.expr) -> bool:
        if self.above and isinstance(self.above[-1], ast.Expr):
            return True  # a docstring
        functions = ast.FunctionDef | ast.AsyncFunctionDef
        if self.path.startswith("gql/") and not any(isinstance(a, functions) for a in self.above):
            return True  # what stands outside of functions there describes the schema
        below: ast.AST = node
        for each in reversed(self.above):
            if isinstance(each, ast.keyword) and each.arg in OF_SCHEMA:
                return True
            if isinstance(each, ast.Tuple | ast.Call) and _has_chinese(each):
                return True
            if isinstance(each, ast.Call) and below is not each.func:
                name = ast.unparse(each.func).rpartition(".")[2]
                if name in CALLS or name in DEFECTS or ast.unparse(each.func)[:11] == "strawberry.":
                    return True
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                break
            below = each
        return False


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            _text(part) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )  # type: ignore[misc]  # its constants are texts
    return None


def _has_chinese(node: ast.Tuple | ast.Call) -> bool:
    """Whether one of the texts beside it is Chinese."""
    beside = (
        node.elts
        if isinstance(node, ast.Tuple)
        else [*node.args, *(k.value for k in node.keywords)]
    )
    return any(HAN.search(_text(each) or "") for each in beside)


def in_english(root: Path = REPOSITORY) -> Iterator[Found]:
    """The texts of several words without Chinese, in all files but those that are allowed."""
    keys = set(templates(Language.EN))
    for floor in FLOORS:
        for path in sorted((root / floor).rglob("*.py")):
            place = path.relative_to(root).as_posix()
            if any(place == each or place.startswith(f"{each}/") for each in ALLOWED):
                continue
            texts = _Texts(place, keys)
            texts.visit(ast.parse(path.read_text("utf-8")))
            yield from texts.found


def test_no_sentence_reaches_people_in_english_alone() -> None:
    assert [each for each in in_english() if each.text not in TEXTS] == []


def test_what_is_allowed_is_there() -> None:
    for place in ALLOWED:
        assert (REPOSITORY / place).exists(), place
    assert set(TEXTS) <= {each.text for each in in_english()}


def test_a_sentence_in_english_alone_is_found(tmp_path: Path) -> None:
    (tmp_path / "cli").mkdir()
    (tmp_path / "cli" / "new.py").write_text(
        '"""Not this one, see."""\n'
        "def f(name, say, log):\n"
        '    log.info("nor this one")\n'
        '    say("nor this", "也不是")\n'
        '    print(f"{name} was not found")\n'
        '    raise ValueError("that is not so")\n'
    )
    assert [each.text for each in in_english(tmp_path)] == [
        "{} was not found",
        "that is not so",
    ]

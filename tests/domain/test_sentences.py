"""The catalogues of sentences: complete, alike, used, and written as people write (O15)."""

import ast
import datetime as dt
import pickle
import re
import string
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from domain.languages import Language
from domain.messages import Message, literal, msg, sentences, thing
from domain.sentences import Money, templates, vocabularies
from domain.vocabulary import Vocabulary, word

ROOT = Path(__file__).parents[2]
FLOORS = ("domain", "services", "persistence", "gql", "jobs", "cli", "allocator")
ENGLISH, CHINESE = templates(Language.EN), templates(Language.ZH_HANS)
KEY = re.compile(r"[a-z_]+\.[A-Za-z][A-Za-z0-9_]*")
# Words that the customer's documents avoid, see the glossary.
FORBIDDEN = ("订金", "没收", "罚款", "尾款", "里程碑", "放行", "告知书", "帐")
HAN = "\u4e00-\u9fff"
# Names of programs and standards, which Chinese writes in Latin letters too.
LATIN = {
    "API", "Accept", "Apportion", "Asia", "Authorization", "CN", "CNY", "CSV", "Ctrl", "Excel",
    "GET", "GraphQL", "ID", "ISO", "JSON", "KPI", "Linux", "MiB", "NUL", "POST", "PostgreSQL",
    "SKU", "Shanghai", "TOML", "URL", "UTC", "UTF", "WebSocket", "XLS", "XLSX", "macOS",
}  # fmt: skip


class Word(Vocabulary):
    """Words of a test."""

    RECEIVED = word("Received", "已接单")
    NEEDS_INFO = word("Needs information", "待补充信息")
    LC = word("L/C", "信用证")


def _used() -> set[str]:
    """The keys that the code names: by their whole name, or as the kind of a thing."""
    return {key for floor in FLOORS for path in (ROOT / floor).rglob("*.py") for key in _of(path)}


def _of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if KEY.fullmatch(node.value) and node.value in ENGLISH:
                yield node.value
            for section in ("things", "tables", "rows", "checks"):
                if (named := f"{section}.{node.value.replace(' ', '_')}") in ENGLISH:
                    yield named
        elif isinstance(node, ast.Call):
            name, first = _call(node)
            if name in ("msg", "Message", "phrase") and isinstance(first, str):
                yield first
            elif name in ("thing", "NotFound", "Stale") and isinstance(first, str):
                yield f"things.{first.replace(' ', '_')}"


def _call(node: ast.Call) -> tuple[str | None, object]:
    function = node.func
    name = function.id if isinstance(function, ast.Name) else None
    first = node.args[0] if node.args else None
    return name, first.value if isinstance(first, ast.Constant) else None


def _placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def _bare(template: str) -> str:
    """The template without formats: `{units:unit|units}` is `{units}`."""
    return re.sub(r"\{(\w+)[^}]*\}", r"{\1}", template)


def test_both_languages_have_the_same_keys() -> None:
    assert ENGLISH.keys() == CHINESE.keys()


@pytest.mark.parametrize("key", sorted(ENGLISH))
def test_both_languages_have_the_same_placeholders(key: str) -> None:
    assert _placeholders(ENGLISH[key]) == _placeholders(CHINESE[key])


@pytest.mark.parametrize("key", sorted(CHINESE))
def test_a_placeholder_names_a_vocabulary_that_there_is(key: str) -> None:
    for templates_of in (ENGLISH, CHINESE):
        for _, _, spec, _ in string.Formatter().parse(templates_of[key]):
            if spec and spec[0].isupper() and "|" not in spec:
                assert spec.partition(" ")[0] in vocabularies()


def test_every_key_is_used_and_every_used_key_is_there() -> None:
    used = _used()
    assert used - ENGLISH.keys() == set()
    assert ENGLISH.keys() - used == set()


@pytest.mark.parametrize("key", sorted(CHINESE))
def test_chinese_is_written_as_people_write_it(key: str) -> None:
    """Full-width punctuation beside Han, the glossary's words, no word in Latin capitals."""
    template = _bare(CHINESE[key])
    assert not re.search(rf"[{HAN}}}][,;:!?()]|[,;:!?()][{HAN}]", template), template
    assert not re.search(rf"[{HAN}] [{HAN}]", template), template
    assert not any(word in template for word in FORBIDDEN), template
    named = re.sub(r"`[^`]*`|\{\w+\}|“[^”]*”", "", template)
    capitals = re.findall(r"[A-Za-z]*[A-Z][A-Za-z]*", named)
    assert {each for each in capitals if len(each) > 1} <= LATIN, template


@pytest.mark.parametrize(
    ("message", "english", "chinese"),
    [
        (literal("As written."), "As written.", "As written."),
        (
            msg("common.STALE", what=thing("order"), expected=2, actual=3),
            "The order is at version 3, not 2: read it again and repeat.",
            "订单现为第3版，不是第2版：请重新读取后再操作。",
        ),
        (
            msg("common.TEXT", text=[Word.RECEIVED, Word.NEEDS_INFO, Word.LC]),
            "received, needs information, L/C",
            "已接单、待补充信息、信用证",
        ),
        (
            msg("funding.INSUFFICIENT", customer="F1", missing=Money(Decimal("1234.50"), "CNY")),
            "Customer 'F1' lacks 1,234.50 CNY of available funds.",
            "客户“F1”的可用资金及信用不足，差1,234.50元。",
        ),
        (
            sentences((literal("One."), literal("Two."))),
            "One. Two.",
            "One.Two.",
        ),
        (msg("common.TEXT", text=dt.date(2026, 3, 1)), "2026-03-01", "2026-03-01"),
        (Message("gone.KEY", (("units", 2),)), "gone.KEY (units: 2)", "gone.KEY (units: 2)"),
    ],
)
def test_a_message_reads_in_both_languages(message: Message, english: str, chinese: str) -> None:
    assert str(message) == english
    assert message.text(Language.ZH_HANS) == chinese
    assert hash(message) == hash(pickle.loads(pickle.dumps(message)))  # noqa: S301  # our own


def test_a_list_ends_with_or_and_a_plural_follows_its_number() -> None:
    allowed = msg("api.ACCEPT", forms=["a", "b", "c"])
    assert str(allowed) == "Accept a, b or c."
    assert allowed.text(Language.ZH_HANS) == "请求头Accept应为a、b或c。"


def test_a_word_that_comes_as_a_text_is_read_in_words() -> None:
    wrong = msg("orders.WRONG_STATE", status="RECEIVED", allowed=["CONFIRMED", "CLOSED"])
    assert wrong.text(Language.ZH_HANS) == "订单状态为已接单；只有已确认或已结案的订单才能这样做。"


@pytest.mark.parametrize(
    "message",
    [
        literal("As written."),
        msg("common.TEXT", text=Word.NEEDS_INFO),
        msg("common.TEXT", text=[dt.date(2026, 3, 1), Decimal("1.50"), Money(Decimal(2), "CNY")]),
        msg("common.TEXT", text=[dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC), dt.time(9), None]),
        sentences((thing("order"), thing("task"))),
    ],
)
def test_a_message_is_stored_and_read_back(message: Message) -> None:
    assert Message.from_json(message.to_json()) == message


def test_what_was_stored_as_a_text_stays_one() -> None:
    """Rows from before messages had keys."""
    assert str(Message.from_json("The order was confirmed.")) == "The order was confirmed."
    assert str(Message.from_json(msg("gone.KEY", units=2).to_json())) == "gone.KEY (units: 2)"


@pytest.mark.parametrize(
    "words",
    [
        '{"key": "milestones.AT_TIME"}',
        '{"key": "milestones.WANTED_ON", "params": {"day": {"decimal": "x"}}}',
        '{"key": "milestones.AT_TIME", "params": [1]}',
        '{"key": "',
        "It was late.",
    ],
)
def test_words_of_a_person_that_look_like_a_message_stay_as_they_are(words: str) -> None:
    """O15: whatever a person gave as a reason, the history can be read."""
    assert str(Message.from_kept(words)) == words


@pytest.mark.parametrize(
    "kept",
    [
        '{"key": "orders.WRONG_STATE"}',
        '{"key": "policy.WHOLE", "params": {"least": "few", "most": "many"}}',
        '{"key": "common.SENTENCES", "params": {"sentences": 5}}',
        '{"key": "common.TEXT", "params": {"text": {"decimal": "many"}}}',
        '{"key": "common.TEXT", "params": {"text": ' + "[" * 9000 + "]" * 9000 + "}}",
        '{"key": "common.TEXT", "params": []}',
        '{"key": "common.TEXT", "key": []}',
        '{"key": "common.TEXT", "params": {',
    ],
)
def test_whatever_a_column_keeps_is_read(kept: str) -> None:
    """Also by another version's parameters, or by none."""
    for language in Language:
        assert Message.from_kept(kept).text(language)


def test_words_that_look_like_a_message_stay_words() -> None:
    words = '{"key": "milestones.ORDER_CLOSED"}'
    assert Message.from_kept(literal(words).kept) == literal(words)
    assert literal("As written.").kept == "As written."


def test_a_message_of_other_parameters_is_still_read() -> None:
    """As a task's title of another version may be."""
    assert str(Message.from_json({"key": "orders.LINE"})) == "orders.LINE ()"
    assert str(msg("policy.WHOLE", least="few", most=2)) == "policy.WHOLE (least: few, most: 2)"

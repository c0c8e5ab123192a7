"""Every word of the business can be read in English and in Chinese."""

import importlib
import pkgutil
import re

import pytest

import domain
from domain.orders.vocabularies import OrderStatus
from domain.vocabulary import Vocabulary

for module in pkgutil.walk_packages(domain.__path__, "domain."):
    importlib.import_module(module.name)
# Key figures stand with their SQL.
importlib.import_module("persistence.kpis.registry")
VOCABULARIES = sorted(Vocabulary.__subclasses__(), key=lambda each: each.__name__)

HAN = r"[\u4e00-\u9fff]"
# Words that mislead, or that no document of the customer's uses; see the glossary.
FORBIDDEN = re.compile("订金|没收|罚款(?!条款)|尾款|里程碑|放行|告知书|帐|业务员|赊")


each_vocabulary = pytest.mark.parametrize("words", VOCABULARIES, ids=lambda each: each.__name__)


@each_vocabulary
def test_a_word_has_its_english_and_its_chinese(words: type[Vocabulary]) -> None:
    for word in words:
        assert re.fullmatch(r"[A-Z].*[^.]", word.english), word
        assert not re.search(HAN, word.english), word
        assert re.search(HAN, word.chinese), word


@each_vocabulary
def test_chinese_is_written_as_the_glossary_says(words: type[Vocabulary]) -> None:
    for word in words:
        assert not re.search(rf"{HAN} ?[,:;()!?.]|[,:;()!?.] ?{HAN}", word.chinese), word
        assert not re.search(rf"{HAN} | {HAN}", word.chinese), word
        assert not FORBIDDEN.search(word.chinese), word


@each_vocabulary
def test_no_two_words_of_a_vocabulary_read_alike(words: type[Vocabulary]) -> None:
    assert words.about().endswith(".")
    assert len({each.english for each in words}) == len(words)
    assert len({each.chinese for each in words}) == len(words)


def test_a_word_is_its_own_text() -> None:
    assert OrderStatus.CONFIRMED == "CONFIRMED"
    assert OrderStatus("CONFIRMED") is OrderStatus.CONFIRMED
    assert f"{OrderStatus.CONFIRMED}" == str(OrderStatus.CONFIRMED) == "CONFIRMED"
    assert OrderStatus.CONFIRMED.labels == ("Confirmed", "已确认")
    assert OrderStatus.has("CONFIRMED")
    assert not OrderStatus.has("confirmed")

"""Sentences: what a message's key and parameters read as in a language (catalogues: `locale`).

Templates are those of `str.format_map`. Besides Python's own formats a placeholder knows:

- `{allowed:or}`, `{allowed:and}`: a list whose last two words are joined so; a bare list has commas
- `{units:unit|units}`: English's singular and plural; the number itself is a placeholder of its own
- `{status:code}`: a word as programs write it
- `{status:OrderStatus}`, `{roles:Role and}`: words of a vocabulary, where they come as texts
- `{reasons:sentences}`: sentences one after the other
"""

import datetime as dt
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple, Protocol, runtime_checkable

from domain.languages import Language
from domain.vocabulary import Vocabulary

_FILES = {Language.EN: "en.toml", Language.ZH_HANS: "zh-Hans.toml"}
_LAST = {
    Language.EN: {"or": " or ", "and": " and "},
    Language.ZH_HANS: {"or": "或", "and": "和"},
}
_CHINESE_CURRENCIES = {
    "CNY": "元",
    "EUR": "欧元",
    "GBP": "英镑",
    "HKD": "港元",
    "JPY": "日元",
    "USD": "美元",
}


@runtime_checkable
class Renderable(Protocol):
    """What has words of its own in each language."""

    def text(self, language: Language) -> str:
        """Itself in a language."""


class Money(NamedTuple):
    """An amount with its currency, as a parameter of a message."""

    amount: Decimal
    currency: str

    def text(self, language: Language) -> str:
        """`20.00 CNY`, or 20.00元."""
        if language is Language.ZH_HANS:
            return f"{self.amount:,f}{_CHINESE_CURRENCIES.get(self.currency, self.currency)}"
        return f"{self.amount:,f} {self.currency}"


class Label(NamedTuple):
    """Words given in both languages, as a parameter of a message."""

    english: str
    chinese: str

    def text(self, language: Language) -> str:
        """The one of the two."""
        return language.pick(self.english, self.chinese)


@cache
def templates(language: Language) -> Mapping[str, str]:
    """All sentences of a language by key: `orders.WRONG_STATE`."""
    text = files("domain").joinpath("locale", _FILES[language]).read_text("utf-8")
    return {
        f"{section}.{name}": template
        for section, sentences in tomllib.loads(text).items()
        for name, template in sentences.items()
    }


def render(key: str, params: Mapping[str, Any], language: Language) -> str:
    """The sentence of a key in a language, in English where the language lacks it.

    A key that a later version took away, or to which it gave other parameters, is shown with those
    that it has: what was written once can still be read.
    """
    said = filled(key, params, language)
    return _spelt(key, params) if said is None else said


def filled(key: str, params: Mapping[str, Any], language: Language) -> str | None:
    """The sentence; None where the parameters are not those of the key."""
    template = templates(language).get(key) or templates(Language.EN).get(key)
    if template is None:
        return _spelt(key, params)
    shown = {name: _Shown(value, language) for name, value in params.items()}
    with suppress(KeyError, ValueError, TypeError):
        return template.format_map(shown)
    return None


def _spelt(key: str, params: Mapping[str, Any]) -> str:
    return f"{key} ({', '.join(f'{name}: {value}' for name, value in params.items())})"


class _Shown:
    """A parameter that formats itself in a language."""

    def __init__(self, value: Any, language: Language) -> None:
        self._value = value
        self._language = language

    def __format__(self, spec: str) -> str:
        value = self._value
        if "|" in spec:
            one, _, several = spec.partition("|")
            return one if value == 1 else several
        if spec[:1].isupper():
            name, _, spec = spec.partition(" ")
            value = _words(value, vocabularies().get(name))
        if spec == "code":
            return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        if isinstance(value, Money | Label) or not isinstance(value, list | tuple):
            shown = _in_words(value, self._language)
            return shown if shown is not None else format(value, spec)
        return _listed([_Shown(each, self._language).__format__("") for each in value], spec, self)

    @property
    def language(self) -> Language:
        return self._language


def _words(value: Any, words: type[Vocabulary] | None) -> Any:
    if isinstance(value, list | tuple):
        return [_words(each, words) for each in value]
    return words[value] if words is not None and value in words.__members__ else value


@cache
def vocabularies() -> Mapping[str, type[Vocabulary]]:
    """The vocabularies by their names."""
    return {words.__name__: words for words in Vocabulary.__subclasses__()}


def _listed(words: list[str], spec: str, shown: _Shown) -> str:
    chinese = shown.language is Language.ZH_HANS
    if spec == "sentences":
        return ("" if chinese else " ").join(words)
    comma = "、" if chinese else ", "
    if spec in ("or", "and") and len(words) > 1:
        return comma.join(words[:-1]) + _LAST[shown.language][spec] + words[-1]
    return comma.join(words)


def _in_words(value: object, language: Language) -> str | None:
    """What people call a value; None for what a format of Python's own says as well."""
    match value:
        case Vocabulary():
            return language.pick(within(value.english), value.chinese)
        case bool():
            return language.pick("yes" if value else "no", "是" if value else "否")
        case None:
            return language.pick("none", "无")
        case dt.datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case dt.date():
            return value.isoformat()
        case Renderable():
            return value.text(language)
    return None


def within(english: str) -> str:
    """A word as it stands inside a sentence: no capital but in an abbreviation."""
    second = english[1:2]
    return english[:1].lower() + english[1:] if second.islower() or second == " " else english

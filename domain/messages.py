"""A message: what is said to people, as a key of the catalogue with its parameters.

It is written and kept without a language, and rendered where it is read.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeGuard, Union

from domain.languages import Language
from domain.sentences import Label, Money, filled, render, vocabularies
from domain.vocabulary import Vocabulary

Param: TypeAlias = Union[
    str, int, float, Decimal, dt.date, dt.time, "Message", Money, Label, tuple["Param", ...], None
]
TEXT = "common.TEXT"
# How a message begins in a column of text; no text of a person may begin so.
KEPT = '{"key": "'


def reads_as_kept(text: str) -> bool:
    """Whether a person's words would be read as a message from a column that keeps both."""
    return text.lstrip().startswith(KEPT)


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence's key and its parameters; `str` of it is the English."""

    key: str
    params: tuple[tuple[str, Param], ...] = ()

    def text(self, language: Language) -> str:
        """The sentence in a language."""
        return render(self.key, dict(self.params), language)

    def __str__(self) -> str:
        return self.text(Language.EN)

    @property
    def labels(self) -> tuple[str, str]:
        """The sentence in English and Chinese."""
        return self.text(Language.EN), self.text(Language.ZH_HANS)

    @property
    def kept(self) -> str:
        """As a column of text keeps it beside what people write: a key with parameters as JSON."""
        words = self.params[0][1] if self.key == TEXT else None
        if isinstance(words, str) and not words.startswith(KEPT):
            return str(words)
        return json.dumps(self.to_json(), ensure_ascii=False)

    @classmethod
    def from_kept(cls, kept: str) -> "Message":
        """What such a column holds: a message, or the words of a person as they stand."""
        if kept.startswith(KEPT):
            # A person may write what looks like a message, and is none that can be read.
            try:
                message = cls.from_json(json.loads(kept))
                if filled(message.key, dict(message.params), Language.EN) is not None:
                    return message
            except (
                ValueError, ArithmeticError, LookupError, AttributeError, TypeError, RecursionError
            ):  # fmt: skip
                pass
        return literal(kept)

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        if not self.params:
            return {"key": self.key}
        return {
            "key": self.key,
            "params": {name: _param_to_json(value) for name, value in self.params},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | str) -> "Message":
        """As it was stored; what was written before messages had keys is a text as it stands."""
        if isinstance(stored, str):
            return literal(stored)
        return _message(
            stored["key"],
            {name: _param_from_json(value) for name, value in stored.get("params", {}).items()},
        )


def msg(key: str, /, **params: Any) -> Message:
    """`msg("orders.WRONG_STATE", status=..., allowed=...)`: lists and sets are taken too."""
    return _message(key, {name: _param(value) for name, value in params.items()})


class Keyed(Protocol):
    """What stands for a message where the catalogue is not known: the allocator's phrases."""

    @property
    def key(self) -> str: ...
    @property
    def params(self) -> tuple[tuple[str, object], ...]: ...


def message_of(keyed: Keyed) -> Message:
    """The message that a key with parameters stands for."""
    return _message(
        keyed.key,
        {
            name: message_of(value) if _is_keyed(value) else _param(value)
            for name, value in keyed.params
        },
    )


def literal(text: str) -> Message:
    """Words that are the same in every language, such as those that a person wrote."""
    return Message(TEXT, (("text", text),))


def thing(name: str) -> Message:
    """What an object is called, from the section `things`: `thing("goods receipt")`."""
    return Message(f"things.{name.replace(' ', '_')}")


def sentences(messages: tuple[Message, ...]) -> Message:
    """Several messages, one after the other."""
    if len(messages) == 1:
        return messages[0]
    return Message("common.SENTENCES", (("sentences", messages),))


def _is_keyed(value: object) -> TypeGuard[Keyed]:
    return hasattr(value, "key") and hasattr(value, "params")


def _message(key: str, params: Mapping[str, Param]) -> Message:
    # Sorted, so that equal messages are equal however they were written.
    return Message(key, tuple(sorted(params.items())))


def _param(value: Any) -> Param:
    if isinstance(value, Money | Label | str):
        return value
    if isinstance(value, set | frozenset):
        return tuple(sorted(map(_param, value), key=str))
    if value is None or isinstance(value, int | float | Decimal | dt.date | dt.time | Message):
        return value
    if isinstance(value, Exception | Path):
        return str(value)
    if isinstance(value, Iterable):
        return tuple(map(_param, value))
    raise TypeError(f"a message cannot take {type(value).__name__}")


def _param_to_json(value: Param) -> Any:
    match value:
        case Vocabulary():
            return {"word": [type(value).__name__, value.name]}
        case Message():
            return {"message": value.to_json()}
        case Money():
            return {"money": [str(value.amount), value.currency]}
        case Label():
            return {"label": [value.english, value.chinese]}
        case tuple():
            return [_param_to_json(each) for each in value]
        case Decimal():
            return {"decimal": str(value)}
        case dt.datetime():
            return {"instant": value.isoformat()}
        case dt.date():
            return {"day": value.isoformat()}
        case dt.time():
            return {"time": value.isoformat()}
        case str():
            return str(value)
    return value


def _param_from_json(stored: Any) -> Param:
    match stored:
        case list():
            return tuple(map(_param_from_json, stored))
        case {"word": [str(name), str(member)]}:
            words = vocabularies().get(name)
            return words[member] if words and member in words.__members__ else member
        case {"message": dict(message)}:
            return Message.from_json(message)
        case {"money": [str(amount), str(currency)]}:
            return Money(Decimal(amount), currency)
        case {"label": [str(english), str(chinese)]}:
            return Label(english, chinese)
        case {"decimal": str(number)}:
            return Decimal(number)
        case {"instant": str(instant)}:
            return dt.datetime.fromisoformat(instant)
        case {"day": str(day)}:
            return dt.date.fromisoformat(day)
        case {"time": str(time)}:
            return dt.time.fromisoformat(time)
    plain: Param = stored
    return plain

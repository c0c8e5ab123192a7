"""A vocabulary: words of the business with their English, their Chinese and what they mean.

Written once here. Whatever else says such a word is made from its class: the GraphQL enum, the
constraint of a column, the check of an input, and what people read in either language.
"""

from enum import StrEnum, auto
from typing import Any, Self


def word(english: str, chinese: str, description: str = "") -> Any:
    """A word of a vocabulary, named as it is assigned: `OPEN = word("Open", "未处理")`.

    description: a sentence for those who program against it; left out where the word says it.
    """
    return auto(), english, chinese, description


class Vocabulary(StrEnum):
    """Base of all vocabularies; a subclass's docstring says what its words are about.

    A member is its own name as a string, so it is stored, compared and sent as it stands.
    """

    english: str
    chinese: str
    description: str

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last: list[Any]) -> str:
        return name

    def __new__(
        cls, name: str, english: str = "", chinese: str = "", description: str = ""
    ) -> Self:
        """A member; its value is its name."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.english, member.chinese, member.description = english, chinese, description
        return member

    @property
    def phrase(self) -> str:
        """The English within a sentence: without the capital at its beginning."""
        return self.english[:1].lower() + self.english[1:]

    @property
    def meaning(self) -> str:
        """What it means, for those who program against it."""
        return self.description or f"{self.english}."

    @property
    def labels(self) -> tuple[str, str]:
        """The word in English and Chinese."""
        return self.english, self.chinese

    @classmethod
    def has(cls, text: object) -> bool:
        """Whether a text is one of the words."""
        return text in tuple(cls)

    @classmethod
    def about(cls) -> str:
        """What the words are about: the docstring's first line."""
        return (cls.__doc__ or "").strip().partition("\n")[0]

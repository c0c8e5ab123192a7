"""The languages that people are answered in."""

from enum import StrEnum

Names = tuple[str, str]


def in_both(english: str, chinese: str | None) -> Names:
    """A name in English and in Chinese, the same where it has no other."""
    return english, chinese or english


class Language(StrEnum):
    """English, or Chinese in simplified characters; the value is what `--lang` takes."""

    EN = "en"
    ZH_HANS = "zh"

    def pick(self, english: str, chinese: str | None) -> str:
        """The text of this language; English where there is no other."""
        return chinese if self is Language.ZH_HANS and chinese else english

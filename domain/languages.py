"""The languages that people are answered in."""

from enum import StrEnum


class Language(StrEnum):
    """English, or Chinese in simplified characters; the value is what `--lang` takes."""

    EN = "en"
    ZH_HANS = "zh"

    def pick(self, english: str, chinese: str | None) -> str:
        """The text of this language; English where there is no other."""
        return chinese if self is Language.ZH_HANS and chinese else english

"""What language the commands speak: `--lang en|zh`, before or after the command."""

from collections.abc import Sequence
from typing import Annotated

import typer

from domain.languages import Language
from domain.messages import Message

LanguageOption = Annotated[
    Language | None,
    typer.Option("--lang", help="The language of the answer; default: APPORTION_LANG, or en."),
]

# What stood before the command; one process carries out one command.
_before_command: list[Language] = []


def choose_language(language: Language | None) -> None:
    """Take what `--lang` before the command says for all that follows."""
    _before_command[:] = [] if language is None else [language]


def command_of(words: Sequence[str]) -> str | None:
    """The subcommand of a command line: the first word that belongs to no option before it."""
    found = iter(words)
    for word in found:
        if word == "--lang":
            next(found, None)
        elif not word.startswith("-"):
            return word
    return None


class Speaker:
    """Says things in the language that was chosen."""

    def __init__(self, language: Language | None = None) -> None:
        """language: what stood after the command; None asks before it, then the settings."""
        self.language = language or (_before_command[0] if _before_command else _of_settings())

    @property
    def chinese(self) -> bool:
        return self.language is Language.ZH_HANS

    def __call__(self, en: str, zh: str) -> str:
        """The one of the two that is spoken."""
        return zh if self.chinese else en

    def text(self, message: Message) -> str:
        """A message in the language that is spoken."""
        return message.text(self.language)


def _of_settings() -> Language:
    # Imported when it is asked for: help speaks without any settings.
    from services.settings import Settings

    return Settings().lang

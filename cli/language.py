"""What language the commands speak: `--lang en|zh`, before or after the command."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, get_args

import typer

if TYPE_CHECKING:
    from domain.languages import Language
    from domain.messages import Message

# The values of `Language`, which help does not load.
LanguageCode: TypeAlias = Literal["en", "zh"]
LanguageOption = Annotated[
    LanguageCode | None,
    typer.Option(
        "--lang", help="The language of the answer; default: APPORTION_LANG, or the company's."
    ),
]

# What stood before the command, and what the company speaks; one process carries out one command.
_before_command: list[str] = []
_of_company: list[str] = []


def choose_language(language: LanguageCode | None) -> None:
    """Take what `--lang` before the command says for all that follows."""
    _before_command[:] = [] if language is None else [language]
    _of_company.clear()


def is_language_chosen() -> bool:
    """Whether whoever types the command said a language, by `--lang` or APPORTION_LANG."""
    return bool(_before_command) or _variable() in get_args(LanguageCode)


def speak_as_company(language: "Language | None") -> None:
    """Take the company's language for what follows where none was chosen."""
    _of_company[:] = [] if language is None else [language.value]


def language_first(words: Sequence[str]) -> list[str]:
    """The words with `--lang` before the command, wherever it stood: every command takes it."""
    first: list[str] = []
    others: list[str] = []
    found = iter(words)
    for word in found:
        if word == "--":
            others += [word, *found]
        elif word == "--lang":
            first += [word, *([value] if (value := next(found, None)) is not None else [])]
        elif word.startswith("--lang="):
            first.append(word)
        else:
            others.append(word)
    return [*first, *others]


def command_of(words: Sequence[str]) -> str | None:
    """The subcommand of a command line: the first word that belongs to no option before it."""
    found = iter(words)
    for word in found:
        if word == "--lang":
            next(found, None)
        elif not word.startswith("-"):
            return word
    return None


def language_of(words: Sequence[str]) -> LanguageCode | None:
    """What a line speaks, with `--lang` first, before anything of it is carried out."""
    first, *others = words or ("",)
    named = _variable()
    if first == "--lang":
        named = others[0] if others else ""
    elif first.startswith("--lang="):
        named = first.removeprefix("--lang=")
    return next((code for code in get_args(LanguageCode) if code == named), None)


def _variable() -> str:
    return os.environ.get("APPORTION_LANG", "")


class Speaker:
    """Says things in the language that was chosen."""

    def __init__(self, code: LanguageCode | None = None) -> None:
        """code: what stood after the command; None asks before it, then APPORTION_LANG, then the
        company."""
        self._code = code

    @property
    def code(self) -> str:
        """The language; the company's is known once its database is open."""
        named = (self._code, *_before_command, _variable(), *_of_company)
        # Settings refuse another name; `solve` does without them.
        return next((code for code in named if code and code in get_args(LanguageCode)), "en")

    @property
    def chinese(self) -> bool:
        return self.code == "zh"

    @property
    def language(self) -> "Language":
        from domain.languages import Language

        return Language(self.code)

    def __call__(self, en: str, zh: str) -> str:
        """The one of the two that is spoken."""
        return zh if self.chinese else en

    def text(self, message: "Message") -> str:
        """A message in the language that is spoken."""
        return message.text(self.language)

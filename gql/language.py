"""In which language an answer speaks: the argument's, else the request's (`Api.language`)."""

from typing import Annotated, Protocol, TypeAlias

import strawberry

from domain.languages import Language
from domain.messages import Message
from gql.context import Info

Locale = strawberry.enum(Language, name="Locale", description="A language of labels.")
_DESCRIPTIONS = {Language.EN: "English.", Language.ZH_HANS: "Simplified Chinese."}
for _value in Locale.__strawberry_definition__.values:  # type: ignore[attr-defined]
    _value.description = _DESCRIPTIONS[Language[_value.name]]

LocaleArgument: TypeAlias = Annotated[
    Language | None,
    strawberry.argument(
        description="The language of the label; none = that of the request (Accept-Language), else "
        "the person's, else the company's."
    ),
]


def language_of(info: Info, locale: Language | None) -> Language:
    """What the argument names, else the language of the request."""
    return locale or info.context.language


def in_words(info: Info, message: Message) -> str:
    """A message in the language of the request."""
    return message.text(info.context.language)


def pick(info: Info, locale: Language | None, english: str, chinese: str | None) -> str:
    """The one of two texts that is read in the language asked for."""
    return language_of(info, locale).pick(english, chinese)


class Because(Protocol):
    """A type of the schema that holds why something was done, as a column keeps it."""

    because: str | None


def reason_in_words(self: Because, info: Info) -> str | None:
    """The resolver of a field `reason`: a rule's reason in words, a person's as it stands."""
    return None if self.because is None else in_words(info, Message.from_kept(self.because))


class Failed(Protocol):
    """A type of the schema that holds why something failed, as a column keeps it."""

    failure: str | None


def failure_in_words(self: Failed, info: Info) -> str | None:
    """The resolver of a field `error`."""
    return None if self.failure is None else in_words(info, Message.from_kept(self.failure))


class Says(Protocol):
    """A type of the schema that holds a message."""

    said: Message


def said_in_words(self: Says, info: Info) -> str:
    """The resolver of a field `message`: what a type's `said` reads as."""
    return in_words(info, self.said)

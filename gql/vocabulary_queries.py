"""The words of the business in the reader's language, as clients show them."""

from typing import Annotated

import strawberry

from domain.errors import NotFound
from domain.limits import NAME
from domain.orders.vocabularies import ConfirmationDefect, MissingInformation
from domain.roles import Action
from domain.shipments import TrackingCode
from domain.vocabulary import Vocabulary as Words
from gql.context import Info
from gql.language import LocaleArgument, pick
from gql.limits import SIZE
from gql.permissions import Needs
from gql.vocabularies import VOCABULARIES, name_of

# Beside the enums: words that the schema gives as texts.
_TEXTS: tuple[type[Words], ...] = (MissingInformation, ConfirmationDefect, TrackingCode)
READABLE = {name_of(words): words for words in (*VOCABULARIES, *_TEXTS)}
MEAN_WORDS = 7


@strawberry.type(description="A word of the business.")
class VocabularyWord:
    """A member of a vocabulary."""

    word: strawberry.Private[Words]
    value: str = strawberry.field(description="The word as the API gives and takes it.")
    description: str = strawberry.field(description="What it means, in English, for programmers.")

    @strawberry.field(description="What people read.")
    def label(self, info: Info, locale: LocaleArgument = None) -> str:
        """The word in a language."""
        return pick(info, locale, *self.word.labels)


@strawberry.type(description="Words of one kind: an enum of this schema, or codes given as texts.")
class Vocabulary:
    """A vocabulary."""

    name: str = strawberry.field(description="Its name, that of the enum.")
    description: str = strawberry.field(description="What its words are about, in English.")
    words: list[VocabularyWord] = strawberry.field(
        description="All its words.", metadata={SIZE: MEAN_WORDS}
    )

    @classmethod
    def of(cls, name: str) -> "Vocabulary":
        """The vocabulary of a name."""
        words = [
            VocabularyWord(word=each, value=each.name, description=each.meaning)
            for each in READABLE[name]
        ]
        return cls(name=name, description=READABLE[name].about(), words=words)


@strawberry.type
class VocabularyQueries:
    """Root fields about words."""

    @strawberry.field(
        description="The words of the business with what people read for them; once is enough, "
        "they change with the version of the server only.",
        extensions=[Needs(Action.VIEW_SELF)],
        metadata={SIZE: len(READABLE)},
    )
    def vocabularies(
        self,
        names: Annotated[
            list[str] | None,
            strawberry.argument(description="Only these, such as OrderStatus; none = all."),
        ] = None,
    ) -> list[Vocabulary]:
        """Some or all of them."""
        asked = list(READABLE) if names is None else list(dict.fromkeys(names))
        unknown = [name for name in asked if name not in READABLE]
        if unknown:
            raise NotFound("vocabulary", unknown[0][:NAME], field="names")
        return [Vocabulary.of(name) for name in asked]

"""GraphQL enums from the vocabularies of the domain."""

from typing import TypeVar

import strawberry

from domain.vocabulary import Vocabulary

Words = TypeVar("Words", bound=type[Vocabulary])


def enum_of(words: Words) -> Words:
    """The vocabulary as a GraphQL enum: its name, its docstring's first line, its words.

    It is the vocabulary itself, so that resolvers give and take its members.
    """
    enum = strawberry.enum(words, description=words.about())
    definition = enum.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        member = words[value.name]
        value.description = member.description or f"{member.english}."
    return words

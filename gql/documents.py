"""Documents of clients: parsed, weighed and validated once, and refused before they run."""

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import strawberry
from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    TokenKind,
    get_operation_ast,
    specified_rules,
)
from graphql.validation import MaxIntrospectionDepthRule
from strawberry.schema.schema import validate_document

from domain.limits import LONGEST
from domain.messages import KEPT, Message, msg, reads_as_kept
from gql.errors import BAD_INPUT, TOO_DEEP, Refused
from gql.limits import Limits, Weight, refuse_what_exceeds, sizes_of_variables, weigh

NO_SUCH_OPERATION = "OPERATION_RESOLUTION_FAILURE"
# A longer document is parsed each time: few are, and the memory is better kept.
LONGEST_REMEMBERED = 20_000
REMEMBERED_DOCUMENTS = 500
REMEMBERED_WEIGHTS = 50
DEEPEST_VALUE = 20
# More digits than any number of ours has.
LONGEST_NUMBER = 40
_HALF_A_PAIR = re.compile("[\ud800-\udfff]")


@dataclass
class Document:
    """A parsed document with what was found about it."""

    ast: DocumentNode
    faults: list[GraphQLError] | None = None
    weights: dict[tuple[str | None, tuple[tuple[str, int], ...]], Weight] = field(
        default_factory=dict
    )


class Documents:
    """Documents seen before, so that each is parsed, weighed and validated once. Bounded."""

    def __init__(self, limits: Limits, *, introspection: bool = True) -> None:
        self.limits = limits
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._rules: tuple[type[ASTValidationRule], ...] = (
            *specified_rules,
            MaxIntrospectionDepthRule,
        )
        if not introspection:
            self._rules += (NoSchemaIntrospectionCustomRule,)

    def get(self, text: str) -> Document | None:
        """The document of this text, if it was seen lately."""
        found = self._kept.get(text)
        if found is not None:
            self._kept.move_to_end(text)
        return found

    def keep(self, text: str, ast: DocumentNode) -> Document:
        """Remember a document that was just parsed."""
        document = Document(ast)
        if len(text) <= LONGEST_REMEMBERED:
            self._kept[text] = document
            if len(self._kept) > REMEMBERED_DOCUMENTS:
                self._kept.popitem(last=False)
        return document

    def admit(
        self,
        schema: strawberry.Schema,
        document: Document,
        operation_name: str | None,
        variables: Mapping[str, Any],
    ) -> tuple[int, list[GraphQLError]]:
        """The cost of the operation with these variables, and why it may not run.

        The limits come before validation: some of its rules take a time that grows with the
        square of what the limits bound.
        """
        operation = get_operation_ast(document.ast, operation_name)
        if operation is None:
            return 0, [which_operation(operation_name)]
        try:
            weight = self._weight(schema, document, operation, variables)
            errors = refuse_what_exceeds(weight, self.limits) or list(values_at_fault(variables))
            if errors:
                return weight.cost, errors
            if document.faults is None:
                # Validation reads numbers, and Python refuses digits by the thousand.
                document.faults = list(literals_at_fault(document.ast)) or list(
                    validate_document(schema._schema, document.ast, self._rules)
                )
        except RecursionError:
            return 0, [TOO_DEEP]
        return weight.cost, document.faults

    def _weight(
        self,
        schema: strawberry.Schema,
        document: Document,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> Weight:
        sizes = sizes_of_variables(operation, variables)
        name = operation.name.value if operation.name else None
        key = (name, tuple(sorted(sizes.items())))
        weight = document.weights.get(key)
        if weight is None:
            weight = weigh(schema._schema, document.ast, operation, sizes)
            if len(document.weights) < REMEMBERED_WEIGHTS:
                document.weights[key] = weight
        return weight


def which_operation(name: str | None) -> GraphQLError:
    """The error for a request that does not say which of its operations to run."""
    said = msg("api.WHICH_OPERATION") if name is None else msg("api.NO_OPERATION", name=name[:100])
    return Refused(said, NO_SUCH_OPERATION)


def values_at_fault(variables: Mapping[str, Any]) -> Iterator[GraphQLError]:
    """Variables that no field can take: text with NUL or too long, values nested too deeply."""
    for name, value in variables.items():
        level: list[Any] = [value]
        for _ in range(DEEPEST_VALUE):
            following: list[Any] = []
            for item in level:
                if isinstance(item, str):
                    if (fault := _text_fault(item)) is not None:
                        yield _refused(msg("api.VARIABLE_FAULT", name=name, fault=fault))
                        return
                elif isinstance(item, list):
                    following += item
                elif isinstance(item, dict):
                    following += [*item, *item.values()]
            level = following
        if level:
            yield _refused(msg("api.VARIABLE_TOO_DEEP", name=name))


def literals_at_fault(document: DocumentNode) -> Iterator[GraphQLError]:
    """Texts and numbers in the document itself that no field can take."""
    token = document.loc.start_token if document.loc else None
    while token is not None:
        if token.kind in (TokenKind.STRING, TokenKind.BLOCK_STRING):
            fault = _text_fault(token.value or "")
            if fault is not None:
                yield _refused(msg("api.LINE_FAULT", line=token.line, fault=fault))
        elif (
            token.kind in (TokenKind.INT, TokenKind.FLOAT)
            and len(token.value or "") > LONGEST_NUMBER
        ):
            yield _refused(msg("api.LONG_NUMBER", line=token.line, most=LONGEST_NUMBER))
        token = token.next


def _text_fault(text: str) -> Message | None:
    if "\x00" in text:
        return msg("api.TEXT_WITH_NUL")
    if len(text) > LONGEST:
        return msg("api.LONG_TEXT", most=LONGEST)
    # JSON can write half of a surrogate pair; no encoding can.
    if _HALF_A_PAIR.search(text):
        return msg("api.HALF_A_PAIR")
    # What a person writes must not read as a sentence of a rule.
    if reads_as_kept(text):
        return msg("api.TEXT_AS_KEPT", start=KEPT)
    return None


def _refused(said: Message) -> Refused:
    return Refused(said, BAD_INPUT)

"""What a document may ask for, measured before it runs: depth, aliases, fields and cost.

One pass that remembers what each fragment weighs. Walking every spread again, as the ready-made
limiters do, takes 2^30 steps for thirty fragments that each name the next one twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
)

from domain.messages import Message, msg
from gql.errors import Refused

PAGE_ARGUMENTS = frozenset({"first", "last"})
# What a list without a page size is taken to hold; a field may say better in its `extensions`.
ASSUMED_LIST_SIZE = 10
DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 200
# No figure of a document grows beyond this: all limits are far below it, and JSON can hold it.
MOST = 10**9
# Writing costs a lock and a row of history where reading costs neither.
MUTATION_COST = 10
SIZE = "apportion_size"
# What a field costs by itself, where that is more than one: `metadata={COST: 100}`.
COST = "apportion_cost"


@dataclass(frozen=True)
class Limits:
    """How much one request may ask for."""

    depth: int = 15
    aliases: int = 50
    tokens: int = 2_000
    fields: int = 2_000
    cost: int = 10_000


class Weight(NamedTuple):
    """What a selection weighs, each figure MOST at most; depths compare, the rest adds up."""

    depth: int = 0
    aliases: int = 0
    fields: int = 0
    cost: int = 0

    def beside(self, other: "Weight") -> "Weight":
        """Both selections on one level."""
        return _weight(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.fields + other.fields,
            self.cost + other.cost,
        )


def _weight(depth: int, aliases: int, fields: int, cost: int) -> Weight:
    return Weight(min(depth, MOST), min(aliases, MOST), min(fields, MOST), min(cost, MOST))


_NOTHING = Weight()


def sizes_of_variables(
    operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> dict[str, int]:
    """What each variable would be as a page size or as the length of a list of ids.

    Only integers and lists matter, so two requests with equal sizes weigh the same.
    """
    sizes = {}
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        size = (
            _variable_size(variables[name])
            if name in variables
            else _literal_size(definition.default_value)
        )
        if size:
            sizes[name] = size
    return sizes


def weigh(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    sizes: Mapping[str, int],
) -> Weight:
    """How deep, how wide and how dear an operation is, with these sizes of its variables.

    Conditions (`@skip`, `@include`) count as if everything were included. A field or fragment that
    does not exist costs nothing; validation words that error.
    """
    root = schema.get_root_type(operation.operation)
    weight = _Scale(schema, document, sizes).selection(operation.selection_set, root)
    if operation.operation is OperationType.MUTATION:
        weight = weight.beside(Weight(cost=MUTATION_COST))
    return weight


def refuse_what_exceeds(weight: Weight, limits: Limits) -> list[GraphQLError]:
    """One error per limit that is passed, with both figures."""
    measured = (
        ("api.DEPTH_LIMIT", weight.depth, limits.depth),
        ("api.ALIAS_LIMIT", weight.aliases, limits.aliases),
        ("api.FIELD_LIMIT", weight.fields, limits.fields),
        ("api.COST_LIMIT", weight.cost, limits.cost),
    )
    return [
        Refused(msg(key, asked=_shown(asked), allowed=allowed), key.removeprefix("api."))
        for key, asked, allowed in measured
        if asked > allowed
    ]


class _Scale:
    """Weighs the selections of one operation, each fragment once."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, sizes: Mapping[str, int]
    ) -> None:
        self._schema = schema
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._sizes = sizes
        # None marks a fragment that is being weighed: meeting it again is a cycle, which
        # validation refuses.
        self._known: dict[str, Weight | None] = {}

    def selection(self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None) -> Weight:
        total = _NOTHING
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                total = total.beside(self._field(node, parent))
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                kind = self._schema.get_type(condition.name.value) if condition else parent
                total = total.beside(self.selection(node.selection_set, kind))
            elif isinstance(node, FragmentSpreadNode):
                total = total.beside(self._fragment(node.name.value))
        return total

    def _fragment(self, name: str) -> Weight:
        if name not in self._known:
            self._known[name] = None
            node = self._fragments.get(name)
            self._known[name] = (
                _NOTHING
                if node is None
                else self.selection(
                    node.selection_set, self._schema.get_type(node.type_condition.name.value)
                )
            )
        return self._known[name] or _NOTHING

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Weight:
        field = (
            parent.fields.get(node.name.value)
            if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
            else None
        )
        inner = _NOTHING
        if node.selection_set is not None:
            kind = None if field is None else get_named_type(field.type)
            inner = self.selection(node.selection_set, kind)
        return _weight(
            inner.depth + 1,
            inner.aliases + (node.alias is not None),
            inner.fields + 1,
            self._cost(node, field, parent, inner.cost),
        )

    def _cost(
        self,
        node: FieldNode,
        field: GraphQLField | None,
        parent: GraphQLNamedType | None,
        inner: int,
    ) -> int:
        """One per object that may come back, or what the field says; leaves are free."""
        if field is None or node.selection_set is None:
            return 0
        if parent is not None and parent.name.endswith("Connection"):
            # The connection's own field has multiplied by the page size already.
            return inner + (node.name.value == "nodes")
        is_list = isinstance(get_nullable_type(field.type), GraphQLList)
        if not PAGE_ARGUMENTS.isdisjoint(field.args):
            if is_list:
                # A plain list in pages: nothing stands between the field and its objects.
                return self._page_size(node, _declared(field, SIZE, DEFAULT_PAGE_SIZE)) * (
                    1 + inner
                )
            return 1 + self._page_size(node, DEFAULT_PAGE_SIZE) * inner
        if is_list:
            return self._list_size(node, field) * (1 + inner)
        return _declared(field, COST, 1) + inner

    def _page_size(self, node: FieldNode, unless_said: int) -> int:
        given = [
            self._value(argument.value)
            for argument in node.arguments or ()
            if argument.name.value in PAGE_ARGUMENTS
        ]
        return min(max(given), MAX_PAGE_SIZE) if any(given) else unless_said

    def _list_size(self, node: FieldNode, field: GraphQLField) -> int:
        for argument in node.arguments or ():
            if argument.name.value == "ids":
                # A value in place of a list is taken as a list of one.
                return max(1, self._value(argument.value))
        return _declared(field, SIZE, ASSUMED_LIST_SIZE)

    def _value(self, value: ValueNode) -> int:
        if isinstance(value, VariableNode):
            return self._sizes.get(value.name.value, 0)
        return _literal_size(value)


def _declared(field: GraphQLField, what: str, otherwise: int) -> int:
    """What the field's metadata says."""
    definition = field.extensions.get("strawberry-definition")
    return int(getattr(definition, "metadata", {}).get(what, otherwise))


def _literal_size(value: ValueNode | None) -> int:
    if isinstance(value, IntValueNode):
        # Longer than any page size; int() refuses digits by the thousand.
        return _page(int(value.value)) if len(value.value) < 10 else MAX_PAGE_SIZE
    if isinstance(value, ListValueNode):
        return len(value.values)
    return 1 if isinstance(value, StringValueNode) else 0


def _variable_size(value: object) -> int:
    if isinstance(value, bool):
        return 0
    if isinstance(value, int):
        return _page(value)
    return len(value) if isinstance(value, list) else 1 if isinstance(value, str) else 0


def _page(size: int) -> int:
    """A size out of range is refused when the field runs; it must not make the rest cheap."""
    return min(max(0, size), MAX_PAGE_SIZE)


def _shown(number: int) -> str | Message:
    return str(number) if number < MOST else msg("api.VERY_MANY")

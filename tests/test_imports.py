"""Imports have no circles: a module can be read knowing only those that it imports."""

import grimp

FLOORS = ("gql", "jobs", "cli", "services", "persistence", "allocator", "domain")
# The way back between types of the graph, which has circles of its own.
REFERENCES = "gql.references"


def test_no_import_closes_a_circle() -> None:
    graph = grimp.build_graph(*FLOORS)
    imports = {
        module: set(graph.find_modules_directly_imported_by(module))
        for module in graph.modules
        if module != REFERENCES
    }
    assert _in_circles(imports) == {}


def test_a_circle_is_found() -> None:
    imports = {"a": {"b", "d"}, "b": {"c"}, "c": {"b"}, "d": set(), "e": {"a"}}
    assert _in_circles(imports) == {"b": {"c"}, "c": {"b"}}


def _in_circles(imports: dict[str, set[str]]) -> dict[str, set[str]]:
    """What is left once all is taken away that imports nothing left, or that nothing left does."""
    left = dict(imports)
    while True:
        inner = set(left) & set().union(*left.values())
        kept = {module: left[module] & inner for module in inner if left[module] & inner}
        if kept == left:
            return left
        left = kept

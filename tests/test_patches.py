"""What tests replace exists: a name that the product has given up fails here, in whatever test.

The attribute that `monkeypatch` or `patch.object` replaces is named by a string, which no type
check sees; its module is imported.
"""

import ast
import importlib
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent
REPLACING = {"setattr", "delattr", "patch", "object"}


def replacements(tree: ast.Module) -> Iterator[tuple[int, ast.expr, str | None]]:
    """Line, owner and attribute of all that is replaced; None for one that is no literal."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=[owner, *more]):
                if name in REPLACING:
                    match more:
                        case [ast.Constant(value=str(attribute)), *_]:
                            yield node.lineno, owner, attribute
                        case _:
                            yield node.lineno, owner, None


def imported(tree: ast.Module, name: str) -> Any:
    """What an import of the file binds to a name. Raises KeyError where none does."""
    for node in tree.body:
        for each in node.names if isinstance(node, ast.Import | ast.ImportFrom) else ():
            if (each.asname or each.name.partition(".")[0]) != name:
                continue
            if isinstance(node, ast.Import):
                return importlib.import_module(each.name if each.asname else name)
            module = importlib.import_module(node.module or "")
            if hasattr(module, each.name):
                return getattr(module, each.name)
            return importlib.import_module(f"{node.module}.{each.name}")
    raise KeyError(name)


def faults(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for number, owner, attribute in replacements(tree):
        if isinstance(owner, ast.Constant | ast.JoinedStr):
            yield number, "the module is named by a string: import it"
        elif attribute is not None:
            first, *more = ast.unparse(owner).split(".")
            try:
                reduce(getattr, [*more, attribute], imported(tree, first))
            except KeyError:
                # A fixture or a variable: what it is shows when the test runs.
                continue
            except AttributeError as error:
                yield number, str(error)


def test_what_is_replaced_exists() -> None:
    found = [
        f"{path.relative_to(TESTS.parent)}:{number}: {fault}"
        for path in sorted(TESTS.rglob("*.py"))
        for number, fault in faults(ast.parse(path.read_text("utf-8")))
    ]
    assert not found, "\n".join(found)


def test_both_faults_are_found() -> None:
    tree = ast.parse(
        "from services import solvers\n"
        "def test(monkeypatch):\n"
        "    monkeypatch.setattr('services.solvers.KILL_FACTOR', 1)\n"
        "    monkeypatch.setattr(solvers, 'KILL_FACTOR', 1)\n"
        "    monkeypatch.setattr(solvers, 'KILLED_FACTOR', 1)\n"
        "    monkeypatch.setattr(solvers.WorkerPool, 'close_all', None)\n"
    )
    assert [number for number, _ in faults(tree)] == [3, 5, 6]

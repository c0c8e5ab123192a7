"""Make a folder on which opinions differ as small as possible, and print it as a builder.

    python -m tests.allocator.shrink FOLDER

Drops rows and options and lowers numbers as long as the difference stays, whatever it is.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from tests.allocator.folder import rows
from tests.allocator.fuzz import judge
from tests.allocator.tables import COLUMNS, SETTINGS, USUAL, write_folder

Instance = tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]
NUMBERS = ("qty", "units", "safety", "target", "on_hand", "current", "pack", "launch_rank", "rank")
OPTIONS = ("launch_ties", "pick_capacity", "share_cap_ppm", "size_run_min")


def load(folder: Path) -> Instance:
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    tables: dict[str, list[dict[str, Any]]] = {
        table: list(rows(folder, table)) for table in COLUMNS
    }
    return tables, settings


def still_differs(instance: Instance) -> bool:
    """Whether someone objects, and the input itself has no faults."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = write_folder(Path(scratch) / "in", *instance)
        said = judge(folder, Path(scratch) / "out", brute_steps=200_000).differences
    spoilt = ("InputFaults", "broke at folder.py", "broke at brute_force.py")
    return bool(said) and not any(mark in one for one in said for mark in spoilt)


def smaller(instance: Instance) -> Iterator[Instance]:
    """Every instance that is one step simpler."""
    tables, settings = instance
    for table, given in tables.items():
        size = len(given)
        for step in sorted({size // 2, size // 4, 1} - {0}, reverse=True):
            for start in range(0, size, step):
                less = deepcopy(tables)
                del less[table][start : start + step]
                yield less, settings
    for option in OPTIONS:
        if settings.get(option) is not None:
            yield tables, {key: value for key, value in settings.items() if key != option}
    for table, given in tables.items():
        for number, row in enumerate(given):
            for column, value in row.items():
                usual = str(USUAL[table].get(column, ""))
                simpler = []
                if column in NUMBERS and str(value).isdigit() and int(value) > 1:
                    simpler = [int(value) // 2, int(value) - 1]
                elif column in ("ship_complete", "blocked", "reserve") and str(value) == "1":
                    simpler = [0]
                elif column.endswith("_cents") and str(value) not in ("0", "", usual):
                    simpler = [0, 100, int(value) // 2]
                for new in simpler:
                    less = deepcopy(tables)
                    less[table][number][column] = new
                    yield less, settings


def shrink(instance: Instance) -> Instance:
    changed = True
    while changed:
        changed = False
        for candidate in smaller(instance):
            if _size(candidate) < _size(instance) and still_differs(candidate):
                instance, changed = candidate, True
                break
    return instance


def _size(instance: Instance) -> tuple[int, int]:
    tables, settings = instance
    numbers = 0
    for row in (row for given in tables.values() for row in given):
        numbers += sum(abs(int(v)) for v in row.values() if str(v).lstrip("-").isdigit())
    options = sum(settings.get(option) is not None for option in OPTIONS)
    return sum(map(len, tables.values())) * 3 + options, numbers


def builder(instance: Instance) -> str:
    """The instance as a call of `write_folder`, usual cells left out."""
    tables, settings = instance
    lines = []
    for table, given in tables.items():
        if not given:
            continue
        short = []
        for row in given:
            odd = {c: v for c, v in row.items() if str(v) != str(USUAL[table].get(c, ""))}
            short.append({c: int(v) if str(v).lstrip("-").isdigit() else v for c, v in odd.items()})
        lines.append(f"{table}={short!r},")
    differs = {key: value for key, value in settings.items() if SETTINGS.get(key) != value}
    return f"settings={differs!r},\n" + "\n".join(lines)


if __name__ == "__main__":
    start = load(Path(sys.argv[1]))
    if not still_differs(start):
        sys.exit("No difference on this folder.")
    small = shrink(start)
    sys.stdout.write(builder(small) + "\n")
    with tempfile.TemporaryDirectory() as place:
        folder = write_folder(Path(place) / "in", *small)
        found = judge(folder, Path(place) / "out", brute_steps=200_000).differences
    sys.stdout.write("\n".join(found) + "\n")

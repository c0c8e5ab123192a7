"""The shipped example's dates, moved so that its story stands at today."""

import csv
import datetime as dt
from pathlib import Path

# The day that the files' story stands at; `examples/footwear/generate.py` has the same.
STORY_DAY = dt.date(2026, 11, 20)


def moved_to(folder: Path, target: Path, today: dt.date) -> Path:
    """A copy of the example in `target` with every date as far from today as from its own day."""
    days = today - STORY_DAY
    copy = target / folder.name
    copy.mkdir()
    for file in sorted(folder.glob("*.toml")):
        (copy / file.name).write_bytes(file.read_bytes())
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as source:
            heading, *rows = csv.reader(source)
        dated = [place for place, name in enumerate(heading) if name.endswith("_on")]
        for row in rows:
            for place in dated:
                if row[place]:
                    row[place] = (dt.date.fromisoformat(row[place]) + days).isoformat()
        with (copy / file.name).open("w", encoding="utf-8", newline="") as moved:
            csv.writer(moved, lineterminator="\n").writerows([heading, *rows])
    return copy

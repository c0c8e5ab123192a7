"""List the benchmarks, or run one: `python -m benchmarks [NAME [OPTIONS]]`."""

import importlib
import pkgutil
import sys
from pathlib import Path


def names() -> list[str]:
    """Every folder beside this file that holds a `run.py`."""
    here = Path(__file__).parent
    found = [m.name for m in pkgutil.iter_modules([str(here)]) if m.ispkg]
    return sorted(name for name in found if (here / name / "run.py").exists())


def main(arguments: list[str]) -> int:
    if not arguments:
        for name in names():
            about = importlib.import_module(f"benchmarks.{name}").__doc__ or ""
            print(f"{name:<12} {about.strip().splitlines()[0]}")
        return 0
    if arguments[0] not in names():
        print(f"No benchmark is called {arguments[0]!r}; there are: {', '.join(names())}.")
        return 2
    run = importlib.import_module(f"benchmarks.{arguments[0]}.run")
    status: int = run.main(arguments[1:])
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

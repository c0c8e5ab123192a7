"""The rule loop as a program of its own that reads, sorts and writes by data frames."""

import sys
from pathlib import Path

import polars as pl

from benchmarks.allocator.peers import Claims, sort_and_hand_out


def main(folder: Path, out: Path) -> None:
    """Read the folder, hand out, and write what each claim is given."""
    given = sort_and_hand_out(Claims(folder))
    pl.DataFrame({"claim_id": list(given), "units": list(given.values())}).write_csv(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

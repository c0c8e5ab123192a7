"""How much is tried: a short slice, the same each time, or by `make test-long` all of it.

The long run is for what touches the allocator or an import, before the change is called done.
"""

import os

LONG = os.environ.get("APPORTION_TEST_LONG") == "1"


def extent(short: int, long: int) -> int:
    """How many examples, instances or rows to try."""
    return long if LONG else short

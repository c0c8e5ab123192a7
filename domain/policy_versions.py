"""How a change of policy and versions already planned for later live together (P7)."""

from collections.abc import Mapping
from typing import Any


def carried(
    planned: Mapping[str, Any], before: Mapping[str, Any], changes: Mapping[str, Any]
) -> dict[str, Any]:
    """A later version's body with a change made before its day, which must not end on that day.

    before: the body that the planned one followed. What the planned version changes itself stays
    as it was planned.
    """
    own = {name for name, value in planned.items() if before.get(name) != value}
    return {**planned, **{name: value for name, value in changes.items() if name not in own}}

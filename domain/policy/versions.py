"""How a change of policy and versions already planned for later live together (P7)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Version:
    """One version of the policy: its number, from when it counts, and all its settings."""

    number: int
    effective_from: dt.datetime
    body: Mapping[str, Any]


def carried(
    planned: Mapping[str, Any], before: Mapping[str, Any], changes: Mapping[str, Any]
) -> dict[str, Any]:
    """A later version's body with a change made before its day, which must not end on that day.

    before: the body that the planned one followed. What the planned version changes itself stays
    as it was planned.
    """
    own = {name for name, value in planned.items() if before.get(name) != value}
    return {**planned, **{name: value for name, value in changes.items() if name not in own}}


def decided_by(history: Sequence[Version], number: int) -> set[str]:
    """The settings that a version made other than they would have been when it was entered.

    history: in the order of day and number, up to the version's day.
    """
    known = [each for each in history if each.number <= number]
    version, before = known[-1], known[-2].body if len(known) > 1 else {}
    return {name for name, value in version.body.items() if before.get(name) != value}


def without(history: Sequence[Version], number: int) -> dict[str, Any]:
    """The settings that change again when a planned version is called off, with their values.

    Of the same day an earlier decision holds again, else what is in force the day before. What was
    decided again since stays.
    """
    version = next(each for each in history if each.number == number)
    day = [each for each in history if each.effective_from == version.effective_from]
    before = [each for each in history if each.effective_from < version.effective_from]
    in_force = history[-1].body
    found = {}
    for name in decided_by(history, number):
        if in_force.get(name) != version.body[name]:
            continue
        deciders = [
            each
            for each in day
            if each.number < number and name in decided_by(history, each.number)
        ]
        source = deciders[-1] if deciders else before[-1]
        if source.body.get(name) != in_force.get(name):
            found[name] = source.body[name]
    return found

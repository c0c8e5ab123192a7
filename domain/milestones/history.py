"""A step's history: each event with what changed, and the facts made from the events again (O15).

What only follows from other facts makes no event: whether a day in the calendar still waits, and
the day that is reckoned for a step that shows none.
"""

import datetime as dt
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from domain.facts import camel_case
from domain.milestones.model import StepFacts
from domain.milestones.vocabularies import MilestoneChangeKind

Json = Mapping[str, Any]
DERIVED = frozenset({"reckoned_on", "waits", "version"})


@dataclass(frozen=True, slots=True)
class StepEvent:
    """What happened to a step: its kind, why, and the facts that changed, as JSON.

    after may say more than facts, such as the steps that a closing did not wait for.
    """

    number: int
    kind: str
    reason: str | None
    before: Json | None
    after: Json | None


def difference(before: StepFacts, after: StepFacts) -> tuple[Json, Json]:
    """The recorded facts in which two states of a step differ, as JSON, before and after."""
    old, new = {}, {}
    for fact, name in _names().items():
        was, now = getattr(before, fact), getattr(after, fact)
        if was != now:
            old[name], new[name] = _to_json(was), _to_json(now)
    return old, new


def replayed(events: Iterable[StepEvent]) -> dict[int, StepFacts]:
    """The recorded facts of each step that the events lead to.

    Raises ValueError when an event does not follow from the one before.
    """
    found: dict[int, StepFacts] = {}
    for event in events:
        if event.kind == MilestoneChangeKind.STARTED:
            facts = StepFacts()
        else:
            facts = found[event.number]
            facts = replace(facts, version=facts.version + 1)
        before, after = _facts(event.before), _facts(event.after)
        for fact, was in before.items():
            # Its day passes without an event.
            if fact != "is_open" and getattr(facts, fact) != was:
                raise ValueError(
                    f"{event.kind} of step {event.number} does not follow: {fact} was "
                    f"{getattr(facts, fact)}"
                )
        found[event.number] = replace(facts, **after)
    return found


def _facts(body: Json | None) -> dict[str, Any]:
    return {
        fact: _from_json(_hints()[fact], body[name])
        for fact, name in _names().items()
        if body is not None and name in body
    }


@cache
def _names() -> Mapping[str, str]:
    """Each recorded fact, and its name in JSON."""
    return {
        each.name: camel_case(each.name) for each in fields(StepFacts) if each.name not in DERIVED
    }


@cache
def _hints() -> Mapping[str, Any]:
    return get_type_hints(StepFacts)


def _to_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _from_json(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(each for each in get_args(kind) if each is not type(None))
    return kind.fromisoformat(value) if kind in (dt.date, dt.datetime) else value

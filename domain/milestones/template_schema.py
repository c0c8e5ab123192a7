"""A company's own template from TOML or JSON, checked as a whole: all faults at once (M1)."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from graphlib import CycleError, TopologicalSorter
from typing import Any

from domain.errors import DomainError, InvalidInput
from domain.milestones.steps import (
    CALENDAR,
    DAY_UNITS,
    EstimateRule,
    MilestoneStep,
    MilestoneTemplate,
)
from domain.milestones.vocabularies import AnchorEvent, ContractTerm
from domain.roles import Role

MOST_STEPS = 100
LONGEST_DAYS = 3_650
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}\Z")
_FIELDS = ("estimate", "event", "closed", "start")
_TEMPLATE_KEYS = {"code", "name_en", "name_zh", "steps"}
_STEP_KEYS = {
    "number",
    "code",
    "label_en",
    "label_zh",
    "owner_role",
    "attendees",
    "predecessors",
    "takes",
    "estimate_rules",
    "keeps_first_estimate",
    "follow_up_days",
    "closed_by_event",
    "document",
    "days",
}
_RULE_KEYS = {"step", "event", "days", "term", "unit"}


class InvalidTemplate(DomainError):
    """A template that can't be used; every fault is told, each with its place."""

    code = "INVALID_TEMPLATE"

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(" ".join(faults), field="template")
        self.faults = tuple(faults)


def read_template(text: str, form: str) -> MilestoneTemplate:
    """The template of a TOML or JSON text. Raises InvalidInput or InvalidTemplate."""
    try:
        body = tomllib.loads(text) if form == "TOML" else json.loads(text)
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise InvalidInput(f"This is no {form}: {error}.", field="template") from error
    except RecursionError as error:
        raise InvalidInput(f"This {form} is nested too deeply.", field="template") from error
    if not isinstance(body, dict):
        raise InvalidInput("A template is a table with code, names and steps.", field="template")
    return template_of(body)


def template_of(body: Mapping[str, Any]) -> MilestoneTemplate:
    """The template of a body. Raises InvalidTemplate with every fault there is."""
    faults = list(_template_faults(body))
    if faults:
        raise InvalidTemplate(faults)
    template = MilestoneTemplate(
        body["code"],
        body["name_en"],
        body["name_zh"],
        tuple(sorted(map(_step, body["steps"]), key=lambda step: step.number)),
    )
    faults = list(faults_of(template))
    if faults:
        raise InvalidTemplate(faults)
    return template


def body_of(template: MilestoneTemplate) -> dict[str, Any]:
    """The template as `template_of` reads it."""
    return {
        "code": template.code,
        "name_en": template.name_en,
        "name_zh": template.name_zh,
        "steps": [_step_body(step) for step in template.steps],
    }


def faults_of(template: MilestoneTemplate) -> Iterator[str]:
    """What is wrong between the steps of a template whose single values are right."""
    steps = template.steps
    numbers = [str(step.number) for step in steps]
    for name, values in (("number", numbers), ("code", [step.code for step in steps])):
        for value in sorted({value for value in values if values.count(value) > 1}):
            yield f"The {name} {value} stands on more than one step."
    known = {step.number for step in steps}
    for step in steps:
        place = f"Step {step.number}"
        for before in step.predecessors:
            if before == step.number:
                yield f"{place} waits for itself."
            elif before not in known:
                yield f"{place} waits for step {before}, which there is none of."
        for rule in step.estimate_rules:
            if rule.step == step.number:
                yield f"{place}: its estimate hangs on itself."
            elif rule.step is not None and rule.step not in known:
                yield f"{place}: its estimate hangs on step {rule.step}, which there is none of."
        if step.attendees and not step.takes_event:
            yield f"{place} has attendees but takes no calendar event that they could attend."
        if step.follow_up_days is not None and not step.takes_event:
            yield f"{place} has a follow-up but takes no calendar event that it could come after."
        if step.keeps_first_estimate and not step.takes_estimate:
            yield f"{place} keeps its first estimate but takes none."
        if step.closed_by_event is not None and not step.takes_closed:
            yield f"{place} is closed by an event but takes no closed date."
        if not (step.takes_estimate or step.takes_event or step.takes_closed):
            yield f"{place} takes no date at all."
    hangs_on = {
        s.number: {r.step for r in s.estimate_rules if r.step is not None} - {s.number}
        for s in steps
    }
    hanging = list(_cycles("have estimates that hang on each other", hangs_on))
    waiting = list(_cycles("wait for each other", {s.number: set(s.predecessors) for s in steps}))
    yield from (*waiting, *hanging)
    if not waiting and not hanging:
        both = {s.number: hangs_on[s.number] | set(s.predecessors) for s in steps}
        yield from _cycles("wait for and are estimated from each other", both)


def _cycles(words: str, graph: Mapping[int, set[int]]) -> Iterator[str]:
    # What waits for itself, or for a step that there is none of, is told already.
    clean = {number: sorted((before & graph.keys()) - {number}) for number, before in graph.items()}
    try:
        TopologicalSorter(clean).prepare()
    except CycleError as error:
        numbers = ", ".join(str(number) for number in error.args[1][:-1])
        yield f"The steps {numbers} {words} in a circle."


def _template_faults(body: Mapping[str, Any]) -> Iterator[str]:
    yield from _unknown("The template", body, _TEMPLATE_KEYS)
    if not _is_code(body.get("code")):
        yield "The template's code must be capitals, digits and underscores, such as MY_FLOW."
    for name in ("name_en", "name_zh"):
        yield from _text_faults("The template", name, body.get(name), 200)
    steps = body.get("steps")
    if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_STEPS:
        yield f"A template needs a list of 1 to {MOST_STEPS} steps."
        return
    for position, step in enumerate(steps, 1):
        if not isinstance(step, Mapping):
            yield f"Step at place {position} is no table."
            continue
        number = step.get("number")
        place = f"Step {number}" if _is_whole(number, 1) else f"Step at place {position}"
        yield from _step_faults(place, step)


def _step_faults(place: str, step: Mapping[str, Any]) -> Iterator[str]:
    yield from _unknown(place, step, _STEP_KEYS)
    if not _is_whole(step.get("number"), 1):
        yield f"{place}: its number must be a whole number from 1."
    if not _is_code(step.get("code")):
        yield f"{place}: its code must be capitals, digits and underscores."
    for name in ("label_en", "label_zh"):
        yield from _text_faults(place, name, step.get(name), 200)
    if step.get("owner_role") not in set(Role) - {Role.CUSTOMER}:
        yield f"{place}: its owner {step.get('owner_role')!r} is no role of the company."
    attendees = step.get("attendees", [])
    if not isinstance(attendees, list):
        yield f"{place}: attendees must be a list of roles."
    else:
        for role in attendees:
            if role not in set(Role) - {Role.CUSTOMER}:
                yield f"{place}: the attendee {role!r} is no role of the company."
    before = step.get("predecessors", [])
    if not isinstance(before, list) or not all(_is_whole(number, 1) for number in before):
        yield f"{place}: predecessors must be a list of step numbers."
    takes = step.get("takes", ["estimate", "closed"])
    if not isinstance(takes, list) or not set(map(str, takes)) <= set(_FIELDS):
        yield f"{place}: takes must be a list of some of {', '.join(_FIELDS)}."
    if not isinstance(step.get("keeps_first_estimate", False), bool):
        yield f"{place}: keeps_first_estimate must be true or false."
    for name in ("follow_up_days", "days"):
        if step.get(name) is not None and not _is_whole(step[name], 0):
            yield f"{place}: {name} must be a whole number of days from 0."
    event = step.get("closed_by_event")
    if event is not None and not AnchorEvent.has(event):
        yield f"{place}: the event {event!r} is none of {', '.join(AnchorEvent)}."
    if step.get("document") is not None:
        yield from _text_faults(place, "document", step["document"], 200)
    rules = step.get("estimate_rules", [])
    if not isinstance(rules, list):
        yield f"{place}: estimate_rules must be a list."
        return
    for rule in rules:
        yield from _rule_faults(place, rule)


def _rule_faults(place: str, rule: object) -> Iterator[str]:
    if not isinstance(rule, Mapping):
        yield f"{place}: an estimate rule must be a table with step or event."
        return
    yield from _unknown(f"{place}: an estimate rule", rule, _RULE_KEYS)
    step, event = rule.get("step"), rule.get("event")
    if (step is None) == (event is None):
        yield f"{place}: an estimate rule names a step or an event, one of the two."
    if step is not None and not _is_whole(step, 1):
        yield f"{place}: an estimate rule's step must be a step number."
    if event is not None and not AnchorEvent.has(event):
        yield f"{place}: the event {event!r} is none of {', '.join(AnchorEvent)}."
    if not _is_whole(rule.get("days", 0), -LONGEST_DAYS):
        yield f"{place}: an estimate rule's days must be a whole number."
    if rule.get("term") is not None and not ContractTerm.has(rule["term"]):
        yield f"{place}: the term {rule['term']!r} is none of {', '.join(ContractTerm)}."
    if rule.get("unit", CALENDAR) not in DAY_UNITS:
        yield f"{place}: an estimate rule counts in one of {', '.join(DAY_UNITS)} days."


def _unknown(place: str, body: Mapping[str, Any], known: set[str]) -> Iterator[str]:
    for name in sorted(str(name) for name in set(body) - known):
        yield f"{place} has a setting {name!r} that there is none of."


def _text_faults(place: str, name: str, value: object, longest: int) -> Iterator[str]:
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= longest or "\0" in value:
        yield f"{place}: {name} must be a text of 1 to {longest} characters."


def _is_code(value: object) -> bool:
    return isinstance(value, str) and _CODE.match(value) is not None


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= LONGEST_DAYS


def _step(body: Mapping[str, Any]) -> MilestoneStep:
    takes = set(body.get("takes", ["estimate", "closed"]))
    return MilestoneStep(
        body["number"],
        body["code"],
        body["label_en"],
        body["label_zh"],
        str(body["owner_role"]),
        tuple(str(role) for role in body.get("attendees", [])),
        tuple(body.get("predecessors", [])),
        takes_estimate="estimate" in takes,
        takes_event="event" in takes,
        takes_closed="closed" in takes,
        takes_start="start" in takes,
        estimate_rules=tuple(rule_of(rule) for rule in body.get("estimate_rules", [])),
        keeps_first_estimate=body.get("keeps_first_estimate", False),
        follow_up_days=body.get("follow_up_days"),
        closed_by_event=body.get("closed_by_event"),
        document=body.get("document"),
        days=body.get("days"),
    )


def rule_of(body: Mapping[str, Any]) -> EstimateRule:
    """An estimate rule of a checked body."""
    return EstimateRule(
        body.get("step"),
        body.get("event"),
        body.get("days", 0),
        body.get("term"),
        body.get("unit", CALENDAR),
    )


def rule_body(rule: EstimateRule) -> dict[str, Any]:
    """An estimate rule as `rule_of` reads it."""
    return {name: value for name, value in asdict(rule).items() if value is not None}


def _step_body(step: MilestoneStep) -> dict[str, Any]:
    takes = {
        "estimate": step.takes_estimate,
        "event": step.takes_event,
        "closed": step.takes_closed,
        "start": step.takes_start,
    }
    body = {
        "number": step.number,
        "code": step.code,
        "label_en": step.label_en,
        "label_zh": step.label_zh,
        "owner_role": step.owner_role,
        "attendees": list(step.attendees),
        "predecessors": list(step.predecessors),
        "takes": [name for name, taken in takes.items() if taken],
        "estimate_rules": [rule_body(rule) for rule in step.estimate_rules],
        "keeps_first_estimate": step.keeps_first_estimate,
        "follow_up_days": step.follow_up_days,
        "closed_by_event": step.closed_by_event,
        "document": step.document,
        "days": step.days,
    }
    return {name: value for name, value in body.items() if value is not None}

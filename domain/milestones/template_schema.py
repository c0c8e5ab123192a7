"""A company's own template from TOML or JSON, checked as a whole: all faults at once (M1)."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from pydantic_core import ErrorDetails

from domain.errors import DomainError, InvalidInput
from domain.limits import NAME
from domain.messages import Message, msg, sentences
from domain.milestones.steps import (
    DAY_UNITS,
    Code,
    EstimateRule,
    MilestoneStep,
    MilestoneTemplate,
    Name,
)
from domain.milestones.template_checks import faults_between_steps
from domain.milestones.vocabularies import AnchorEvent, ContractTerm

MOST_STEPS = 100
# In a document `takes` lists which dates a step has, where the step says yes or no for each.
_TAKES = "takes"
_TAKES_OF = {
    item.name.removeprefix(f"{_TAKES}_"): item.name
    for item in fields(MilestoneStep)
    if item.name.startswith(f"{_TAKES}_")
}


class InvalidTemplate(DomainError):
    """A template that can't be used; it says every fault, each with its place."""

    code = "INVALID_TEMPLATE"

    def __init__(self, faults: Sequence[Message]) -> None:
        super().__init__(sentences(tuple(faults)), field="template")
        self.faults = tuple(faults)


def read_template(text: str, form: str) -> MilestoneTemplate:
    """The template of a TOML or JSON text. Raises InvalidInput or InvalidTemplate."""
    try:
        body = tomllib.loads(text) if form == "TOML" else json.loads(text)
    except ValueError as error:
        # Neither form; or a number of more digits than are read.
        no_form = msg("templates.NO_FORM", form=form, problem=str(error))
        raise InvalidInput(no_form, field="template") from error
    except RecursionError as error:
        raise InvalidInput(msg("templates.TOO_DEEP", form=form), field="template") from error
    if not isinstance(body, dict):
        raise InvalidInput(msg("templates.NO_TABLE"), field="template")
    return template_of(body)


def template_of(body: Mapping[str, Any]) -> MilestoneTemplate:
    """The template of a body. Raises InvalidTemplate with every fault there is."""
    try:
        read = _DOCUMENT.validate_python(body)
    except ValidationError as error:
        faults = [_fault(body, each) for each in error.errors()]
        raise InvalidTemplate(list(dict.fromkeys(faults))) from None
    steps = sorted(read.steps, key=lambda step: step.number)
    template = MilestoneTemplate(read.code, read.name_en, read.name_zh, tuple(steps))
    faults = list(faults_between_steps(template))
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


def rule_of(body: Mapping[str, Any]) -> EstimateRule:
    """An estimate rule as it is stored."""
    return EstimateRule(**body)


def rule_body(rule: EstimateRule) -> dict[str, Any]:
    """An estimate rule as `rule_of` reads it."""
    body: dict[str, Any] = _RULE.dump_python(rule, mode="json", exclude_none=True)
    return body


def _step_body(step: MilestoneStep) -> dict[str, Any]:
    body = _STEP.dump_python(step, mode="json", exclude_none=True)
    takes = [name for name, field in _TAKES_OF.items() if body.pop(field)]
    return {**body, _TAKES: takes}


def _takes_apart(step: object) -> object:
    """`takes` of a document as the fields of a step; what cannot be stays, and is refused there."""
    if not isinstance(step, Mapping):
        return step
    others = {
        name: each for name, each in step.items() if name not in (_TAKES, *_TAKES_OF.values())
    }
    takes = step.get(_TAKES, ["estimate", "closed"])
    is_list = isinstance(takes, list) and all(
        isinstance(each, str) and each in _TAKES_OF for each in takes
    )
    if not is_list or step.keys() & _TAKES_OF.values():
        return {**others, _TAKES: takes}
    return {**others, **{field: name in takes for name, field in _TAKES_OF.items()}}


def _in_bounds(steps: object) -> object:
    if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_STEPS:
        raise ValueError
    return steps


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class TemplateDocument:
    """A template as it is written."""

    code: Code
    name_en: Name
    name_zh: Name
    steps: Annotated[
        tuple[Annotated[MilestoneStep, BeforeValidator(_takes_apart)], ...],
        BeforeValidator(_in_bounds),
    ]


_DOCUMENT = TypeAdapter(TemplateDocument)
_STEP = TypeAdapter(MilestoneStep)
_RULE = TypeAdapter(EstimateRule)


def _fault(body: Mapping[str, Any], error: ErrorDetails) -> Message:
    place, path = msg("templates.TEMPLATE"), error["loc"]
    if path[0] == "steps" and len(path) > 1:
        place, path = _step_at(body["steps"], int(path[1])), path[2:]
    return msg("templates.FAULT", place=place, fault=_said(path, error))


def _step_at(steps: Any, position: int) -> Message:
    step = steps[position]
    number = step.get("number") if isinstance(step, Mapping) else None
    if isinstance(number, int) and not isinstance(number, bool) and number >= 1:
        return msg("templates.STEP", number=number)
    return msg("templates.STEP_AT", position=position + 1)


def _said(path: tuple[int | str, ...], error: ErrorDetails) -> Message:
    """What a value has to be, whatever was wrong with it."""
    shown = f"{error['input']!s:.60}"
    if error["type"] == "unexpected_keyword_argument" and path[-1] != _TAKES:
        return msg("templates.UNKNOWN", name=str(path[-1]))
    match path:
        case ():
            return msg("templates.STEP_NO_TABLE")
        case ("code",):
            return msg("templates.CODE")
        case ("steps",):
            return msg("templates.STEPS", most=MOST_STEPS)
        case ("number",):
            return msg("templates.NUMBER")
        case ("name_en" | "name_zh" | "label_en" | "label_zh" | "document" as name,):
            return msg("templates.TEXT", name=name, most=NAME)
        case ("owner_role",):
            return msg("templates.OWNER", role=shown)
        case ("attendees",):
            return msg("templates.ATTENDEES")
        case ("attendees", _):
            return msg("templates.ATTENDEE", role=shown)
        case ("predecessors", *_):
            return msg("templates.PREDECESSORS")
        case ("takes",):
            return msg("templates.TAKES", names=list(_TAKES_OF))
        case ("keeps_first_estimate",):
            return msg("templates.KEEPS_FIRST")
        case ("follow_up_days" | "days" as name,):
            return msg("templates.DAYS", name=name)
        case ("closed_by_event",):
            return _no_event(shown)
        case ("estimate_rules",):
            return msg("templates.RULES")
        case ("estimate_rules", _, *within):
            return _said_of_rule(tuple(within), shown, error)
    return msg("templates.OTHERWISE", name=".".join(map(str, path)), problem=error["msg"])


def _said_of_rule(path: tuple[int | str, ...], shown: str, error: ErrorDetails) -> Message:
    match path:
        case ():
            return msg("templates.RULE_NO_TABLE")
        case ("step",):
            return msg("templates.RULE_STEP")
        case ("event",):
            event = error["input"]
            is_one = event is None or (isinstance(event, str) and event in AnchorEvent.__members__)
            return msg("templates.STEP_OR_EVENT") if is_one else _no_event(shown)
        case ("term",):
            terms = [str(term) for term in ContractTerm]
            return msg("templates.TERM", term=shown, terms=terms)
        case ("unit",):
            return msg("templates.UNIT", units=list(DAY_UNITS))
    return msg("templates.RULE_DAYS")


def _no_event(shown: str) -> Message:
    return msg("templates.EVENT", event=shown, events=[str(event) for event in AnchorEvent])

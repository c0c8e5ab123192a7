"""What must agree between the steps of a template (M1)."""

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from domain.messages import Message, msg
from domain.milestones.steps import MilestoneTemplate


def faults_between_steps(template: MilestoneTemplate) -> Iterator[Message]:
    """What is wrong between the steps of a template whose single values are right."""
    steps = template.steps
    numbers = [str(step.number) for step in steps]
    codes = [step.code for step in steps]
    for key, values in (("templates.NUMBER_TWICE", numbers), ("templates.CODE_TWICE", codes)):
        for value in sorted({value for value in values if values.count(value) > 1}):
            yield msg(key, value=value)
    known = {step.number for step in steps}
    for step in steps:
        number = step.number
        for before in step.predecessors:
            if before == step.number:
                yield msg("templates.WAITS_FOR_ITSELF", step=number)
            elif before not in known:
                yield msg("templates.WAITS_FOR_NONE", step=number, other=before)
        for rule in step.estimate_rules:
            if rule.step == step.number:
                yield msg("templates.HANGS_ON_ITSELF", step=number)
            elif rule.step is not None and rule.step not in known:
                yield msg("templates.HANGS_ON_NONE", step=number, other=rule.step)
        if step.attendees and not step.takes_event:
            yield msg("templates.ATTENDEES_WITHOUT_EVENT", step=number)
        if step.follow_up_days is not None and not step.takes_event:
            yield msg("templates.FOLLOW_UP_WITHOUT_EVENT", step=number)
        if step.keeps_first_estimate and not step.takes_estimate:
            yield msg("templates.NO_ESTIMATE_TO_KEEP", step=number)
        if step.closed_by_event is not None and not step.takes_closed:
            yield msg("templates.NO_CLOSED_DATE", step=number)
        if not (step.takes_estimate or step.takes_event or step.takes_closed):
            yield msg("templates.NO_DATE", step=number)
    hangs_on = {
        s.number: {r.step for r in s.estimate_rules if r.step is not None} - {s.number}
        for s in steps
    }
    waits_for = {s.number: set(s.predecessors) for s in steps}
    hanging = list(_cycles("templates.ESTIMATED_IN_A_CIRCLE", hangs_on))
    waiting = list(_cycles("templates.WAIT_IN_A_CIRCLE", waits_for))
    yield from (*waiting, *hanging)
    if not waiting and not hanging:
        both = {number: hangs_on[number] | waits_for[number] for number in waits_for}
        yield from _cycles("templates.WAIT_AND_ESTIMATED", both)


def _cycles(key: str, graph: Mapping[int, set[int]]) -> Iterator[Message]:
    # What waits for itself, or for a step that does not exist, is a fault of its own.
    clean = {number: sorted((before & graph.keys()) - {number}) for number, before in graph.items()}
    try:
        TopologicalSorter(clean).prepare()
    except CycleError as error:
        yield msg(key, steps=list(error.args[1][:-1]))

"""What people do with milestones: loaded and locked, judged, written with what follows (M2, M4).

Of two at once the second waits for the first, and its rules see what the first did.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.errors import DomainError, InvalidInput, NotFound, refuse_for
from domain.messages import msg
from domain.milestones.commands.closing import (
    CloseManyMilestones,
    CloseMilestone,
    HandOnMilestone,
    audited,
    close_many,
)
from domain.milestones.commands.estimates import ApplyBackwardPlan, PlanBackward, RecordAnchors
from domain.milestones.guards import against_day
from domain.milestones.model import Milestone, OrderMilestones
from domain.milestones.schedule import missing_terms, plan_backward
from domain.milestones.state_machine import (
    MILESTONE,
    StepCommand,
    against_ended,
    apply,
    apply_to_step,
)
from domain.milestones.steps import MilestoneStep
from domain.milestones.vocabularies import MilestoneChangeKind
from domain.policy import Policy
from persistence.audit import record_each
from persistence.milestones.reading import LoadedMilestones, load_milestones
from persistence.orders.locking import lock_orders, lock_orders_of_milestones
from persistence.parties.people import is_active_staff
from persistence.unit_of_work import UnitOfWork
from services.commands import OnOne, row_of, use_case
from services.milestones.context import acting
from services.milestones.follow_ups import save
from services.parties.references import owner_named
from services.policy import current_policy

MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Refused:
    """A step of a list that was not closed, and why."""

    milestone_id: int
    error: DomainError


@dataclass(frozen=True)
class PlannedStep:
    """The last day for one step, and whether that is still to be had."""

    milestone_id: int
    latest_on: dt.date
    expected_on: dt.date | None
    feasible: bool


@dataclass(frozen=True)
class BackwardPlan:
    """Last days by step, the first due first; terms that the contract should name."""

    steps: tuple[PlannedStep, ...]
    missing_terms: tuple[str, ...]


@use_case
async def act_on_milestone(request: OnOne[StepCommand], uow: UnitOfWork) -> int:
    """Carry out a command for one step; what comes after follows. The step's key.

    History and audit log name who closed it and who recorded that. Raises NotAllowed, NotFound, or
    the first of all reasons against it.
    """
    key = request.key
    wanted = await _informed(uow, request.command)
    _, policy = await current_policy(uow)
    found = await _of_milestones(uow, [key], policy)
    loaded, number = _place(found, key)
    at = await acting(uow, policy)
    outcome = apply_to_step(
        Milestone(loaded.milestones, number), wanted, at, request.expected_version
    )
    await save(uow, [(loaded, outcome)])
    if isinstance(wanted, CloseMilestone):
        kept = {key: audited(outcome, number, uow.actor)}
        await record_each(uow, row_of(request).name, MILESTONE, kept)
    return key


@use_case
async def close_many_milestones(
    command: CloseManyMilestones, uow: UnitOfWork
) -> tuple[list[int], list[Refused]]:
    """Close what can be closed of a list, and say of the rest why not.

    Predecessors in the list are closed before what waits for them.
    """
    await _check_closer(uow, command.closed_by)
    wanted = list(dict.fromkeys(command.ids))
    if not 1 <= len(wanted) <= MOST_AT_ONCE:
        raise InvalidInput(msg("milestones.CLOSE_AT_ONCE", most=MOST_AT_ONCE), field="ids")
    _, policy = await current_policy(uow)
    found = await _of_milestones(uow, wanted, policy)
    at = await acting(uow, policy)
    known = {key for loaded in found for key in loaded.ids.values()}
    refused = [
        Refused(each, NotFound("milestone", str(each), field="ids"))
        for each in wanted
        if each not in known
    ]
    closed: dict[int, dict[str, Any]] = {}
    changes = []
    for loaded in found:
        asked = [number for number, key in loaded.ids.items() if key in wanted]
        if not asked:
            continue
        outcome, errors = close_many(loaded.milestones, asked, command.each, at)
        changes.append((loaded, outcome))
        refused += [Refused(loaded.ids[number], error) for number, error in errors.items()]
        for event in outcome.events:
            if event.kind == MilestoneChangeKind.CLOSED:
                kept = audited(outcome, event.number, uow.actor)
                closed[loaded.ids[event.number]] = kept
    await save(uow, changes)
    await record_each(uow, row_of(command).name, MILESTONE, closed)
    return list(closed), refused


@use_case
async def record_anchors(command: RecordAnchors, uow: UnitOfWork) -> list[int]:
    """Put days of events or terms of the contract in force; estimates that hang on them follow.

    The keys of the milestones that moved or closed. Raises NotAllowed, NotFound, InvalidInput.
    """
    _, policy = await current_policy(uow)
    found = await _of_order(uow, command.order_id, policy)
    at = await acting(uow, policy)
    changes = [(each, apply(each.milestones, command, at)) for each in found]
    saved = await save(uow, changes)
    return [
        loaded.ids[number]
        for loaded, (_, outcome) in zip(saved, changes, strict=True)
        for number in outcome.changed
    ]


@use_case
async def plan_order_backward(command: PlanBackward, uow: UnitOfWork) -> BackwardPlan:
    """The last day for each open step, so that the wanted one is reached; kept when applied.

    Applying is for whoever answers for the order as a whole; others may look. Raises NotAllowed.
    """
    refuse_for(against_day(command.wanted_on))
    _, policy = await current_policy(uow)
    found = await _of_order(uow, command.order_id, policy)
    if not found:
        raise NotFound("milestone of order", str(command.order_id), field="orderId")
    loaded = found[0]
    at = await acting(uow, policy)
    order = loaded.milestones
    target = _target(command, order)
    if command.apply:
        outcome = apply(order, ApplyBackwardPlan(target.number, command.wanted_on), at)
        await save(uow, [(loaded, outcome)])
        order = outcome.after
    else:
        refuse_for(against_ended(order))
    anchors = loaded.milestones.anchors(at.terms)
    planned = plan_backward(
        order.steps,
        loaded.milestones.facts,
        anchors,
        at.calendar,
        target.number,
        command.wanted_on,
    )
    steps = [
        PlannedStep(loaded.ids[number], day, order.facts[number].expected, day >= at.today)
        for number, day in sorted(planned.items(), key=lambda each: (each[1], each[0]))
        if number in loaded.ids
    ]
    return BackwardPlan(tuple(steps), tuple(missing_terms(order.steps, anchors)))


async def _informed(uow: UnitOfWork, command: StepCommand) -> StepCommand:
    """The command with what must be looked up for it; the people that it names are there."""
    if isinstance(command, CloseMilestone):
        await _check_closer(uow, command.closed_by)
    if isinstance(command, HandOnMilestone) and command.owner is not None:
        key, roles = await owner_named(uow, command.owner)
        return replace(command, person_id=key, roles=roles)
    return command


async def _check_closer(uow: UnitOfWork, subject: str | None) -> None:
    """Who closes a step is a person of the company. Raises NotFound."""
    if subject in (None, uow.actor):
        return
    if not await is_active_staff(uow.session, str(subject)):
        raise NotFound("person of the company who may act", str(subject), field="closedBy")


async def _of_milestones(
    uow: UnitOfWork, keys: Sequence[int], policy: Policy
) -> list[LoadedMilestones]:
    """The orders of these milestones, locked, with all their steps."""
    locked = await lock_orders_of_milestones(uow.session, keys)
    return await load_milestones(uow.session, locked, policy.zone)


async def _of_order(uow: UnitOfWork, order_id: int, policy: Policy) -> list[LoadedMilestones]:
    """An order's steps by template, locked. Raises NotFound."""
    if not await lock_orders(uow.session, [order_id]):
        raise NotFound("order", str(order_id), field="orderId")
    return await load_milestones(uow.session, [order_id], policy.zone)


def _place(found: Sequence[LoadedMilestones], key: int) -> tuple[LoadedMilestones, int]:
    """Where a milestone is among these, and its number. Raises NotFound."""
    for loaded in found:
        for number, own in loaded.ids.items():
            if own == key:
                return loaded, number
    raise NotFound("milestone", str(key), field="id")


def _target(command: PlanBackward, order: OrderMilestones) -> MilestoneStep:
    if command.step is None:
        return max(order.steps, key=lambda step: (step.takes_event, step.number))
    for step in order.steps:
        if step.code == command.step:
            return step
    raise NotFound("step", command.step, field="step")

"""Closing, reopening, skipping, beginning and handing on steps; one by one or from a list (M4)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.errors import DomainError, InvalidInput, NotFound, Stale, WrongState
from domain.milestones.guards import (
    AlreadyClosed,
    PredecessorsOpen,
    check_closing,
    open_predecessors,
    reason_given,
)
from domain.roles import Action
from domain.unchanged import UNCHANGED, Unchanged, changed
from persistence.audit import record_each
from persistence.milestones import flows
from persistence.parties.people import is_active_staff
from persistence.unit_of_work import UnitOfWork
from services.milestones.flow import (
    Flow,
    check_goes_on,
    close_row,
    dates_of,
    flow_of,
    numbers,
    require_step,
)
from services.permissions import require
from services.policy import current_policy
from services.tasks import check_owner, checked_note

MOST_AT_ONCE = 200
MILESTONE = "Milestone"


@dataclass(frozen=True)
class CloseMilestone:
    """A step is done. By default today, by whoever says so.

    closed_by: a person of the company, by subject; who records it is kept beside it.
    override: a manager closes it although it waits for others; needs a reason.
    """

    milestone_id: int
    closed_on: dt.date | None = None
    closed_by: str | None = None
    override: bool = False
    reason: str | None = None
    note: str | Unchanged | None = UNCHANGED
    expected_version: int | None = None


@dataclass(frozen=True)
class CloseManyMilestones:
    """Steps of a list that are done on the same day."""

    milestone_ids: tuple[int, ...]
    closed_on: dt.date | None = None
    closed_by: str | None = None


@dataclass(frozen=True)
class Refused:
    """A step of a list that was not closed, and why."""

    milestone_id: int
    error: DomainError


@dataclass(frozen=True)
class ReopenMilestone:
    """A step that was closed or skipped is not done after all."""

    milestone_id: int
    reason: str
    expected_version: int | None = None


@dataclass(frozen=True)
class SkipMilestone:
    """A step that this order does not need."""

    milestone_id: int
    reason: str
    expected_version: int | None = None


@dataclass(frozen=True)
class BeginMilestone:
    """Work on a step began, now or at the time given."""

    milestone_id: int
    started_at: dt.datetime | None = None
    note: str | Unchanged | None = UNCHANGED


@dataclass(frozen=True)
class HandOnMilestone:
    """A step goes to a person, or back to the department."""

    milestone_id: int
    person_id: int | None
    reason: str | None = None


async def close_milestone(command: CloseMilestone, uow: UnitOfWork) -> int:
    """Close a step; what comes after follows. Of two at once the second is told who was first.

    History and audit log name who closed it and who recorded that. Raises AlreadyClosed,
    PredecessorsOpen, Stale, WrongState, InvalidInput, NotAllowed, or NotFound where `closed_by` is
    nobody of the company.
    """
    by = await _closer(uow, command.closed_by)
    flow, number = await flow_of(uow, command.milestone_id)
    told = await _close(flow, number, command, by)
    await flow.follow(f"step {number} was closed")
    await record_each(uow, "milestoneClose", MILESTONE, {command.milestone_id: told})
    return command.milestone_id


async def close_many_milestones(
    command: CloseManyMilestones, uow: UnitOfWork
) -> tuple[list[int], list[Refused]]:
    """Close what can be closed of a list, and say of the rest why not.

    Predecessors in the list are closed before what waits for them.
    """
    require(uow.principal, Action.CLOSE_MANY_MILESTONES)
    by = await _closer(uow, command.closed_by)
    wanted = list(dict.fromkeys(command.milestone_ids))
    if not 1 <= len(wanted) <= MOST_AT_ONCE:
        raise InvalidInput(f"Close 1 to {MOST_AT_ONCE} steps at once.", field="ids")
    places = await flows.places_of(uow.session, wanted)
    refused = [
        Refused(each, NotFound("milestone", str(each), field="ids"))
        for each in wanted
        if each not in places
    ]
    # All orders are locked at once and in the order of their keys, as everywhere.
    locked = await flows.lock_orders(uow.session, sorted({place[0] for place in places.values()}))
    _, policy = await current_policy(uow)
    asked: dict[tuple[int, int], dict[int, int]] = {}
    for each, (order_id, template_id, number) in places.items():
        asked.setdefault((order_id, template_id), {})[number] = each
    found = await Flow.of_orders(uow, locked, policy)
    closed: dict[int, dict[str, Any]] = {}
    for (order_id, template_id), numbered in sorted(asked.items()):
        done, failed = await _close_in(found[order_id][template_id], numbered, command, by)
        closed |= done
        refused += failed
    await flows.write_together(uow.session)
    await record_each(uow, "milestoneCloseMany", MILESTONE, closed)
    return list(closed), refused


async def _close_in(
    flow: Flow, asked: dict[int, int], command: CloseManyMilestones, by: str
) -> tuple[dict[int, dict[str, Any]], list[Refused]]:
    """What the audit log keeps of each step that was closed, and which were not."""
    closed: dict[int, dict[str, Any]] = {}
    refused: list[Refused] = []
    left = sorted(asked)
    while left:
        # Whatever waits for another step of the list comes after it.
        number = next((n for n in left if not _waits_within(flow, n, left)), left[0])
        left.remove(number)
        one = CloseMilestone(asked[number], command.closed_on)
        try:
            check_goes_on(flow.order)
            told = await _close(flow, number, one, by)
        except DomainError as error:
            # Every refusal comes before the first change, so the other steps are not touched.
            refused.append(Refused(asked[number], error))
        else:
            closed[asked[number]] = told
    if closed:
        await flow.follow("steps were closed from a list", flush=False)
    return closed, refused


def _waits_within(flow: Flow, number: int, others: Sequence[int]) -> bool:
    waiting = open_predecessors(flow.step(number), flow.steps, flow.dates)
    return any(each in others for each in waiting)


async def _closer(uow: UnitOfWork, subject: str | None) -> str:
    """Who closes a step: a person of the company, or whoever asks. Raises NotFound."""
    if subject is None or subject == uow.actor:
        return uow.actor
    if not await is_active_staff(uow.session, subject):
        raise NotFound("person of the company who may act", subject, field="closedBy")
    return subject


async def _close(flow: Flow, number: int, command: CloseMilestone, by: str) -> dict[str, Any]:
    """Close a step; what the audit log keeps of it."""
    uow, step, row = flow.uow, flow.step(number), flow.rows[number]
    if row.closed_on is not None:
        raise AlreadyClosed(number, row.closed_by or "", row.closed_on, row.closed_at)
    if command.expected_version is not None and command.expected_version != row.version:
        raise Stale("milestone", command.expected_version, row.version)
    if row.skipped:
        raise WrongState(f"Step {number} is skipped: reopen it before you close it.")
    require_step(uow.principal, step)
    closed_on = command.closed_on or flow.today
    check_closing(step, closed_on, flow.placed_on, flow.today)
    reason = command.reason
    waiting = open_predecessors(step, flow.steps, flow.dates)
    if waiting:
        if not command.override:
            raise PredecessorsOpen(number, waiting)
        require(uow.principal, Action.OVERRIDE_MILESTONES)
        reason = reason_given(reason, "Closing a step before those it waits for")
    before = dates_of(row)
    close_row(row, closed_on, by, uow.now)
    row.note = checked_note(changed(command.note, row.note))
    more = {"closedBy": by, **({"overrides": numbers(waiting)} if waiting else {})}
    await flow.changed(number, "CLOSED", before, reason=reason, more=more)
    return {"number": number, "closedOn": closed_on.isoformat(), "recordedBy": uow.actor, **more}


async def reopen_milestone(command: ReopenMilestone, uow: UnitOfWork) -> int:
    """Open a closed or skipped step again; its history keeps who closed it and when (M4)."""
    flow, number = await flow_of(uow, command.milestone_id, command.expected_version)
    step, row = flow.step(number), flow.rows[number]
    require_step(uow.principal, step)
    reason = reason_given(command.reason, "Reopening a step")
    if row.closed_on is None and not row.skipped:
        raise WrongState(f"Step {number} is open.")
    before = dates_of(row)
    was = {} if row.closed_by is None else {"wasClosedBy": row.closed_by}
    row.closed_on = row.closed_by = row.closed_at = None
    row.skipped = False
    row.is_open = True
    row.told_state = None
    await flow.changed(number, "REOPENED", before, reason=reason, more=was)
    await flow.follow(f"step {number} was reopened")
    return row.id


async def skip_milestone(command: SkipMilestone, uow: UnitOfWork) -> int:
    """Leave out a step that this order does not need; what waited for it waits no longer."""
    flow, number = await flow_of(uow, command.milestone_id, command.expected_version)
    step, row = flow.step(number), flow.rows[number]
    require_step(uow.principal, step)
    reason = reason_given(command.reason, "Skipping a step")
    if row.closed_on is not None:
        raise AlreadyClosed(number, row.closed_by or "", row.closed_on, row.closed_at)
    if row.skipped:
        raise WrongState(f"Step {number} is skipped already.")
    if step.closes_with_order:
        raise WrongState(f"Step {number} is closed by closing the order; it cannot be left out.")
    before = dates_of(row)
    row.skipped, row.is_open = True, False
    await flow.changed(number, "SKIPPED", before, reason=reason)
    await flow.follow(f"step {number} was skipped")
    return row.id


async def begin_milestone(command: BeginMilestone, uow: UnitOfWork) -> int:
    """Note when work on a step began, for templates that keep it, such as the tracking sheet."""
    flow, number = await flow_of(uow, command.milestone_id)
    step, row = flow.step(number), flow.rows[number]
    require_step(uow.principal, step)
    at = command.started_at or uow.now
    if not step.takes_start:
        raise InvalidInput(f"Step {number} takes no start.", field="id")
    if row.closed_on is not None or row.skipped:
        raise WrongState(f"Step {number} is over.")
    if at > uow.now:
        raise InvalidInput("A step does not begin in the future.", field="startedAt")
    before = dates_of(row)
    row.started_at = at
    row.note = checked_note(changed(command.note, row.note))
    await flow.changed(number, "BEGUN", before, more={"startedAt": at.isoformat()})
    await uow.session.flush()
    return row.id


async def hand_on_milestone(command: HandOnMilestone, uow: UnitOfWork) -> int:
    """Give a step to a person who holds its role, or back to the whole department."""
    flow, number = await flow_of(uow, command.milestone_id)
    step, row = flow.step(number), flow.rows[number]
    require_step(uow.principal, step)
    if not row.is_open:
        raise WrongState(f"Step {number} is over.")
    await check_owner(uow, row.owner_role, command.person_id)
    before = dates_of(row)
    was, row.owner_person_id = row.owner_person_id, command.person_id
    more = {"wasOwnerPersonId": was, "ownerPersonId": command.person_id}
    await flow.changed(number, "HANDED_ON", before, reason=command.reason, more=more)
    await uow.session.flush()
    return row.id

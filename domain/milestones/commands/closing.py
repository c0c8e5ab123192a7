"""Closing, reopening, skipping, beginning and handing on a step (M4)."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.commands import changing, command, described
from domain.errors import DomainError, InvalidInput, WrongState
from domain.limits import NAME, Text
from domain.messages import msg
from domain.milestones.draft import Draft, Outcome
from domain.milestones.guards import (
    AlreadyClosed,
    PredecessorsOpen,
    against_closing,
    open_predecessors,
)
from domain.milestones.model import Context, Milestone, OrderMilestones
from domain.milestones.state_machine import MILESTONE, reasons_against
from domain.milestones.vocabularies import MilestoneChangeKind
from domain.roles import Action, require
from domain.unchanged import UNCHANGED, Unchanged, changed
from domain.work import against_note, against_owner, against_reason


@command(
    "milestoneClose",
    Action.WORK_MILESTONES,
    subject=MILESTONE,
    title=("Close the step", "关闭节点"),
    history=("Step closed", "节点已关闭"),
    input_description="A step that is done.",
)
class CloseMilestone:
    """Close a step. Of two at once, the second is refused with the name of the first."""

    closed_on: dt.date | None = described(
        "The day it was done, not in the future; today where left out.", default=None
    )
    closed_by: str | None = described(
        "Who did it: a person of the company, by subject; who asks where left out.",
        default=None,
        limit=Text(NAME),
    )
    override: bool = described("A manager closes it before those it waits for.", default=False)
    reason: str | None = described("Why; needed to override.", default=None)
    note: str | Unchanged | None = changing("A note.", null="empty", default=UNCHANGED)

    def against(self, milestone: Milestone, at: Context) -> Iterator[DomainError]:
        """An open step that waits for no other, on a day that has come."""
        step, facts = milestone.step, milestone.facts
        if facts.closed_on is not None:
            yield _closed_first(milestone)
            return
        if facts.skipped:
            yield WrongState(msg("milestones.SKIPPED_CLOSE", number=step.number))
        day = self.closed_on or at.today
        yield from against_closing(step, day, milestone.order.placed_on, at.today)
        waiting = _waited_for(milestone)
        if waiting and not self.override:
            yield PredecessorsOpen(step.number, waiting)
        elif waiting:
            require(at.principal, Action.OVERRIDE_MILESTONES)
            yield from against_reason(self.reason, msg("milestones.CLOSING_EARLY"))
        yield from against_note(self.note)

    def effect(self, draft: Draft, number: int) -> None:
        """It is closed, and what comes after follows."""
        self.close(draft, number)
        draft.reschedule(msg("milestones.STEP_CLOSED", number=number).kept)

    def close(self, draft: Draft, number: int) -> None:
        """Close it alone."""
        waiting = _waited_for(draft.milestone(number))
        draft.close(
            number,
            self.closed_on or draft.at.today,
            self.closed_by or draft.at.actor,
            reason=self.reason,
            details={"overrides": ", ".join(map(str, waiting))} if waiting else None,
            note=changed(self.note, draft.facts[number].note),
        )


@command(
    "milestoneCloseMany",
    Action.CLOSE_MANY_MILESTONES,
    subject=MILESTONE,
    title=("Close steps", "批量关闭节点"),
    history=("Steps closed", "节点已批量关闭"),
    input_description="Steps that are done.",
)
class CloseManyMilestones:
    """Close what can be closed of a list, and say of the rest why not."""

    ids: tuple[int, ...] = described("The milestones' ids.", id_of=MILESTONE)
    closed_on: dt.date | None = described(
        "The day they were done; today where left out.", default=None
    )
    closed_by: str | None = described(
        "Who did them: a person of the company, by subject; who asks where left out.",
        default=None,
        limit=Text(NAME),
    )

    @property
    def each(self) -> CloseMilestone:
        """What is done to each of them."""
        return CloseMilestone(self.closed_on, self.closed_by)


@command(
    "milestoneReopen",
    Action.WORK_MILESTONES,
    subject=MILESTONE,
    title=("Open the step again", "重新打开节点"),
    history=("Step opened again", "节点已重新打开"),
)
class ReopenMilestone:
    """Open a closed or skipped step again; its history stays."""

    reason: str = described("Why.")

    def against(self, milestone: Milestone, at: Context) -> Iterator[DomainError]:
        """A step that has ended, and a reason."""
        yield from against_reason(self.reason, msg("milestones.REOPENING"))
        if not milestone.facts.has_ended:
            yield WrongState(msg("milestones.IS_OPEN", number=milestone.number))

    def effect(self, draft: Draft, number: int) -> None:
        """It is open again."""
        draft.change(
            number,
            MilestoneChangeKind.REOPENED,
            reason=self.reason.strip(),
            closed_on=None,
            closed_by=None,
            closed_at=None,
            skipped=False,
            is_open=True,
        )
        draft.reschedule(msg("milestones.STEP_REOPENED", number=number).kept)


@command(
    "milestoneSkip",
    Action.WORK_MILESTONES,
    subject=MILESTONE,
    title=("Leave the step out", "跳过节点"),
    history=("Step left out", "节点已跳过"),
)
class SkipMilestone:
    """Leave out a step that the order does not need."""

    reason: str = described("Why.")

    def against(self, milestone: Milestone, at: Context) -> Iterator[DomainError]:
        """An open step that something else than the order's end closes."""
        yield from against_reason(self.reason, msg("milestones.SKIPPING"))
        if milestone.facts.closed_on is not None:
            yield _closed_first(milestone)
        if milestone.facts.skipped:
            yield WrongState(msg("milestones.SKIPPED_ALREADY", number=milestone.number))
        if milestone.step.closes_with_order:
            yield WrongState(msg("milestones.NOT_LEFT_OUT", number=milestone.number))

    def effect(self, draft: Draft, number: int) -> None:
        """It is left out; what waited for it waits no longer."""
        draft.skip(number, self.reason.strip())
        draft.reschedule(msg("milestones.STEP_SKIPPED", number=number).kept)


@command(
    "milestoneBegin",
    Action.WORK_MILESTONES,
    subject=MILESTONE,
    title=("Begin the step", "开始办理节点"),
    history=("Step begun", "节点已开始办理"),
    input_description="A step that work begins on.",
)
class BeginMilestone:
    """Work on a step begins, where its template keeps that."""

    started_at: dt.datetime | None = described("Since when; now where left out.", default=None)
    note: str | Unchanged | None = changing("A note.", null="empty", default=UNCHANGED)

    def against(self, milestone: Milestone, at: Context) -> Iterator[DomainError]:
        """A step that takes a start, such as the tracking sheet's, and is not over."""
        number = milestone.number
        if not milestone.step.takes_start:
            yield InvalidInput(msg("milestones.NO_START", number=number), field="id")
        if milestone.facts.has_ended:
            yield WrongState(msg("milestones.IS_OVER", number=number))
        if self.started_at is not None and self.started_at > at.now:
            yield InvalidInput(msg("milestones.NO_FUTURE_START"), field="startedAt")
        yield from against_note(self.note)

    def effect(self, draft: Draft, number: int) -> None:
        """Its start is kept."""
        note = changed(self.note, draft.facts[number].note)
        draft.change(
            number, MilestoneChangeKind.BEGUN, started_at=self.started_at or draft.at.now, note=note
        )


@command(
    "milestoneHandOn",
    Action.WORK_MILESTONES,
    subject=MILESTONE,
    title=("Hand the step on", "转交节点"),
    history=("Step handed on", "节点已转交"),
    input_description="A step for another owner.",
)
class HandOnMilestone:
    """Give a step to a person, or back to the department."""

    owner: str | None = described(
        "A person's subject; the whole department where left out.",
        default=None,
        limit=Text(NAME),
    )
    reason: str | None = described("Why.", default=None)
    # Looked up: the person's key, and the roles that it holds.
    person_id: int | None = None
    roles: frozenset[str] = frozenset()

    def against(self, milestone: Milestone, at: Context) -> Iterator[DomainError]:
        """A step that is not over, and a person who may act as its owner."""
        if not milestone.facts.is_open:
            yield WrongState(msg("milestones.IS_OVER", number=milestone.number))
        yield from against_owner(milestone.step.owner_role, self.person_id, self.roles)

    def effect(self, draft: Draft, number: int) -> None:
        """It is that person's."""
        draft.change(
            number,
            MilestoneChangeKind.HANDED_ON,
            reason=self.reason,
            owner_person_id=self.person_id,
        )


def close_many(
    order: OrderMilestones, numbers: Sequence[int], command: CloseMilestone, at: Context
) -> tuple[Outcome, Mapping[int, DomainError]]:
    """Close what can be closed of a list of steps; of the rest, why not.

    Predecessors in the list are closed before what waits for them.
    """
    draft = Draft(order, at)
    refused: dict[int, DomainError] = {}
    left = sorted(numbers)
    while left:
        number = next((n for n in left if not _waits_within(draft, n, left)), left[0])
        left.remove(number)
        try:
            errors = reasons_against(draft.milestone(number), command, at)
        except DomainError as forbidden:
            errors = [forbidden]
        if errors:
            refused[number] = errors[0]
        else:
            command.close(draft, number)
    if len(refused) < len(numbers):
        draft.reschedule(msg("milestones.CLOSED_FROM_LIST").kept)
    return draft.outcome(), refused


def audited(outcome: Outcome, number: int, actor: str) -> dict[str, Any]:
    """What the audit log keeps of the closing of a step."""
    closing = next(
        event
        for event in outcome.events
        if (event.number, event.kind) == (number, MilestoneChangeKind.CLOSED)
    )
    after = closing.after or {}
    kept = {name: after[name] for name in ("closedOn", "closedBy", "overrides") if name in after}
    return {"number": number, "recordedBy": actor, **kept}


def _waits_within(draft: Draft, number: int, others: Sequence[int]) -> bool:
    return any(each in others for each in _waited_for(draft.milestone(number)))


def _waited_for(milestone: Milestone) -> list[int]:
    order = milestone.order
    return open_predecessors(milestone.step, order.steps, order.facts)


def _closed_first(milestone: Milestone) -> AlreadyClosed:
    facts = milestone.facts
    return AlreadyClosed(
        milestone.number, facts.closed_by or "", facts.closed_on or dt.date.min, facts.closed_at
    )

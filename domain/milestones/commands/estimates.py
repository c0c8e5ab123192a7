"""Days of steps: estimated, confirmed, promised by vendors, moved by anchors, planned backward."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain import limits
from domain.errors import DomainError, InvalidInput
from domain.messages import msg
from domain.milestones.draft import Draft, VendorDateMoved
from domain.milestones.guards import against_closing_day, against_day, against_estimate
from domain.milestones.model import Context, Milestone, OrderMilestones
from domain.milestones.schedule import plan_backward, steps_without_rule
from domain.milestones.state_machine import against_ended
from domain.milestones.states import expected_on
from domain.milestones.steps import ANCHOR_OWNERS, ORDER_OWNER
from domain.milestones.vocabularies import AnchorEvent, ContractTerm, MilestoneChangeKind
from domain.roles import Role, require_a_department, require_department


@dataclass(frozen=True)
class EstimateMilestone:
    """A new day for a step. Confirmed, it follows nothing any more; else it follows its anchors.

    event_on: the day of the calendar event, where it is not the estimated day.
    """

    estimated_on: dt.date | None = None
    event_on: dt.date | None = None
    confirm: bool = True
    reason: str | None = None

    def against(self, milestone: Milestone, at: Context) -> Iterator[DomainError]:
        """A field that the step takes, while it is open; see `against_estimate`."""
        yield from against_estimate(
            milestone.step, milestone.facts, self.estimated_on, self.event_on
        )

    def effect(self, draft: Draft, number: int) -> None:
        """Its day moves; the first estimate and the baseline are kept."""
        step, known = draft.order.step(number), draft.facts[number]
        estimated_on, event_on = known.estimated_on, known.event_on
        if self.estimated_on is not None:
            together = event_on is None or event_on == estimated_on
            if step.takes_event and together:
                event_on = self.estimated_on
            estimated_on = self.estimated_on
        if self.event_on is not None:
            event_on = self.event_on
        expected = expected_on(estimated_on, event_on, known.reckoned_on)
        confirmed = self.confirm or (step.keeps_first_estimate and known.confirmed)
        draft.change(
            number,
            MilestoneChangeKind.ESTIMATED,
            reason=self.reason,
            estimated_on=estimated_on,
            event_on=event_on,
            first_estimated_on=known.first_estimated_on or expected,
            confirmed=confirmed,
            baseline_on=known.baseline_on or (expected if confirmed else None),
        )
        draft.reschedule(f"step {number} was estimated")


@dataclass(frozen=True)
class RecordVendorDate:
    """The day on which a vendor says it will complete.

    Each vendor's first day counts for the estimate until that is confirmed. Another day of the
    same vendor, or any day after the confirmation, never moves the estimate: it is kept beside
    it, moves what comes after, and raises a task for the salesperson (M2).
    """

    vendor: str
    promised_on: dt.date
    reason: str | None = None

    def against(self, milestone: Milestone, at: Context) -> Iterator[DomainError]:
        """A named vendor, and an open step that keeps its first estimate."""
        if not 1 <= len(self.vendor.strip()) <= limits.NAME:
            yield InvalidInput(msg("milestones.VENDOR_NAME"), field="vendor")
        if not milestone.step.keeps_first_estimate:
            yield InvalidInput(
                msg("milestones.NO_VENDOR_DATES", number=milestone.number), field="id"
            )
            return
        known = milestone.facts
        day = known.estimated_on or self.promised_on
        yield from against_estimate(milestone.step, known, day, None)
        if day != self.promised_on:
            yield from against_day(self.promised_on)

    def effect(self, draft: Draft, number: int) -> None:
        """The day is kept; whichever counts moves the estimate or stands beside it."""
        vendor, known = self.vendor.strip(), draft.facts[number]
        before = [each for each in draft.order.vendor_dates if each.number == number]
        draft.record_vendor_date(number, vendor, self.promised_on)
        first: dict[str, dt.date] = {}
        latest: dict[str, dt.date] = {}
        for date in (each for each in draft.order.vendor_dates if each.number == number):
            first.setdefault(date.vendor, date.promised_on)
            latest[date.vendor] = date.promised_on
        if not known.confirmed:
            draft.put_in_force({AnchorEvent.VENDOR_COMPLETION: max(first.values())})
        in_force = known.estimated_on if known.confirmed else max(first.values())
        newest = max(latest.values())
        is_first = all(date.vendor != vendor for date in before)
        is_beside = known.confirmed or not is_first
        if is_beside:
            first_on = known.estimated_on if is_first else first[vendor]
            draft.add_task(
                VendorDateMoved(
                    number, vendor, first_on, self.promised_on, len(before) + 1, draft.at.today
                )
            )
        draft.change(
            number,
            MilestoneChangeKind.VENDOR_DATE,
            reason=self.reason,
            details={"besideTheFirst": self.promised_on.isoformat()} if is_beside else None,
            reported_on=newest if newest != in_force else None,
        )
        draft.reschedule(f"a vendor's date for step {number}")


@dataclass(frozen=True)
class RecordAnchors:
    """Days of events that estimates hang on, and terms of the contract in days."""

    events: Mapping[str, dt.date]
    terms: Mapping[str, int]
    reason: str | None = None

    def against(self, order: OrderMilestones, at: Context) -> Iterator[DomainError]:
        """Known names, days of an order, and those whose they are (`ANCHOR_OWNERS`)."""
        yield from against_ended(order)
        if not self.events and not self.terms:
            yield InvalidInput(msg("milestones.GIVE_EVENT_OR_TERM"), field="events")
        yield from against_anchors(self.events, self.terms)
        for name in (*self.events, *self.terms):
            owners = ANCHOR_OWNERS.get(name, ())
            if owners:
                anchor = AnchorEvent(name) if AnchorEvent.has(name) else ContractTerm(name)
                names = [Role(owner) for owner in owners]
                doing = msg("milestones.RECORD_ANCHOR", name=anchor, owners=names)
                require_a_department(at.principal, owners, doing)
        for step, day in Draft(order, at).closed_by_anchors(self.events):
            yield from against_closing_day(step, day, order.placed_on, at.today)

    def effect(self, draft: Draft) -> None:
        """They are in force; the steps whose day they are close, and estimates follow."""
        draft.put_in_force(self.events, self.terms)
        draft.close_by_anchors(self.events)
        draft.reschedule(self.reason or ", ".join([*self.events, *self.terms]))


def against_anchors(
    events: Mapping[str, dt.date], terms: Mapping[str, int]
) -> Iterator[DomainError]:
    """Events and terms that there are, with days that may be."""
    for name, day in events.items():
        if name not in list(AnchorEvent):
            yield InvalidInput(
                msg("milestones.NONE_OF", name=name, allowed=AnchorEvent), field="events"
            )
        yield from against_day(day)
    for name, days in terms.items():
        if name not in list(ContractTerm) or not 0 <= days <= limits.MOST_DAYS:
            yield InvalidInput(
                msg("milestones.NO_TERM", name=name, days=days, allowed=ContractTerm),
                field="terms",
            )


@dataclass(frozen=True)
class ApplyBackwardPlan:
    """The last days for reaching a step as wanted are kept.

    They become the baseline of steps that nobody has confirmed, and the estimate of those whose
    rules know no day. That is for whoever answers for the order as a whole.
    """

    target: int
    wanted_on: dt.date

    def against(self, order: OrderMilestones, at: Context) -> Iterator[DomainError]:
        """Sales plans an order, for a day of an order."""
        yield from against_ended(order)
        require_department(at.principal, ORDER_OWNER, msg("milestones.PLAN_MILESTONES"))
        yield from against_day(self.wanted_on)

    def effect(self, draft: Draft) -> None:
        """Baselines and missing estimates are set."""
        order, at = draft.order, draft.at
        anchors = order.anchors(at.terms)
        planned = plan_backward(
            order.steps, order.facts, anchors, at.calendar, self.target, self.wanted_on
        )
        unruled = steps_without_rule(order.steps, order.facts, anchors, at.calendar)
        draft.put_in_force(wanted_on=self.wanted_on)
        for number, day in planned.items():
            known = draft.facts.get(number)
            if known is None or known.confirmed or not known.is_open:
                continue
            step = order.step(number)
            if not step.takes_estimate and not step.takes_event:
                continue
            days: dict[str, Any] = {"baseline_on": day}
            if number in unruled:
                days |= {"estimated_on": day} if step.takes_estimate else {}
                days |= {"event_on": day} if step.takes_event else {}
                days["first_estimated_on"] = known.first_estimated_on or day
            if any(getattr(known, name) != value for name, value in days.items()):
                because = f"wanted on {self.wanted_on.isoformat()}"
                draft.change(number, MilestoneChangeKind.PLANNED_BACKWARD, reason=because, **days)
        draft.reschedule("the backward plan")

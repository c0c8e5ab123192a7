"""Days of steps: estimated, confirmed, promised by vendors, moved by anchors, planned backward."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain import limits
from domain.commands import changing, command, described, part
from domain.errors import DomainError, InvalidInput
from domain.limits import Range, Text
from domain.messages import msg
from domain.milestones.draft import Draft, VendorDateMoved
from domain.milestones.guards import against_closing_day, against_day, against_estimate
from domain.milestones.model import Context, Milestone, OrderMilestones
from domain.milestones.schedule import plan_backward, steps_without_rule
from domain.milestones.state_machine import MILESTONE, ORDER, against_ended
from domain.milestones.states import expected_on
from domain.milestones.steps import ANCHOR_OWNERS, ORDER_OWNER
from domain.milestones.vocabularies import AnchorEvent, ContractTerm, MilestoneChangeKind
from domain.roles import Action, Role, require_a_department, require_department


@command(
    "milestoneEstimate",
    Action.WORK_MILESTONES,
    subject=MILESTONE,
    title=("Give a day", "填写预计日期"),
    history=("Day given", "已填写预计日期"),
    input_description="A day for a step.",
)
class EstimateMilestone:
    """Give a step a day. What comes after follows; the first estimate and the baseline are kept."""

    estimated_on: dt.date | None = changing(
        "The estimated day; the calendar event goes with it.", null=None, default=None
    )
    event_on: dt.date | None = changing(
        "The day of the calendar event, where it is another.", null=None, default=None
    )
    confirm: bool = described(
        "Whether it is certain; else it goes on following its anchors.", default=True
    )
    reason: str | None = described("Why.", default=None)

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
        draft.reschedule(msg("milestones.STEP_ESTIMATED", number=number).kept)


@command(
    "milestoneVendorDate",
    Action.WORK_MILESTONES,
    subject=MILESTONE,
    title=("Record a vendor's date", "登记供应商日期"),
    history=("Vendor's date recorded", "已登记供应商日期"),
    input_description="The day on which a vendor says it will complete.",
)
class RecordVendorDate:
    """Write down a vendor's completion date. Its first one counts; another is kept beside it and
    raises a task for the salesperson.

    Each vendor's first day counts for the estimate until that is confirmed. Another day of the
    same vendor, or any day after the confirmation, never moves the estimate: it is kept beside
    it, moves what comes after, and raises a task for the salesperson (M2).
    """

    vendor: str = described("Which vendor.", limit=Text(limits.NAME))
    promised_on: dt.date = described("The day it gave.")
    reason: str | None = described("Why it moved.", default=None)

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
        draft.reschedule(msg("milestones.VENDOR_DATE_FOR", number=number).kept)


@part("AnchorDay")
class AnchorDay:
    """A day that estimates hang on."""

    event: AnchorEvent = described("Which event.")
    on: dt.date = described("Its day, also one to come.")


@part("TermDays")
class TermDays:
    """A term of the contract."""

    term: ContractTerm = described("Which term.")
    days: int = described("How many days.", limit=Range(0, limits.MOST_DAYS))


@command(
    "milestoneAnchors",
    Action.WORK_MILESTONES,
    subject=ORDER,
    title=("Record days and terms", "登记基准日期与条款天数"),
    history=("Days and terms recorded", "已登记基准日期与条款天数"),
    input_description="What the estimates of an order hang on.",
)
class RecordAnchors:
    """Put days of events and terms of the contract in force; estimates that hang on them follow."""

    order_id: int = described("The order's id.", id_of=ORDER)
    events: tuple[AnchorDay, ...] = described("Days of events.", default=())
    terms: tuple[TermDays, ...] = described("Terms of the contract.", default=())
    reason: str | None = described("Why.", default=None)

    @property
    def days(self) -> dict[str, dt.date]:
        """The day of each event."""
        return {each.event: each.on for each in self.events}

    @property
    def lengths(self) -> dict[str, int]:
        """The days of each term."""
        return {each.term: each.days for each in self.terms}

    def against(self, order: OrderMilestones, at: Context) -> Iterator[DomainError]:
        """Known names, days of an order, and those whose they are (`ANCHOR_OWNERS`)."""
        yield from against_ended(order)
        if not self.events and not self.terms:
            yield InvalidInput(msg("milestones.GIVE_EVENT_OR_TERM"), field="events")
        yield from against_anchors(self.days, self.lengths)
        for name in (*self.days, *self.lengths):
            owners = ANCHOR_OWNERS.get(name, ())
            if owners:
                anchor = AnchorEvent(name) if AnchorEvent.has(name) else ContractTerm(name)
                names = [Role(owner) for owner in owners]
                doing = msg("milestones.RECORD_ANCHOR", name=anchor, owners=names)
                require_a_department(at.principal, owners, doing)
        for step, day in Draft(order, at).closed_by_anchors(self.days):
            yield from against_closing_day(step, day, order.placed_on, at.today)

    def effect(self, draft: Draft) -> None:
        """They are in force; the steps whose day they are close, and estimates follow."""
        draft.put_in_force(self.days, self.lengths)
        draft.close_by_anchors(self.days)
        what = [*map(AnchorEvent, self.days), *map(ContractTerm, self.lengths)]
        draft.reschedule(self.reason or msg("milestones.FOLLOWS", what=what).kept)


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


@command(
    "milestonePlanBackward",
    Action.WORK_MILESTONES,
    subject=ORDER,
    title=("Plan backward", "倒排计划"),
    history=("Planned backward", "已倒排计划"),
    input_description="A wanted date to plan back from.",
)
class PlanBackward:
    """From the day something is wanted to the last day of each step before it."""

    order_id: int = described("The order's id.", id_of=ORDER)
    wanted_on: dt.date = described("The day it is wanted.")
    step: str | None = described(
        "The code of the wanted step; the arrival where left out.", default=None
    )
    apply: bool = described(
        "Whether to keep it as the baseline, or only to show it.", default=False
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
                because = msg("milestones.WANTED_ON", day=self.wanted_on).kept
                draft.change(number, MilestoneChangeKind.PLANNED_BACKWARD, reason=because, **days)
        draft.reschedule(msg("milestones.BACKWARD_PLAN").kept)

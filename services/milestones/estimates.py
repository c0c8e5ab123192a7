"""Days of steps: estimated, confirmed, promised by vendors, moved by events, planned backward."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from domain import limits
from domain.errors import InvalidInput, NotFound
from domain.milestones.guards import check_estimate
from domain.milestones.schedule import missing_terms, plan_backward, steps_without_rule
from domain.milestones.steps import ANCHOR_OWNERS, ORDER_OWNER, MilestoneStep
from domain.milestones.vocabularies import AnchorEvent, ContractTerm
from domain.roles import Action
from persistence.milestones import flows
from persistence.unit_of_work import UnitOfWork
from services.milestones.flow import Flow, dates_of, flow_of, flows_of, require_step
from services.milestones.follow_ups import tell_vendor_date
from services.permissions import require, require_a_department, require_department


@dataclass(frozen=True)
class EstimateMilestone:
    """A new day for a step. Confirmed, it follows nothing any more; else it follows its anchors.

    event_on: the day of the calendar event, where it is not the estimated day.
    """

    milestone_id: int
    estimated_on: dt.date | None = None
    event_on: dt.date | None = None
    confirm: bool = True
    reason: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True)
class RecordVendorDate:
    """The day on which a vendor says it will complete."""

    milestone_id: int
    vendor: str
    promised_on: dt.date
    reason: str | None = None


@dataclass(frozen=True)
class RecordAnchors:
    """Days of events that estimates hang on, and terms of the contract in days."""

    order_id: int
    events: Mapping[str, dt.date]
    terms: Mapping[str, int]
    reason: str | None = None


@dataclass(frozen=True)
class PlanBackward:
    """From the day a step is wanted to the last day of each step before it."""

    order_id: int
    wanted_on: dt.date
    step: str | None = None
    template: int | None = None
    apply: bool = False


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


async def estimate_milestone(command: EstimateMilestone, uow: UnitOfWork) -> int:
    """Give a step a day; what comes after follows. Its first estimate and baseline are kept.

    Raises PinnedEstimate for step 9 once confirmed, and refusals by role, field and state.
    """
    flow, number = await flow_of(uow, command.milestone_id, command.expected_version)
    step, row = flow.step(number), flow.rows[number]
    require_step(uow.principal, step)
    before = dates_of(row)
    check_estimate(step, before, command.estimated_on, command.event_on)
    for day in (command.estimated_on, command.event_on):
        _check_day(day)
    if command.estimated_on is not None:
        together = row.event_on is None or row.event_on == row.estimated_on
        if step.takes_event and together:
            row.event_on = command.estimated_on
        row.estimated_on = command.estimated_on
    if command.event_on is not None:
        row.event_on = command.event_on
    expected = dates_of(row).expected
    row.first_estimated_on = row.first_estimated_on or expected
    row.confirmed = command.confirm or (step.keeps_first_estimate and row.confirmed)
    if row.confirmed:
        row.baseline_on = row.baseline_on or expected
    await flow.changed(number, "ESTIMATED", before, reason=command.reason)
    await flow.follow(f"step {number} was estimated")
    return row.id


async def record_vendor_date(command: RecordVendorDate, uow: UnitOfWork) -> int:
    """Write down the day a vendor gives for its completion.

    Each vendor's first day counts for the estimate until that is confirmed. Another day of the
    same vendor, or any day after the confirmation, never moves the estimate: it is kept beside
    it, moves what comes after, and raises a task for the salesperson (M2).
    """
    vendor = command.vendor.strip()
    if not 1 <= len(vendor) <= limits.NAME:
        raise InvalidInput("A vendor's name has 1 to 200 characters.", field="vendor")
    _check_day(command.promised_on)
    flow, number = await flow_of(uow, command.milestone_id)
    step, row = flow.step(number), flow.rows[number]
    require_step(uow.principal, step)
    if not step.keeps_first_estimate:
        raise InvalidInput(f"Step {number} takes no vendors' dates.", field="id")
    before = dates_of(row)
    check_estimate(step, before, before.estimated_on or command.promised_on, None)
    known = await flows.vendor_dates(uow.session, row.id)
    added = await flows.add_vendor_date(uow, row, vendor, command.promised_on)
    first: dict[str, dt.date] = {}
    latest: dict[str, dt.date] = {}
    for date in (*known, added):
        first.setdefault(date.vendor, date.promised_on)
        latest[date.vendor] = date.promised_on
    if not row.confirmed:
        await flow.change_anchors(events={AnchorEvent.VENDOR_COMPLETION: max(first.values())})
    standing = row.estimated_on if row.confirmed else max(first.values())
    newest = max(latest.values())
    row.reported_on = newest if newest != standing else None
    is_first = not any(date.vendor == vendor for date in known)
    if is_first and not row.confirmed:
        kept: dict[str, str] = {}
    else:
        kept = {"besideTheFirst": command.promised_on.isoformat()}
        await tell_vendor_date(
            uow,
            flow.order,
            row.id,
            vendor,
            row.estimated_on if is_first else first[vendor],
            command.promised_on,
            flow.today,
            added.id,
        )
    await flow.changed(number, "VENDOR_DATE", before, reason=command.reason, more=kept)
    await flow.follow(f"a vendor's date for step {number}")
    return row.id


async def record_anchors(command: RecordAnchors, uow: UnitOfWork) -> list[int]:
    """Put days of events or terms of the contract in force; estimates that hang on them follow.

    Each is told by those whose it is, such as accounting's payment request or logistics' arrival
    (`ANCHOR_OWNERS`). Returns the keys of the milestones that moved or closed. Raises NotAllowed.
    """
    require(uow.principal, Action.WORK_MILESTONES)
    if not command.events and not command.terms:
        raise InvalidInput("Give at least one event or term.", field="events")
    for name in command.events:
        if not AnchorEvent.has(name):
            raise InvalidInput(f"{name!r} is none of {', '.join(AnchorEvent)}.", field="events")
        _check_day(command.events[name])
    for name, days in command.terms.items():
        if not ContractTerm.has(name) or not 0 <= days <= 3_650:
            raise InvalidInput(
                f"{name}: {days} is no term in days; there are {', '.join(ContractTerm)}.",
                field="terms",
            )
    for name in (*command.events, *command.terms):
        owners = ANCHOR_OWNERS[name]
        require_a_department(
            uow.principal, owners, f"record {name}, which {' or '.join(owners)} tells"
        )
    changed = []
    for flow in (await flows_of(uow, command.order_id)).values():
        await flow.change_anchors(events=command.events, terms=command.terms)
        because = ", ".join([*command.events, *command.terms])
        numbers = await flow.close_by_events(command.events)
        numbers += await flow.follow(command.reason or because)
        changed += [flow.rows[number].id for number in sorted(set(numbers))]
    return changed


async def plan_order_backward(command: PlanBackward, uow: UnitOfWork) -> BackwardPlan:
    """The last day for each open step, so that the wanted one is reached; kept when applied.

    Applied, these days become the baseline of steps that nobody has confirmed, and the estimate
    of those whose rules know no day. That is for whoever answers for the order as a whole; anybody
    else may look. Raises NotAllowed.
    """
    require(uow.principal, Action.WORK_MILESTONES)
    if command.apply:
        require_department(uow.principal, ORDER_OWNER, "plan the milestones of an order")
    _check_day(command.wanted_on)
    flow = await _chosen(command, uow)
    target = _target(command, flow)
    planned = plan_backward(
        flow.steps, flow.dates, flow.anchors, flow.calendar, target.number, command.wanted_on
    )
    if command.apply:
        await _apply(command, flow, planned)
    steps = [
        PlannedStep(
            flow.rows[number].id, day, dates_of(flow.rows[number]).expected, day >= flow.today
        )
        for number, day in sorted(planned.items(), key=lambda each: (each[1], each[0]))
        if number in flow.rows
    ]
    return BackwardPlan(tuple(steps), tuple(missing_terms(flow.steps, flow.anchors)))


async def _apply(command: PlanBackward, flow: Flow, planned: Mapping[int, dt.date]) -> None:
    await flow.change_anchors()
    if flow.plan is not None:
        flow.plan.wanted_on = command.wanted_on
    unruled = steps_without_rule(flow.steps, flow.dates, flow.anchors, flow.calendar)
    for number, day in planned.items():
        row, step = flow.rows[number], flow.step(number)
        takes_day = step.takes_estimate or step.takes_event
        if row.confirmed or not row.is_open or not takes_day:
            continue
        before = dates_of(row)
        row.baseline_on = day
        if number in unruled:
            row.estimated_on = day if step.takes_estimate else row.estimated_on
            row.event_on = day if step.takes_event else row.event_on
            row.first_estimated_on = row.first_estimated_on or day
        if dates_of(row) != before:
            because = f"wanted on {command.wanted_on.isoformat()}"
            await flow.changed(number, "PLANNED_BACKWARD", before, reason=because)
    await flow.follow("the backward plan")


async def _chosen(command: PlanBackward, uow: UnitOfWork) -> Flow:
    found = await flows_of(uow, command.order_id)
    if command.template is not None and command.template in found:
        return found[command.template]
    if not found:
        raise NotFound("milestone of order", str(command.order_id), field="orderId")
    return found[min(found)]


def _target(command: PlanBackward, flow: Flow) -> MilestoneStep:
    if command.step is None:
        return max(flow.steps, key=lambda step: (step.takes_event, step.number))
    for step in flow.steps:
        if step.code == command.step:
            return step
    raise NotFound("step", command.step, field="step")


def _check_day(day: dt.date | None) -> None:
    if day is not None and not dt.date(2000, 1, 1) <= day <= dt.date(2200, 1, 1):
        raise InvalidInput(f"{day.isoformat()} is no day of an order.", field="estimatedOn")

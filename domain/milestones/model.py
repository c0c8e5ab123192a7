"""What is known of one order's steps, as plain values; every rule reads these and nothing else."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.commands import described
from domain.milestones.states import expected_on
from domain.milestones.steps import MilestoneStep
from domain.principals import Principal
from domain.working_time import WorkCalendar


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What is known of one step of one order: the columns of its row, by name.

    confirmed: a person has confirmed the estimate, so it follows nothing any more.
    reported_on: the vendors' newest day, beside the first that never changes (step 9).
    reckoned_on: what the rules give for a step that takes neither estimate nor event (10, 16).
    waits: what a day in the calendar (8, 17) waits for is still open.
    is_open: false once an event or the order's end took it off the work lists.
    What is `described` is shown in the API under its name, without another word there.
    """

    estimated_on: dt.date | None = None
    event_on: dt.date | None = None
    closed_on: dt.date | None = None
    confirmed: bool = False
    skipped: bool = False
    first_estimated_on: dt.date | None = None
    baseline_on: dt.date | None = None
    reported_on: dt.date | None = None
    reckoned_on: dt.date | None = None
    waits: bool = False
    is_open: bool = True
    closed_by: str | None = None
    closed_at: dt.datetime | None = None
    started_at: dt.datetime | None = None
    owner_person_id: int | None = None
    note: str | None = None
    version: int = described("Counts its changes.", default=1)

    @property
    def expected(self) -> dt.date | None:
        """The day in force, as work lists show it."""
        return expected_on(self.estimated_on, self.event_on, self.reckoned_on)

    @property
    def effective(self) -> dt.date | None:
        """The day that what comes after has to reckon with."""
        return self.closed_on or self.reported_on or self.expected

    @property
    def has_ended(self) -> bool:
        """Whether it was closed or left out."""
        return self.closed_on is not None or self.skipped


Facts = Mapping[int, StepFacts]


@dataclass(frozen=True)
class Anchors:
    """What estimates hang on: days of events, and terms of the contract in days."""

    events: Mapping[str, dt.date] = field(default_factory=dict)
    terms: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan(Anchors):
    """The anchors of one order, and the day from which it was planned backward.

    terms: what the contract says; where it is silent, the policy decides.
    """

    wanted_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class VendorDate:
    """A day that a vendor gave for its completion of a step."""

    number: int
    vendor: str
    promised_on: dt.date


@dataclass(frozen=True)
class OrderMilestones:
    """One order's steps under one template; without facts they have not begun.

    plan: None for an order that came in with its milestones from elsewhere.
    vendor_dates: in the order in which they were recorded.
    """

    order_number: str
    order_status: str
    placed_on: dt.date
    steps: tuple[MilestoneStep, ...]
    facts: Facts
    plan: Plan | None = None
    vendor_dates: tuple[VendorDate, ...] = ()

    def step(self, number: int) -> MilestoneStep:
        """The step of a number."""
        return next(step for step in self.steps if step.number == number)

    def anchors(self, terms: Mapping[str, int]) -> Anchors:
        """What the estimates hang on; terms: the policy's."""
        return anchors_of(self.plan, terms)


@dataclass(frozen=True)
class Milestone:
    """One step among the others of its order: what a command for a step is about."""

    order: OrderMilestones
    number: int

    @property
    def step(self) -> MilestoneStep:
        """What the template says of it."""
        return self.order.step(self.number)

    @property
    def facts(self) -> StepFacts:
        """What is known of it."""
        return self.order.facts[self.number]


@dataclass(frozen=True)
class Context:
    """Who acts, when, by which calendar, and the policy's terms in days."""

    principal: Principal
    now: dt.datetime
    today: dt.date
    calendar: WorkCalendar
    terms: Mapping[str, int]

    @property
    def actor(self) -> str:
        """The subject that history names."""
        return self.principal.subject


def anchors_of(plan: Plan | None, terms: Mapping[str, int]) -> Anchors:
    """What the estimates of a plan hang on; terms: the policy's."""
    if plan is None:
        return Anchors({}, terms)
    return Anchors(plan.events, {**terms, **plan.terms})

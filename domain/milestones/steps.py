"""What a step of a template is: its names, owner, dates, and the rules its estimate follows."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.milestones.vocabularies import AnchorEvent, ContractTerm

CALENDAR = "CALENDAR"
WORKING = "WORKING"
DAY_UNITS = (CALENDAR, WORKING)


# Who says when (P1): the first named, or whoever stands in for one of them. Ours, where D1 does not
# say it: accounting sends the requests, logistics sets the arrival, the rest is the salesperson's.
ANCHOR_OWNERS: Mapping[str, tuple[str, ...]] = {
    AnchorEvent.ORDER_CONFIRMED: ("SALES",),
    AnchorEvent.TASK_CREATED: ("SALES",),
    AnchorEvent.PROMISED_COMPLETION: ("SALES",),
    AnchorEvent.PAYMENT_REQUEST_SENT: ("FINANCE", "SALES"),
    AnchorEvent.PACKAGING_PROOF_SENT: ("SALES",),
    AnchorEvent.VENDOR_SAMPLES_PROMISED: ("PURCHASING",),
    AnchorEvent.VENDOR_COMPLETION: ("PURCHASING",),
    AnchorEvent.FINAL_PAYMENT_REQUEST_SENT: ("FINANCE", "SALES"),
    AnchorEvent.CLOSING_TASK_SENT: ("SALES",),
    AnchorEvent.ARRIVAL_EXPECTED: ("LOGISTICS",),
    AnchorEvent.DELIVERY_DAY: ("SALES",),
    ContractTerm.DEPOSIT_DAYS: ("SALES", "LEGAL"),
    ContractTerm.FINAL_PAYMENT_DAYS: ("SALES", "LEGAL"),
    ContractTerm.PRODUCTION_DAYS: ("SALES", "LEGAL"),
    ContractTerm.TRANSIT_DAYS: ("LOGISTICS", "SALES"),
}
# Whoever answers for an order as a whole: the salesperson fills out its milestones (D1).
ORDER_OWNER = "SALES"


@dataclass(frozen=True, slots=True)
class EstimateRule:
    """So many days after a step or an event; exactly one of the two is given.

    term: a term of the contract that says how many days; where the order has none, the rule says
    nothing and the step's next rule is asked.
    """

    step: int | None = None
    event: str | None = None
    days: int = 0
    term: str | None = None
    unit: str = CALENDAR


@dataclass(frozen=True, slots=True)
class MilestoneStep:
    """One step of a template: names, owner, attendees, predecessors, the dates it takes.

    estimate_rules: the first that knows a day decides; a step that takes neither estimate nor
    event may have rules too, so that what comes after it can be estimated.
    keeps_first_estimate: its first confirmed estimate never changes (step 9).
    closed_by_event: the event whose day is its closed date (1, 10 and 16).
    follow_up_days: so long after its event the salesperson gets an activity (M5).
    days: how long the step usually takes, where the documents say so.
    """

    number: int
    code: str
    label_en: str
    label_zh: str
    owner_role: str
    attendees: tuple[str, ...] = ()
    predecessors: tuple[int, ...] = ()
    takes_estimate: bool = True
    takes_event: bool = False
    takes_closed: bool = True
    takes_start: bool = False
    estimate_rules: tuple[EstimateRule, ...] = ()
    keeps_first_estimate: bool = False
    follow_up_days: int | None = None
    closed_by_event: str | None = None
    document: str | None = None
    days: int | None = None

    @property
    def hangs_on(self) -> frozenset[int]:
        """The steps before it: its predecessors, and those that its estimate may hang on."""
        ruled = (rule.step for rule in self.estimate_rules if rule.step is not None)
        return frozenset((*self.predecessors, *ruled))

    @property
    def is_arrival(self) -> bool:
        """Whether it is the day in the calendar on which the goods arrive (17)."""
        return not self.takes_closed and any(
            rule.event == AnchorEvent.ARRIVAL_EXPECTED for rule in self.estimate_rules
        )

    @property
    def closes_with_order(self) -> bool:
        """Whether closing the order closes it, and nothing else does (16)."""
        return self.closed_by_event == AnchorEvent.CLOSING_TASK_SENT


@dataclass(frozen=True, slots=True)
class MilestoneTemplate:
    """A flow of steps, such as ORDER_MILESTONES with its seventeen."""

    code: str
    name_en: str
    name_zh: str
    steps: tuple[MilestoneStep, ...]

    def step(self, number: int) -> MilestoneStep:
        """The step of a number. Raises KeyError."""
        for step in self.steps:
            if step.number == number:
                return step
        raise KeyError(number)

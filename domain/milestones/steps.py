"""What a step of a template is: its names, owner, dates, and the rules its estimate follows."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo

from domain.limits import MOST_DAYS, NAME
from domain.milestones.vocabularies import AnchorEvent, ContractTerm
from domain.roles import Role

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


def _among(words: Container[str]) -> AfterValidator:
    def check(word: str) -> str:
        if word not in words:
            raise ValueError
        return word

    return AfterValidator(check)


def _says_something(text: str) -> str:
    if not 1 <= len(text.strip()) <= NAME or "\0" in text:
        raise ValueError
    return text


def _instead_of_a_step(event: str | None, info: ValidationInfo) -> str | None:
    if "step" in info.data and (event is None) == (info.data["step"] is None):
        raise ValueError
    return event


# What a value of a template may be; what is written of one that may not is in `template_schema`.
Code = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
Name = Annotated[str, AfterValidator(_says_something)]
OwnRole = Annotated[str, _among(frozenset(Role) - {Role.CUSTOMER})]
StepNumber = Annotated[int, Field(strict=True, ge=1, le=MOST_DAYS)]
Days = Annotated[int, Field(strict=True, ge=0, le=MOST_DAYS)]
DaysAfter = Annotated[int, Field(strict=True, ge=-MOST_DAYS, le=MOST_DAYS)]
Event = Annotated[str, _among(frozenset(AnchorEvent))]
Term = Annotated[str, _among(frozenset(ContractTerm))]
DayUnit = Annotated[str, _among(DAY_UNITS)]
YesOrNo = Annotated[bool, Field(strict=True)]
# What a template does not know is refused.
_DOCUMENT = ConfigDict(extra="forbid", validate_default=True)


@dataclass(frozen=True, slots=True)
class EstimateRule:
    """Days after a step or an event; exactly one of the two is given.

    term: a term of the contract that says how many days; where the order has none, the rule says
    nothing and the step's next rule is asked.
    """

    __pydantic_config__ = _DOCUMENT

    step: StepNumber | None = None
    event: Annotated[Event | None, AfterValidator(_instead_of_a_step)] = None
    days: DaysAfter = 0
    term: Term | None = None
    unit: DayUnit = CALENDAR


@dataclass(frozen=True, slots=True)
class MilestoneStep:
    """One step of a template: names, owner, attendees, predecessors, the dates it takes.

    estimate_rules: the first that knows a day decides; a step that takes neither estimate nor
    event may have rules too, so that what comes after it can be estimated.
    keeps_first_estimate: its first confirmed estimate never changes (step 9).
    closed_by_event: the event whose day is its closed date (1, 10 and 16).
    follow_up_days: this many days after its event the salesperson gets an activity (M5).
    days: how long the step usually takes, where the documents say so.
    """

    __pydantic_config__ = _DOCUMENT

    number: StepNumber
    code: Code
    label_en: Name
    label_zh: Name
    owner_role: OwnRole
    attendees: tuple[OwnRole, ...] = ()
    predecessors: tuple[StepNumber, ...] = ()
    takes_estimate: bool = True
    takes_event: bool = False
    takes_closed: bool = True
    takes_start: bool = False
    estimate_rules: tuple[EstimateRule, ...] = ()
    keeps_first_estimate: YesOrNo = False
    follow_up_days: Days | None = None
    closed_by_event: Event | None = None
    document: Name | None = None
    days: Days | None = None

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

"""What a company's policy says of time: office hours, clocks, terms, inspections, follow-ups."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, ValidationInfo, field_validator
from pydantic.dataclasses import dataclass

from domain.clocks.definitions import DOCUMENT_CLOCKS, INTAKE_CLOCKS, PROFILES, ClockDefinition
from domain.errors import InvalidInput
from domain.limits import MOST_DAYS
from domain.messages import msg
from domain.milestones.order_steps import ORDER_MILESTONES
from domain.milestones.vocabularies import ContractTerm
from domain.parties.vocabularies import CustomerKind
from domain.policy.clocks import Clocks
from domain.policy.faults import must_be, wrong
from domain.policy.forms import CONFIG, OwnRoles, Texts, one_of, over, whole
from domain.production import InspectionKind
from domain.roles import Role
from domain.working_time import OFFICE_HOURS, Hours


def _document_terms() -> dict[str, int]:
    """What holds where an order's contract says nothing: 7 days for the deposit, 14 at the end."""
    return {ContractTerm.DEPOSIT_DAYS: 7, ContractTerm.FINAL_PAYMENT_DAYS: 14}


def _document_bookings() -> dict[str, int]:
    """Inspections are booked one week ahead, those of third parties two (O12)."""
    return {InspectionKind.OWN: 7, InspectionKind.CUSTOMER: 7, InspectionKind.THIRD_PARTY: 14}


def _hours(value: object) -> Hours:
    form = must_be(msg("policy.SPANS"), is_shown=False)
    if not isinstance(value, list | tuple):
        raise form
    try:
        spans = tuple((_time(begins), _time(ends)) for begins, ends in value)
    except (TypeError, ValueError):
        raise form from None
    instants = [instant for span in spans for instant in span]
    # The company's zone is a setting of its own; times of another are not to be compared.
    if any(instant.tzinfo is not None for instant in instants):
        raise form
    if not spans or any(begins >= ends for begins, ends in spans):
        raise form
    if any(before > after for before, after in pairwise(instants)):
        raise form
    return spans


def _time(value: Any) -> dt.time:
    return value if isinstance(value, dt.time) else dt.time.fromisoformat(value)


def _hours_body(hours: Hours) -> list[list[str]]:
    return [[begins.strftime("%H:%M"), ends.strftime("%H:%M")] for begins, ends in hours]


TermDays = Annotated[int, whole(0, MOST_DAYS)]
Term = Annotated[str, one_of(ContractTerm)]
Profile = Annotated[str, one_of(PROFILES)]
KindOrProfile = Annotated[str, one_of((*CustomerKind, *PROFILES))]
IntakeClocks = Annotated[Mapping[Profile, Texts], over(INTAKE_CLOCKS)]
Inspection = Annotated[str, one_of(InspectionKind)]
BookingDays = Annotated[Mapping[Inspection, TermDays], over(_document_bookings())]
WorkingHours = Annotated[Hours, BeforeValidator(_hours), PlainSerializer(_hours_body)]


@dataclass(frozen=True, config=CONFIG)
class SchedulePolicy:
    """The numbers and lists that milestones, clocks and progress follow."""

    milestone_template: str = ORDER_MILESTONES
    # Other templates for a kind of customer, or for a way of serving an order (M6).
    milestone_template_for: Mapping[KindOrProfile, str] = field(default_factory=dict)
    contract_terms: Mapping[Term, TermDays] = field(default_factory=_document_terms)
    working_hours: WorkingHours = OFFICE_HOURS
    clocks: Clocks = field(default_factory=lambda: dict(DOCUMENT_CLOCKS))
    # Which clocks begin when an order of a profile comes in (O16).
    intake_clocks: IntakeClocks = field(default_factory=lambda: dict(INTAKE_CLOCKS))
    inspection_booking_days: BookingDays = field(default_factory=_document_bookings)
    # Who hears of an exception in production at once (O11).
    exception_roles: OwnRoles = (
        Role.SALES.value,
        Role.SERVICE_SUPERVISOR.value,
        Role.MARKETING_DIRECTOR.value,
    )
    # A supplier confirms a purchase within two weeks, else purchasing gets a task (A1).
    supplier_confirms_within_days: TermDays = 14

    @field_validator("intake_clocks")
    @classmethod
    def _of_clocks_that_there_are(
        cls, intake: Mapping[str, tuple[str, ...]], info: ValidationInfo
    ) -> Mapping[str, tuple[str, ...]]:
        known = info.data.get("clocks")
        for code in (each for codes in intake.values() for each in codes):
            if known is not None and code not in known:
                raise wrong(
                    msg("policy.NO_CLOCK", clock=code), msg("policy.KNOWN", names=sorted(known))
                )
        return intake

    def template_for(self, customer_kind: str, fulfilment: str) -> str:
        """The template of a new order: its customer's kind decides before its fulfilment (M6)."""
        chosen = self.milestone_template_for
        return chosen.get(customer_kind) or chosen.get(fulfilment) or self.milestone_template

    def clock(self, code: str) -> ClockDefinition:
        """The definition of a clock. Raises InvalidInput."""
        found = self.clocks.get(code)
        if found is None:
            raise InvalidInput(
                msg("clocks.NO_CLOCK", code=code, clocks=sorted(self.clocks)), field="clock"
            )
        return found

"""What a company's policy says of time: office hours, clocks, terms, inspections, follow-ups."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from domain.clocks.definitions import (
    DOCUMENT_CLOCKS,
    INTAKE_CLOCKS,
    PROFILES,
    ClockDefinition,
    clock_body,
    clocks_of,
)
from domain.errors import InvalidInput
from domain.milestones.order_steps import ORDER_MILESTONES
from domain.milestones.vocabularies import ContractTerm
from domain.parties import CustomerKind
from domain.production import InspectionKind
from domain.roles import Role
from domain.working_time import OFFICE_HOURS, Hours


def _document_terms() -> dict[str, int]:
    """What holds where an order's contract says nothing: 7 days for the deposit, 14 at the end."""
    return {ContractTerm.DEPOSIT_DAYS: 7, ContractTerm.FINAL_PAYMENT_DAYS: 14}


def _document_bookings() -> dict[str, int]:
    """Inspections are booked one week ahead, those of third parties two (O12)."""
    return {InspectionKind.OWN: 7, InspectionKind.CUSTOMER: 7, InspectionKind.THIRD_PARTY: 14}


@dataclass(frozen=True)
class SchedulePolicy:
    """The numbers and lists that milestones, clocks and progress follow."""

    milestone_template: str = ORDER_MILESTONES
    # Other templates for a kind of customer, or for a way of serving an order (M6).
    milestone_template_for: Mapping[str, str] = field(default_factory=dict)
    contract_terms: Mapping[str, int] = field(default_factory=_document_terms)
    working_hours: Hours = OFFICE_HOURS
    clocks: Mapping[str, ClockDefinition] = field(default_factory=lambda: dict(DOCUMENT_CLOCKS))
    # Which clocks begin when an order of a profile comes in (O16).
    intake_clocks: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: dict(INTAKE_CLOCKS)
    )
    inspection_booking_days: Mapping[str, int] = field(default_factory=_document_bookings)
    # Who hears of an exception in production at once (O11).
    exception_roles: tuple[str, ...] = (
        Role.SALES.value,
        Role.SERVICE_SUPERVISOR.value,
        Role.MARKETING_DIRECTOR.value,
    )
    # A supplier confirms a purchase within two weeks, else purchasing gets a task (A1).
    supplier_confirms_within_days: int = 14

    def template_for(self, customer_kind: str, fulfilment: str) -> str:
        """The template of a new order: its customer's kind decides before its fulfilment (M6)."""
        chosen = self.milestone_template_for
        return chosen.get(customer_kind) or chosen.get(fulfilment) or self.milestone_template

    def clock(self, code: str) -> ClockDefinition:
        """The definition of a clock. Raises InvalidInput."""
        found = self.clocks.get(code)
        if found is None:
            raise InvalidInput(
                f"There is no clock {code!r}; there are {', '.join(sorted(self.clocks))}.",
                field="clock",
            )
        return found

    def to_body(self) -> dict[str, Any]:
        """These settings as JSON values."""
        return {
            "milestone_template": self.milestone_template,
            "milestone_template_for": dict(self.milestone_template_for),
            "contract_terms": dict(self.contract_terms),
            "working_hours": [
                [begins.strftime("%H:%M"), ends.strftime("%H:%M")]
                for begins, ends in self.working_hours
            ],
            "clocks": {
                code: clock_body(each)
                for code, each in self.clocks.items()
                if each != DOCUMENT_CLOCKS.get(code)
            },
            "intake_clocks": {name: list(codes) for name, codes in self.intake_clocks.items()},
            "inspection_booking_days": dict(self.inspection_booking_days),
            "exception_roles": list(self.exception_roles),
            "supplier_confirms_within_days": self.supplier_confirms_within_days,
        }

    @classmethod
    def from_body(cls, body: object) -> Self:
        """The settings of a JSON or TOML body; what it does not name keeps its default."""
        if not isinstance(body, Mapping):
            raise InvalidInput("schedule must be a table of settings.", field="schedule")
        known = {item.name for item in fields(cls)}
        unknown = sorted(str(name) for name in set(body) - known)
        if unknown:
            raise InvalidInput(
                f"Unknown schedule setting {unknown[0]!r}; known are {', '.join(sorted(known))}.",
                field=unknown[0],
            )
        readers: dict[str, Callable[[Any], Any]] = {
            "milestone_template": str,
            "milestone_template_for": _templates,
            "contract_terms": lambda value: _days_by("contract_terms", value, tuple(ContractTerm)),
            "working_hours": _hours,
            "clocks": clocks_of,
            "intake_clocks": _intake,
            "inspection_booking_days": lambda value: (
                _document_bookings()
                | _days_by("inspection_booking_days", value, tuple(InspectionKind))
            ),
            "exception_roles": _roles,
            "supplier_confirms_within_days": lambda value: _whole_days(
                "supplier_confirms_within_days", value
            ),
        }
        found = cls(**{name: readers[name](value) for name, value in body.items()})
        for codes in found.intake_clocks.values():
            for code in codes:
                found.clock(code)
        return found


def _templates(value: object) -> dict[str, str]:
    known = (*CustomerKind, *PROFILES)
    if not isinstance(value, Mapping) or not set(value) <= set(known):
        raise InvalidInput(
            f"milestone_template_for gives codes of templates for some of {', '.join(known)}.",
            field="milestone_template_for",
        )
    return {str(kind): str(code) for kind, code in value.items()}


def _days_by(name: str, value: object, known: tuple[str, ...]) -> dict[str, int]:
    if not isinstance(value, Mapping) or not set(value) <= set(known):
        raise InvalidInput(f"{name} gives days for some of {', '.join(known)}.", field=name)
    return {str(key): _whole_days(name, days) for key, days in value.items()}


def _whole_days(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 3_650:
        raise InvalidInput(f"{name}: {value!r} is no number of days from 0.", field=name)
    return value


def _hours(value: Any) -> Hours:
    try:
        spans = tuple(
            (dt.time.fromisoformat(begins), dt.time.fromisoformat(ends)) for begins, ends in value
        )
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            "working_hours is a list of spans such as ['09:00', '12:00'].", field="working_hours"
        ) from error
    if not spans or any(begins >= ends for begins, ends in spans):
        raise InvalidInput(
            "Working hours need at least one span, each ending after it starts.",
            field="working_hours",
        )
    return spans


def _intake(value: object) -> dict[str, tuple[str, ...]]:
    if (
        not isinstance(value, Mapping)
        or not set(value) <= set(PROFILES)
        or not all(isinstance(codes, list | tuple) for codes in value.values())
    ):
        raise InvalidInput(
            f"intake_clocks gives lists of clocks for some of {', '.join(PROFILES)}.",
            field="intake_clocks",
        )
    changed = {str(name): tuple(str(code) for code in codes) for name, codes in value.items()}
    return {**INTAKE_CLOCKS, **changed}


def _roles(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not set(value) <= set(Role) - {Role.CUSTOMER}:
        raise InvalidInput(
            "exception_roles must be a list of the company's roles.", field="exception_roles"
        )
    return tuple(str(role) for role in value)

"""Who acts on milestones, today, by the company's calendar and terms."""

from collections.abc import Mapping

from domain.milestones.model import Anchors, Context
from domain.policy import Policy
from domain.working_time import WorkCalendar
from persistence.milestones.reading import anchor_days
from persistence.unit_of_work import UnitOfWork
from services.calendar.business_days import work_calendar


async def acting(uow: UnitOfWork, policy: Policy, calendar: WorkCalendar | None = None) -> Context:
    """The person of a transaction at milestones; calendar: where it was read before."""
    return Context(
        uow.principal,
        uow.now,
        policy.local_date(uow.now),
        calendar or await work_calendar(uow, policy),
        policy.schedule.contract_terms,
    )


def anchors_of_events(events: Mapping[str, str], policy: Policy) -> Anchors:
    """The anchors that days of events make, as a plan keeps them, under the policy's terms."""
    return Anchors(anchor_days(events), policy.schedule.contract_terms)

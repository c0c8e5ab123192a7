"""The company's own business days over its country's calendar."""

import datetime as dt
from typing import Annotated, Any

import strawberry

from domain.calendar import RemoveBusinessDay, SetBusinessDay
from domain.commands import Command
from domain.errors import InvalidInput
from domain.messages import msg
from domain.roles import Action
from gql import contract
from gql.context import Info, RequestContext
from gql.language import in_words
from gql.mutations import REFUSALS, UserError, carried_out
from gql.permissions import Needs
from persistence.calendar import days_between
from persistence.unit_of_work import UnitOfWork
from services.calendar.business_days import business_calendar, calendar_warnings
from services.calendar.changes import remove_business_day, set_business_day
from services.commands import UseCase
from services.idempotency import Outcome

MOST_DAYS = 366


@strawberry.type(description="A day of the company's calendar (P6).")
class BusinessDay:
    """A day."""

    day: dt.date = strawberry.field(description="Which day.")
    is_working: bool = strawberry.field(description="Whether people work on it.")
    is_own: bool = strawberry.field(
        description="Whether the company says so, and not its country's calendar."
    )
    name: str | None = strawberry.field(description="What the company calls it.")


@strawberry.type(description="The day as it now stands, or why it was not changed.")
class BusinessDayPayload:
    """The answer to `businessDaySet` and `businessDayRemove`."""

    business_day: BusinessDay | None = strawberry.field(description="The day.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type
class BusinessDayQueries:
    """Root fields about the calendar."""

    @strawberry.field(
        description="The company's calendar, day by day; a year at most (P6).",
        extensions=[Needs(Action.VIEW_SELF)],
    )
    async def business_days(
        self,
        info: Info,
        first_day: Annotated[dt.date, strawberry.argument(description="The first day.")],
        last_day: Annotated[dt.date, strawberry.argument(description="The last day.")],
    ) -> list[BusinessDay]:
        """Days of a span."""
        count = (last_day - first_day).days + 1
        if not 1 <= count <= MOST_DAYS:
            raise InvalidInput(msg("calendar.DAYS_AT_ONCE", most=MOST_DAYS), field="lastDay")
        return await _days(info.context, first_day, last_day)

    @strawberry.field(
        description="What the calendar does not know though dates in use reach there, such as the "
        "make-up days of a year that are not announced yet (P6); empty where it knows all.",
        extensions=[Needs(Action.VIEW_CLOCKS)],
    )
    async def calendar_warnings(self, info: Info) -> list[str]:
        """Sentences for people."""
        policy = await info.context.api.policy()
        async with info.context.uow() as uow:
            return [in_words(info, each) for each in await calendar_warnings(uow, policy)]


def _answers_with_day(use_case: UseCase[Any, Any]) -> contract.Answer:
    """The day as it now stands; it has no key, so it is found by its date."""

    async def answer(info: Info, row: Command, data: Any) -> BusinessDayPayload:
        async def change(command: SetBusinessDay | RemoveBusinessDay, uow: UnitOfWork) -> Outcome:
            await use_case(command, uow)
            return {"day": command.day.isoformat()}

        command = contract.command_from(row.kind, data)
        outcome, refusals = await carried_out(info, change, command, data.idempotency_key)
        if "day" not in outcome:
            return BusinessDayPayload(business_day=None, user_errors=refusals)
        day = dt.date.fromisoformat(outcome["day"])
        [found] = await _days(info.context, day, day)
        return BusinessDayPayload(business_day=found, user_errors=refusals)

    return answer


@strawberry.type
class BusinessDayMutations:
    """Root fields that change the calendar."""

    business_day_set = contract.mutation(
        SetBusinessDay,
        BusinessDayPayload,
        _answers_with_day(set_business_day),
        argument="Which day.",
    )
    business_day_remove = contract.mutation(
        RemoveBusinessDay,
        BusinessDayPayload,
        _answers_with_day(remove_business_day),
        argument="Which day.",
    )


async def _days(context: RequestContext, first: dt.date, last: dt.date) -> list[BusinessDay]:
    _, policy = await context.today()
    async with context.uow() as uow:
        calendar = await business_calendar(uow, policy)
        own = await days_between(uow.session, first, last)
    days = [first + dt.timedelta(days=offset) for offset in range((last - first).days + 1)]
    return [
        BusinessDay(
            day=day,
            is_working=calendar.is_working_day(day),
            is_own=day in own,
            name=own[day].name if day in own else None,
        )
        for day in days
    ]

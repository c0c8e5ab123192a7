"""Time limits of orders: started, paused, resumed, stopped; breaches recorded once (O16)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.clocks.commands import EndClock, NoteBreach, Remind, ResumeClock, StopClock, last_day
from domain.clocks.definitions import PROFILES, STANDARD, ClockDefinition
from domain.clocks.model import Clock, Context, Outcome
from domain.clocks.state_machine import ClockCommand, apply, started
from domain.errors import InvalidInput, NotFound
from domain.messages import Message, msg, thing
from domain.policy import Policy
from domain.roles import Role
from domain.tasks.vocabularies import ClockChangeKind
from domain.working_time import WorkCalendar
from persistence.clocks import writing as clocks
from persistence.clocks.writing import LoadedClock
from persistence.unit_of_work import UnitOfWork
from services.batches import MOST_AT_ONCE, Batch, in_batches
from services.bootstrap import Dependencies
from services.calendar.business_days import work_calendar
from services.commands import OnOne, use_case
from services.policy import current_policy
from services.tasks.raising import CLOCK_SOURCE, RaiseTask, end_tasks, raise_task, raise_tasks

ORDER = "Order"
CLOCK_BREACH = "CLOCK_BREACH"
CLOCK_REMINDER = "CLOCK_REMINDER"
CLOCK_TASK = "CLOCK_TASK"


@dataclass(frozen=True)
class StartClock:
    """A time limit begins for a case: an order, or anything with a type and a key of its own."""

    code: str
    subject_type: str
    subject_id: str
    variant: str = STANDARD
    order_id: int | None = None
    customer_id: int | None = None
    # The last day and the owner, where the case itself says so.
    due_on: dt.date | None = None
    owner_role: str | None = None


def for_order(
    code: str,
    order_id: int,
    customer_id: int,
    variant: str = STANDARD,
    *,
    due_on: dt.date | None = None,
    owner_role: str | None = None,
) -> StartClock:
    """The start of an order's clock."""
    return StartClock(
        code, ORDER, str(order_id), variant, order_id, customer_id, due_on, owner_role
    )


async def start_clocks(uow: UnitOfWork, commands: Sequence[StartClock]) -> None:
    """Start clocks, but leave alone those that run for the same cases.

    Called by the use case that begins what the clocks measure, in its transaction.
    """
    if not commands:
        return
    _, policy = await current_policy(uow)
    calendar = await work_calendar(uow, policy)
    definitions = [policy.schedule.clock(each.code) for each in commands]
    begun = [
        (each, definition, _begun(each, definition, uow.now, calendar))
        for each, definition in zip(commands, definitions, strict=True)
    ]
    new = await clocks.start_clocks(
        uow, [(_case(each, definition), clock) for each, definition, clock in begun]
    )
    for each, definition, clock in begun:
        key = new.get((each.code, each.subject_type, each.subject_id))
        if key is not None and definition.is_a_task:
            await _raise_its_task(uow, definition, each, key, last_day(clock.due_at, calendar))


def acting_on_clocks(uow: UnitOfWork) -> Context:
    """The person of a transaction at clocks."""
    return Context(uow.principal, uow.now)


def _begun(
    command: StartClock, definition: ClockDefinition, now: dt.datetime, calendar: WorkCalendar
) -> Clock:
    owner = Role(command.owner_role or definition.owner_role)
    if command.due_on is None:
        return started(definition, command.variant, owner, now, calendar)
    return Clock(owner, definition.unit, now, calendar.end_of_day(command.due_on))


def _case(command: StartClock, definition: ClockDefinition) -> clocks.ClockCase:
    return clocks.ClockCase(
        command.code,
        command.variant,
        definition.label,
        command.subject_type,
        command.subject_id,
        command.order_id,
        command.customer_id,
    )


async def _raise_its_task(
    uow: UnitOfWork, definition: ClockDefinition, command: StartClock, clock_id: int, by: dt.date
) -> None:
    """Ask for what no command on the order shows; done with the task, the clock stops."""
    cases = await clocks.cases_of(uow.session, [command.order_id or 0])
    case = cases.get(command.order_id or 0)
    subject = _subject(command.subject_type, command.subject_id, case)
    owner = command.owner_role or definition.owner_role
    await raise_task(
        uow,
        RaiseTask(
            CLOCK_TASK,
            msg(
                "tasks.CLOCK_TASK",
                subject=subject,
                clock=definition.label,
            ),
            owner,
            by,
            case.salesperson_id if case is not None and owner == Role.SALES else None,
            command.order_id,
            command.customer_id,
            source=f"{CLOCK_SOURCE}{clock_id}",
            details={"clock": definition.code},
        ),
    )


async def start_intake_clocks(
    uow: UnitOfWork, order_id: int, customer_id: int, profile: str
) -> None:
    """Start what runs from the moment an order comes in, made to order or from stock (O16)."""
    _, policy = await current_policy(uow)
    codes = policy.schedule.intake_clocks.get(profile)
    if codes is None:
        raise InvalidInput(msg("clocks.PROFILE", allowed=PROFILES), field="profile")
    await start_clocks(uow, [for_order(code, order_id, customer_id) for code in codes])


async def running_order_clocks(uow: UnitOfWork, order_id: int) -> dict[str, LoadedClock]:
    """The clocks of an order itself that run, by code, locked."""
    found = await clocks.running_clocks_of_order(uow.session, order_id)
    return {each.case.code: each for each in found if each.case.subject_type == ORDER}


async def stop_clock(
    uow: UnitOfWork, code: str, subject_type: str, subject_id: str, *, reason: str | None = None
) -> int | None:
    """What the clock waited for is done; None when none runs. Too late counts as a breach."""
    found = await clocks.running_clock(uow.session, code, subject_type, subject_id)
    if found is None:
        return None
    await end_clocks(uow, [found], EndClock(ClockChangeKind.STOPPED, reason))
    return found.key


async def drop_clocks(uow: UnitOfWork, order_id: int, reason: str) -> int:
    """Stop all clocks of an order that has ended; how many ran."""
    found = await clocks.running_clocks_of_order(uow.session, order_id)
    await end_clocks(uow, found, EndClock(ClockChangeKind.DROPPED, reason))
    return len(found)


async def end_clocks(uow: UnitOfWork, found: Sequence[LoadedClock], command: EndClock) -> None:
    """End these clocks, and the tasks that were raised about them."""
    if not found:
        return
    at = acting_on_clocks(uow)
    await save_ended(uow, [(each, command.effect(each.facts, at)) for each in found], command.kind)


async def save_ended(
    uow: UnitOfWork, changes: Sequence[tuple[LoadedClock, Outcome]], kind: ClockChangeKind
) -> None:
    """Write that clocks have ended, with the tasks that were raised about them."""
    await clocks.save_clocks(uow, changes)
    # What was asked for is done, or nothing is left to do.
    await end_tasks(
        uow,
        [source for loaded, _ in changes for source in _sources(loaded.key)],
        done=kind == ClockChangeKind.STOPPED,
    )


@use_case
async def act_on_clock(request: OnOne[ClockCommand], uow: UnitOfWork) -> int:
    """Carry out a command on a clock; its key.

    Of two at once the second waits for the first, and its rules see what the first did. Raises
    NotAllowed, NotFound, or the first of all reasons against it.
    """
    loaded = await clocks.clock_by_key(uow.session, request.key)
    if loaded is None:
        raise NotFound("clock", str(request.key), field="id")
    command = request.command
    if isinstance(command, ResumeClock):
        _, policy = await current_policy(uow)
        command = replace(command, calendar=await work_calendar(uow, policy))
    outcome = apply(loaded.facts, command, acting_on_clocks(uow))
    if isinstance(command, StopClock):
        await save_ended(uow, [(loaded, outcome)], ClockChangeKind.STOPPED)
    else:
        await clocks.save_clocks(uow, [(loaded, outcome)])
    return loaded.key


async def record_breaches(deps: Dependencies) -> int:
    """Record every breach and reminder that is due, each once, with a task for its department.

    How many there were. Any number of workers may call it at once.
    """
    return await in_batches(deps, _breach_and_remind)


async def _breach_and_remind(uow: UnitOfWork, _: object) -> Batch:
    breached = await clocks.clocks_over(uow.session, uow.now, MOST_AT_ONCE)
    await _note(uow, breached, NoteBreach())
    reminding = await clocks.clocks_to_remind(uow.session, uow.now, MOST_AT_ONCE)
    await _note(uow, reminding, Remind())
    # What was noted is not found again, so the next batch begins where it likes.
    found = len(breached) + len(reminding)
    return Batch(found, after=found > 0 or None)


async def _note(
    uow: UnitOfWork, found: Sequence[LoadedClock], command: NoteBreach | Remind
) -> None:
    """Note that these clocks were breached, or remind, with a task for whom it concerns."""
    if not found:
        return
    _, policy = await current_policy(uow)
    at = acting_on_clocks(uow)
    await clocks.save_clocks(uow, [(each, command.effect(each.facts, at)) for each in found])
    await _raise_reports(uow, found, policy, breach=isinstance(command, NoteBreach))


# What clocks run for besides orders, whose titles name the number.
_SUBJECTS = {"Complaint": thing("complaint"), "Inspection": thing("inspection")}


def _subject(kind: str, key: str, case: clocks.OrderCase | None) -> str | Message:
    """What a clock runs for: its order's number, else what it is named by."""
    if case is not None:
        return case.number
    return msg("tasks.SUBJECT", kind=_SUBJECTS.get(kind, kind), key=key)


async def _raise_reports(
    uow: UnitOfWork, found: Sequence[LoadedClock], policy: Policy, *, breach: bool
) -> None:
    ids = [each.case.order_id for each in found if each.case.order_id]
    orders = await clocks.cases_of(uow.session, ids)
    to_raise = []
    for each in found:
        case, facts = each.case, each.facts
        order = orders.get(case.order_id or 0)
        title = msg(
            "tasks.CLOCK_BREACHED" if breach else "tasks.CLOCK_REMINDER",
            subject=_subject(case.subject_type, case.subject_id, order),
            clock=case.label,
            due=facts.due_at.astimezone(policy.zone),
        )
        definition = policy.schedule.clocks.get(case.code)
        others = definition.also_told if breach and definition is not None else ()
        for role in dict.fromkeys((facts.owner_role, *others)):
            to_raise.append(
                RaiseTask(
                    CLOCK_BREACH if breach else CLOCK_REMINDER,
                    title,
                    role,
                    policy.local_date(uow.now),
                    order.salesperson_id if order is not None and role == Role.SALES else None,
                    order_id=case.order_id,
                    customer_id=case.customer_id,
                    source=f"{'breach' if breach else 'reminder'}:{each.key}:{role}",
                    details={
                        "clock": case.code,
                        "dueAt": facts.due_at.isoformat(),
                        "ownerRole": facts.owner_role,
                    },
                )
            )
    await raise_tasks(uow, to_raise)


def _sources(clock_id: int) -> list[str]:
    """The cases under which tasks are raised about a clock."""
    reports = [f"{kind}:{clock_id}:{role}" for kind in ("breach", "reminder") for role in Role]
    return [f"{CLOCK_SOURCE}{clock_id}", *reports]

"""Time limits of orders: started, paused, resumed, stopped; breaches recorded once (O16)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from domain.clocks.commands import PauseClock, ResumeClock, StopClock
from domain.clocks.definitions import PROFILES, STANDARD, ClockDefinition
from domain.clocks.due import Due, due_times, resumed
from domain.errors import InvalidInput, NotFound, WrongState
from domain.messages import Message, msg, thing
from domain.milestones.guards import reason_given
from domain.policy import Policy
from domain.roles import Role, require_department
from domain.sentences import Label
from domain.tasks.vocabularies import ClockChangeKind
from persistence.clocks import writing as clocks
from persistence.tables import ClockRow
from persistence.unit_of_work import UnitOfWork
from services.batches import MOST_AT_ONCE, Batch, in_batches
from services.bootstrap import Dependencies
from services.calendar.business_days import work_calendar
from services.commands import OnOne, use_case
from services.policy import current_policy
from services.tasks import CLOCK_SOURCE, RaiseTask, end_tasks, raise_task, raise_tasks

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


async def start_clock(uow: UnitOfWork, command: StartClock) -> int:
    """Start a clock, or leave alone the one that runs for the same case; its key.

    Called by the use case that begins what the clock measures, in its transaction.
    """
    _, policy = await current_policy(uow)
    definition = policy.schedule.clock(command.code)
    calendar = await work_calendar(uow, policy)
    if command.due_on is None:
        due = due_times(definition, command.variant, uow.now, calendar)
    else:
        due = Due(calendar.end_of_day(command.due_on), None)
    clock_id = await clocks.add_clock(
        uow,
        {
            "code": definition.code,
            "variant": command.variant,
            "label_en": definition.label_en,
            "label_zh": definition.label_zh,
            "owner_role": command.owner_role or definition.owner_role,
            "unit": definition.unit,
            "subject_type": command.subject_type,
            "subject_id": command.subject_id,
            "order_id": command.order_id,
            "customer_id": command.customer_id,
            "due_at": due.breach_at,
            "remind_at": due.remind_at,
        },
    )
    if clock_id is not None:
        await clocks.add_events(uow, [clock_id], ClockChangeKind.STARTED)
        if definition.is_a_task:
            # A day is over at the midnight after it.
            by = calendar.local_date(due.breach_at - dt.timedelta(microseconds=1))
            await _raise_its_task(uow, definition, command, clock_id, by)
        return clock_id
    running = await clocks.running_clock(
        uow.session, command.code, command.subject_type, command.subject_id
    )
    if running is None:
        raise LookupError(f"the clock {command.code} of {command.subject_id} vanished")
    return running.id


async def _raise_its_task(
    uow: UnitOfWork, definition: ClockDefinition, command: StartClock, clock_id: int, by: dt.date
) -> None:
    """Ask for what no act of the order shows; done with the task, the clock stops."""
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
                clock=Label(definition.label_en, definition.label_zh),
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


async def start_order_clock(
    uow: UnitOfWork, code: str, order_id: int, customer_id: int, variant: str = STANDARD
) -> int:
    """Start a clock of an order."""
    return await start_clock(
        uow, StartClock(code, ORDER, str(order_id), variant, order_id, customer_id)
    )


async def start_intake_clocks(
    uow: UnitOfWork, order_id: int, customer_id: int, profile: str
) -> list[int]:
    """Start what runs from the moment an order comes in, made to order or from stock (O16)."""
    _, policy = await current_policy(uow)
    codes = policy.schedule.intake_clocks.get(profile)
    if codes is None:
        raise InvalidInput(msg("clocks.PROFILE", allowed=PROFILES), field="profile")
    return [await start_order_clock(uow, code, order_id, customer_id) for code in codes]


async def running_order_clocks(uow: UnitOfWork, order_id: int) -> dict[str, ClockRow]:
    """The clocks of an order itself that run, by code, locked."""
    rows = await clocks.running_clocks_of_order(uow.session, order_id)
    return {row.code: row for row in rows if row.subject_type == ORDER}


async def stop_clocks(uow: UnitOfWork, rows: Sequence[ClockRow], *, reason: str | None) -> None:
    """What these clocks waited for is done, or begins again."""
    await _stop(uow, rows, ClockChangeKind.STOPPED, reason)


async def stop_clock(
    uow: UnitOfWork, code: str, subject_type: str, subject_id: str, *, reason: str | None = None
) -> int | None:
    """What the clock waited for is done; None when none runs. Too late counts as a breach."""
    row = await clocks.running_clock(uow.session, code, subject_type, subject_id)
    if row is None:
        return None
    await _stop(uow, [row], ClockChangeKind.STOPPED, reason)
    return row.id


async def drop_clocks(uow: UnitOfWork, order_id: int, reason: str) -> int:
    """Stop all clocks of an order that has ended; how many ran."""
    rows = await clocks.running_clocks_of_order(uow.session, order_id)
    await _stop(uow, rows, ClockChangeKind.DROPPED, reason)
    return len(rows)


@use_case
async def pause_clock(request: OnOne[PauseClock], uow: UnitOfWork) -> int:
    """Let a clock stand still while we wait for others, with a reason. A breach stays a breach."""
    reason = reason_given(request.command.reason, msg("clocks.PAUSING"))
    row = await _running(uow, request.key)
    if row.paused_at is not None:
        raise WrongState(msg("clocks.PAUSED_ALREADY"))
    await _breach_if_over(uow, [row])
    if row.breached_at is not None:
        raise WrongState(msg("clocks.OVER"))
    row.paused_at = uow.now
    row.version += 1
    await clocks.add_events(uow, [row], ClockChangeKind.PAUSED, reason=reason)
    await uow.session.flush()
    return row.id


@use_case
async def resume_clock(request: OnOne[ResumeClock], uow: UnitOfWork) -> int:
    """Let a paused clock run on with the time that it had left."""
    row = await _running(uow, request.key)
    if row.paused_at is None:
        raise WrongState(msg("clocks.RUNNING"))
    _, policy = await current_policy(uow)
    calendar = await work_calendar(uow, policy)
    row.due_at = resumed(row.unit, row.due_at, row.paused_at, uow.now, calendar)
    if row.remind_at is not None and row.reminded_at is None:
        row.remind_at = resumed(row.unit, row.remind_at, row.paused_at, uow.now, calendar)
    row.paused_at = None
    row.version += 1
    await clocks.add_events(uow, [row], ClockChangeKind.RESUMED, reason=request.command.reason)
    await uow.session.flush()
    return row.id


@use_case
async def stop_clock_by_id(request: OnOne[StopClock], uow: UnitOfWork) -> int:
    """Stop a clock by hand, with a reason: a call was answered, a sample confirmed by phone."""
    row = await _running(uow, request.key)
    await _stop(
        uow,
        [row],
        ClockChangeKind.STOPPED,
        reason_given(request.command.reason, msg("clocks.STOPPING")),
    )
    return row.id


async def record_breaches(deps: Dependencies) -> int:
    """Record every breach and reminder that is due, each once, with a task for its department.

    How many there were. Any number of workers may call it at once.
    """
    return await in_batches(deps, _breach_and_remind)


async def _breach_and_remind(uow: UnitOfWork, _: object) -> Batch:
    breached = await clocks.take_breached(uow.session, uow.now, MOST_AT_ONCE)
    reminded = await clocks.take_to_remind(uow.session, uow.now, MOST_AT_ONCE)
    if breached or reminded:
        _, policy = await current_policy(uow)
        await _tell(uow, breached, policy, breach=True)
        await _tell(uow, reminded, policy, breach=False)
    # What was taken is not found again, so the next batch begins where it likes.
    return Batch(len(breached) + len(reminded), after=bool(breached or reminded) or None)


# What clocks run for besides orders, whose titles name the number.
_SUBJECTS = {"Complaint": thing("complaint"), "Inspection": thing("inspection")}


def _subject(kind: str, key: str, case: clocks.OrderCase | None) -> str | Message:
    """What a clock runs for: its order's number, else what it is named by."""
    if case is not None:
        return case.number
    return msg("tasks.SUBJECT", kind=_SUBJECTS.get(kind, kind), key=key)


async def _tell(uow: UnitOfWork, rows: Sequence[ClockRow], policy: Policy, *, breach: bool) -> None:
    await clocks.add_events(
        uow, rows, ClockChangeKind.BREACHED if breach else ClockChangeKind.REMINDED
    )
    cases = await clocks.cases_of(uow.session, [row.order_id for row in rows if row.order_id])
    to_raise = []
    for row in rows:
        case = cases.get(row.order_id or 0)
        title = msg(
            "tasks.CLOCK_BREACHED" if breach else "tasks.CLOCK_REMINDER",
            subject=_subject(row.subject_type, row.subject_id, case),
            clock=Label(row.label_en, row.label_zh),
            due=row.due_at.astimezone(policy.zone),
        )
        definition = policy.schedule.clocks.get(row.code)
        others = definition.also_told if breach and definition is not None else ()
        for role in dict.fromkeys((row.owner_role, *others)):
            to_raise.append(
                RaiseTask(
                    CLOCK_BREACH if breach else CLOCK_REMINDER,
                    title,
                    role,
                    policy.local_date(uow.now),
                    case.salesperson_id if case is not None and role == Role.SALES else None,
                    order_id=row.order_id,
                    customer_id=row.customer_id,
                    source=f"{'breach' if breach else 'reminder'}:{row.id}:{role}",
                    details={
                        "clock": row.code,
                        "dueAt": row.due_at.isoformat(),
                        "ownerRole": row.owner_role,
                    },
                )
            )
    await raise_tasks(uow, to_raise)


async def _stop(
    uow: UnitOfWork, rows: Sequence[ClockRow], kind: ClockChangeKind, reason: str | None
) -> None:
    if not rows:
        return
    await _breach_if_over(uow, rows)
    for row in rows:
        row.stopped_at = uow.now
        row.version += 1
    await clocks.add_events(uow, rows, kind, reason=reason)
    # What was asked for is done, or nothing is left to do.
    await end_tasks(
        uow,
        [source for row in rows for source in _sources(row)],
        done=kind == ClockChangeKind.STOPPED,
    )
    await uow.session.flush()


def _sources(row: ClockRow) -> list[str]:
    """The cases under which tasks are raised about a clock."""
    reports = [f"{kind}:{row.id}:{role}" for kind in ("breach", "reminder") for role in Role]
    return [f"{CLOCK_SOURCE}{row.id}", *reports]


async def _breach_if_over(uow: UnitOfWork, rows: Sequence[ClockRow]) -> None:
    """A clock that the sweep has not seen yet is in breach all the same."""
    over = [
        row
        for row in rows
        if row.breached_at is None and row.paused_at is None and row.due_at <= uow.now
    ]
    for row in over:
        row.breached_at = row.due_at
    await clocks.add_events(uow, over, ClockChangeKind.BREACHED)


async def _running(uow: UnitOfWork, clock_id: int) -> ClockRow:
    row = await clocks.clock_for_update(uow.session, clock_id)
    if row is None:
        raise NotFound("clock", str(clock_id), field="id")
    if row.stopped_at is not None:
        raise InvalidInput(msg("clocks.STOPPED"), field="id")
    require_department(
        uow.principal, row.owner_role, msg("clocks.TOUCH_CLOCK_OF", role=Role(row.owner_role))
    )
    return row

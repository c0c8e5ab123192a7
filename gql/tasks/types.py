"""Tasks and clocks as objects."""

import datetime as dt

import strawberry

from domain.messages import Message
from domain.roles import Action, Role
from domain.tasks.vocabularies import TaskState
from gql.context import Info, RequestContext
from gql.language import LocaleArgument, language_of, reason_in_words
from gql.nodes import Node, findable, found_by, global_id, related
from gql.references import ORDER, OrderRef
from gql.scalars import Json
from persistence.tables import ClockRow, TaskRow


@strawberry.type(description="Something for a department or a person to do by a day.")
class Task(Node):
    """A task that a rule raised."""

    row: strawberry.Private[TaskRow]
    kind: str = strawberry.field(description="The rule that raised it, such as FOLLOW_UP.")
    state: TaskState = strawberry.field(description="Where it stands today.")
    owner_role: Role = strawberry.field(description="The department that has to do it.")
    due_on: dt.date = strawberry.field(description="By when.")
    snoozed_until: dt.date | None = strawberry.field(
        description="The day on which it comes back, where it was snoozed."
    )
    details: Json = strawberry.field(description="More about it, by name.")
    raised_at: dt.datetime = strawberry.field(description="When it was raised.")
    ended_at: dt.datetime | None = strawberry.field(description="When it was done or dropped.")
    ended_by: str | None = strawberry.field(description="By whom.")
    because: strawberry.Private[str | None]
    note: str | None = strawberry.field(
        resolver=reason_in_words, description="What was said of it."
    )
    version: int = strawberry.field(description="Counts its changes.")

    @classmethod
    def of(cls, row: TaskRow, today: dt.date) -> "Task":
        """The task of a row, as it stands today."""
        state = TaskState.OPEN
        if row.ended_at is not None:
            state = TaskState.DONE if row.done else TaskState.DROPPED
        elif row.snoozed_until is not None and row.snoozed_until > today:
            state = TaskState.SNOOZED
        return cls(
            id=global_id("Task", row.id),
            row=row,
            kind=row.kind,
            state=state,
            owner_role=row.owner_role,
            due_on=row.due_on,
            snoozed_until=row.snoozed_until,
            details=Json(row.details),
            raised_at=row.raised_at,
            ended_at=row.ended_at,
            ended_by=row.ended_by,
            because=row.note,
            version=row.version,
        )

    @strawberry.field(description="What is to be done.")
    def title(self, info: Info, locale: LocaleArgument = None) -> str:
        """The title in a language."""
        return Message.from_json(self.row.title).text(language_of(info, locale))

    @strawberry.field(description="The person who has to do it, where it was given to one.")
    async def owner(self, info: Info) -> str | None:
        """Its person."""
        if self.row.owner_person_id is None:
            return None
        person = await info.context.load.person.load(self.row.owner_person_id)
        return None if person is None else str(person.name)

    order = related(
        OrderRef | None, "The order it is about, where it is about one.", ORDER.find, "order_id"
    )


@strawberry.type(description="A time limit that runs for an order or another case (O16).")
class Clock(Node):
    """A clock with its due time and breach."""

    row: strawberry.Private[ClockRow]
    code: str = strawberry.field(description="Which limit, such as FIRST_CHECK.")
    variant: str = strawberry.field(description="Which of its limits, such as ABROAD.")
    owner_role: Role = strawberry.field(description="The department it is held to.")
    subject_type: str = strawberry.field(description="The type of the case, such as Order.")
    subject_id: str = strawberry.field(description="The key of the case.")
    started_at: dt.datetime = strawberry.field(description="When it began.")
    due_at: dt.datetime = strawberry.field(description="When its time is over.")
    remind_at: dt.datetime | None = strawberry.field(description="When it reminds, where it does.")
    paused_at: dt.datetime | None = strawberry.field(description="Since when it stands still.")
    stopped_at: dt.datetime | None = strawberry.field(description="When it was stopped.")
    breached_at: dt.datetime | None = strawberry.field(
        description="When its time was over, where it was not stopped before."
    )
    version: int = strawberry.field(description="Counts its changes.")

    @classmethod
    def of(cls, row: ClockRow) -> "Clock":
        """The clock of a row."""
        return cls(
            id=global_id("Clock", row.id),
            row=row,
            code=row.code,
            variant=row.variant,
            owner_role=row.owner_role,
            subject_type=row.subject_type,
            subject_id=row.subject_id,
            started_at=row.started_at,
            due_at=row.due_at,
            remind_at=row.remind_at,
            paused_at=row.paused_at,
            stopped_at=row.stopped_at,
            breached_at=row.breached_at,
            version=row.version,
        )

    @strawberry.field(description="Its name.")
    def label(self, info: Info, locale: LocaleArgument = None) -> str:
        """The name in a language."""
        return Message.from_json(self.row.label).text(language_of(info, locale))

    order = related(
        OrderRef | None, "The order it runs for, where it runs for one.", ORDER.find, "order_id"
    )


clock_by_key = found_by(Clock.of, lambda load: load.clock)


async def task_by_key(context: RequestContext, key: int | None) -> Task | None:
    """The task of a key, where there is one that may be seen."""
    row = None if key is None else await context.load.task.load(key)
    today, _ = await context.today()
    return None if row is None else Task.of(row, today)


findable(Task, Action.VIEW_TASKS, task_by_key)
findable(Clock, Action.VIEW_CLOCKS, clock_by_key)

"""The jobs that committed changes asked for."""

import datetime as dt
from typing import Annotated

import strawberry

from domain.roles import Action
from gql.connections import After, Before, Connection, First, Last, PageArguments, listed
from gql.context import Info
from gql.input_changes import Narrowing
from gql.permissions import Needs
from gql.scalars import Json
from persistence import outbox
from persistence.tables import OutboxRow


@strawberry.type(description="A background job that a committed change asked for.")
class Job:
    """A row of the outbox."""

    topic: str = strawberry.field(description="What is to be done, such as allocation.run.")
    payload: Json = strawberry.field(description="With what.")
    created_at: dt.datetime = strawberry.field(description="When it was asked for.")
    sent_at: dt.datetime | None = strawberry.field(
        description="When it was handed to the broker; null while it waits."
    )
    attempts: int = strawberry.field(description="How often handing it over was tried.")

    @classmethod
    def of(cls, row: OutboxRow) -> "Job":
        """The job of a row."""
        return cls(
            topic=row.topic,
            payload=Json(row.payload),
            created_at=row.created_at,
            sent_at=row.sent_at,
            attempts=row.attempts,
        )


@strawberry.input(description="Which jobs to list; what is left out or empty does not narrow.")
class JobFilter(Narrowing):
    """A question about jobs."""

    topic: str | None = strawberry.field(default=None, description="Only those of this topic.")
    is_sent: bool | None = strawberry.field(
        default=None, description="Only those handed to the broker, or only those waiting."
    )


@strawberry.type
class OutboxQueries:
    """Root fields about what is to be done."""

    @strawberry.field(
        description="Background jobs, the newest first.", extensions=[Needs(Action.VIEW_JOBS)]
    )
    async def jobs(
        self,
        info: Info,
        filter: Annotated[JobFilter | None, strawberry.argument(description="Which jobs.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Job]:
        """A page of jobs."""
        asked = filter or JobFilter()
        found: Connection[Job] = await listed(
            info,
            outbox.jobs,
            outbox.count_jobs,
            outbox.JobQuestion(asked.topic, asked.is_sent),
            PageArguments(first, after, last, before),
            Job.of,
        )
        return found

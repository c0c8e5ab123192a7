"""The jobs that committed changes asked for."""

import datetime as dt

import strawberry

from domain.roles import Action
from gql.connections import listing
from gql.input_changes import Narrowing
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

    def question(self) -> outbox.JobQuestion:
        """The question to the database."""
        return outbox.JobQuestion(self.topic, self.is_sent)


@strawberry.type
class OutboxQueries:
    """Root fields about what is to be done."""

    jobs = listing(
        Job,
        "Background jobs, the newest first.",
        Action.VIEW_JOBS,
        outbox.jobs,
        outbox.count_jobs,
        JobFilter,
        argument="Which jobs.",
    )

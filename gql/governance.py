"""The audit log, and the jobs that transactions asked for."""

import datetime as dt
from typing import Annotated

import strawberry

from domain.roles import Action
from gql.connections import After, Before, Connection, First, Last, PageArguments, listed
from gql.context import Info, RequestContext
from gql.input_changes import Narrowing
from gql.nodes import Node, findable, global_id
from gql.permissions import Needs
from gql.scalars import DateTimeRange, Json, span
from persistence.queries import governance as queries
from persistence.tables import AuditRow, OutboxRow


@strawberry.type(description="Who did what to which object (O15).")
class AuditEntry(Node):
    """An entry of the audit log."""

    at: dt.datetime = strawberry.field(description="When.")
    actor: str = strawberry.field(description="Who.")
    action: str = strawberry.field(description="What, such as goodsReceive.")
    object_type: str = strawberry.field(description="The type of the object.")
    object_id: str = strawberry.field(description="Its key.")
    before: Json | None = strawberry.field(description="What it was before, where told.")
    after: Json | None = strawberry.field(description="What it was afterwards, where told.")
    reason: str | None = strawberry.field(description="Why, where told.")
    request_id: str | None = strawberry.field(description="The request it was done in.")

    @classmethod
    def of(cls, row: AuditRow) -> "AuditEntry":
        """The entry of a row."""
        return cls(
            id=global_id("AuditEntry", row.id),
            at=row.at,
            actor=row.actor,
            action=row.action,
            object_type=row.object_type,
            object_id=row.object_id,
            before=None if row.before is None else Json(row.before),
            after=None if row.after is None else Json(row.after),
            reason=row.reason,
            request_id=row.request_id,
        )


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


@strawberry.input(description="Which entries to list; what is left out or empty does not narrow.")
class AuditFilter(Narrowing):
    """A question about the audit log."""

    object_type: str | None = strawberry.field(
        default=None, description="Only about objects of this type."
    )
    object_id: str | None = strawberry.field(
        default=None, description="Only about the object with this key."
    )
    actor: str | None = strawberry.field(default=None, description="Only what this one did.")
    action: str | None = strawberry.field(default=None, description="Only this action.")
    at_between: DateTimeRange | None = strawberry.field(
        default=None, description="Only what was done in this span."
    )


@strawberry.input(description="Which jobs to list; what is left out or empty does not narrow.")
class JobFilter(Narrowing):
    """A question about jobs."""

    topic: str | None = strawberry.field(default=None, description="Only those of this topic.")
    is_sent: bool | None = strawberry.field(
        default=None, description="Only those handed to the broker, or only those waiting."
    )


@strawberry.type
class GovernanceQueries:
    """Root fields about what was done and is to be done."""

    @strawberry.field(
        description="The audit log, the newest first.", extensions=[Needs(Action.VIEW_AUDIT_LOG)]
    )
    async def audit_log(
        self,
        info: Info,
        filter: Annotated[
            AuditFilter | None, strawberry.argument(description="Which entries.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[AuditEntry]:
        """A page of the audit log."""
        asked = filter or AuditFilter()
        at_from, at_before = span(asked.at_between)
        found: Connection[AuditEntry] = await listed(
            info,
            queries.audit_log,
            queries.count_audit_log,
            queries.AuditQuestion(
                asked.object_type, asked.object_id, asked.actor, asked.action, at_from, at_before
            ),
            PageArguments(first, after, last, before),
            AuditEntry.of,
        )
        return found

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
            queries.jobs,
            queries.count_jobs,
            queries.JobQuestion(asked.topic, asked.is_sent),
            PageArguments(first, after, last, before),
            Job.of,
        )
        return found


async def _entry_by_key(context: RequestContext, key: int) -> AuditEntry | None:
    row = await context.load.audit_entry.load(key)
    return None if row is None else AuditEntry.of(row)


findable("AuditEntry", Action.VIEW_AUDIT_LOG, _entry_by_key)

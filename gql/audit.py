"""The audit log: what was done by whom."""

import datetime as dt
from typing import Annotated

import strawberry

from domain.roles import Action
from gql.connections import After, Before, Connection, First, Last, PageArguments, listed
from gql.context import Info
from gql.input_changes import Narrowing
from gql.nodes import Node, findable, found_by, global_id
from gql.permissions import Needs
from gql.scalars import DateTimeRange, Json, span
from persistence import audit
from persistence.tables import AuditRow


@strawberry.type(description="Who did what to which object (O15).")
class AuditEntry(Node):
    """An entry of the audit log."""

    at: dt.datetime = strawberry.field(description="When.")
    actor: str = strawberry.field(description="Who.")
    action: str = strawberry.field(description="What, such as goodsReceive.")
    object_type: str = strawberry.field(description="The type of the object.")
    object_id: str = strawberry.field(description="Its key.")
    before: Json | None = strawberry.field(description="What it was before, where recorded.")
    after: Json | None = strawberry.field(description="What it was afterwards, where recorded.")
    reason: str | None = strawberry.field(description="Why, where that was said.")
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


_entry_by_key = found_by(AuditEntry.of, lambda load: load.audit_entry)


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


@strawberry.type
class AuditQueries:
    """Root fields about what was done."""

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
            audit.audit_log,
            audit.count_audit_log,
            audit.AuditQuestion(
                asked.object_type, asked.object_id, asked.actor, asked.action, at_from, at_before
            ),
            PageArguments(first, after, last, before),
            AuditEntry.of,
        )
        return found


findable(AuditEntry, Action.VIEW_AUDIT_LOG, _entry_by_key)

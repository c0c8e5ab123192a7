"""The audit log: what was done by whom."""

import datetime as dt

import strawberry

from domain.roles import Action
from gql.connections import listing
from gql.input_changes import Narrowing
from gql.language import reason_in_words
from gql.nodes import Node, findable, found_by, global_id
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
    because: strawberry.Private[str | None]
    reason: str | None = strawberry.field(
        resolver=reason_in_words, description="Why, where that was said."
    )
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
            because=row.reason,
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

    def question(self) -> audit.AuditQuestion:
        """The question to the database."""
        at_from, at_before = span(self.at_between)
        return audit.AuditQuestion(
            self.object_type, self.object_id, self.actor, self.action, at_from, at_before
        )


@strawberry.type
class AuditQueries:
    """Root fields about what was done."""

    audit_log = listing(
        AuditEntry,
        "The audit log, the newest first.",
        Action.VIEW_AUDIT_LOG,
        audit.audit_log,
        audit.count_audit_log,
        AuditFilter,
        argument="Which entries.",
    )


findable(AuditEntry, Action.VIEW_AUDIT_LOG, _entry_by_key)

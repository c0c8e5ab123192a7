"""What mutations of milestones take where it is not made from their commands alone."""

from enum import Enum

import strawberry

from domain import limits
from gql.input_limits import at_most
from gql.mutations import KEY

VERSION = "Refused when the milestone has changed since this version."


@strawberry.enum(description="The form of a template's text.")
class TemplateForm(Enum):
    """Forms of templates."""

    TOML = strawberry.enum_value("TOML", description="TOML.")
    JSON = strawberry.enum_value("JSON", description="JSON.")


@strawberry.input(description="Which step.")
class MilestoneIdInput:
    """What every command on one step takes before its own fields, which come from the table."""

    id: strawberry.ID = strawberry.field(description="The milestone's id.")


# Two commands share it.
@strawberry.input(description="A step with a reason.")
class MilestoneReasonInput:
    """Which step, and why."""

    id: strawberry.ID = strawberry.field(description="The milestone's id.")
    reason: str = strawberry.field(description="Why.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


# The form of a text is a word of the API and none of the business.
@strawberry.input(description="A company's own template.")
class MilestoneTemplateKeepInput:
    """A template as text."""

    template: str = strawberry.field(description="Its text.", metadata=at_most(limits.LONGEST))
    form: TemplateForm = strawberry.field(
        default=TemplateForm.TOML, description="The form of the text."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

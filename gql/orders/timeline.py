"""The story of one order, entry by entry."""

import datetime as dt

import strawberry

from gql.context import Info
from gql.enums import TimelineKind
from gql.limits import SIZE
from gql.milestones.types import Milestone, milestone_by_key
from gql.scalars import Locale
from gql.shipments import Shipment, shipment_by_key
from services.timelines import TimelineEntry as Told


@strawberry.type(description="One detail of a timeline entry.")
class TimelineDetail:
    """A name and a value."""

    name: str = strawberry.field(description="What it is.")
    value: str = strawberry.field(description="Its value as text.")


@strawberry.type(description="One thing that an act on an order changed (O15).")
class TimelineChange:
    """A value before and after."""

    name: str = strawberry.field(description="What changed, such as status.")
    before: str | None = strawberry.field(description="Its value before as text, or as JSON.")
    after: str | None = strawberry.field(description="Its value after as text, or as JSON.")


@strawberry.type(description="One thing that happened to an order, or is expected.")
class TimelineEntry:
    """An entry of an order's timeline."""

    told: strawberry.Private[Told]
    at: dt.datetime = strawberry.field(
        description="When; what has a day and no hour stands at the beginning of its day."
    )
    kind: TimelineKind = strawberry.field(description="What kind of thing.")
    title: str = strawberry.field(description="What, in the language asked for.")
    actor: str | None = strawberry.field(description="Who did it, where somebody did.")
    details: list[TimelineDetail] = strawberry.field(
        description="More about it.", metadata={SIZE: 1}
    )
    changes: list[TimelineChange] = strawberry.field(
        description="What an act on the order changed; a customer is told the outcome only.",
        metadata={SIZE: 2},
    )

    @classmethod
    def of(cls, told: Told, locale: Locale) -> "TimelineEntry":
        """An entry in a language."""
        return cls(
            told=told,
            at=told.at,
            kind=TimelineKind(told.kind),
            title=locale.pick(*told.title),
            actor=told.actor,
            details=[TimelineDetail(name=name, value=told.details[name]) for name in told.details],
            changes=[
                TimelineChange(name=each.name, before=each.before, after=each.after)
                for each in told.changes
            ],
        )

    @strawberry.field(description="The milestone it is about, if it is about one.")
    async def milestone(self, info: Info) -> Milestone | None:
        """Its milestone."""
        return await milestone_by_key(info.context, self.told.milestone_id)

    @strawberry.field(description="The shipment it is about, if it is about one.")
    async def shipment(self, info: Info) -> Shipment | None:
        """Its shipment."""
        return await shipment_by_key(info.context, self.told.shipment_id)

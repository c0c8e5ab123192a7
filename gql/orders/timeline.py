"""The story of one order, entry by entry."""

import datetime as dt
from collections.abc import Sequence

import strawberry

from domain.languages import Language
from domain.timeline import TimelineKind
from gql.connections import PageArguments, page_request
from gql.context import Info
from gql.limits import MAX_PAGE_SIZE, SIZE
from gql.milestones.types import Milestone, milestone_by_key
from gql.scalars import Money
from gql.shipments import Shipment, shipment_by_key
from persistence.paging import page_of
from services.timeline.entries import TimelineEntry as Entry
from services.timeline.words import label_of, text_of


@strawberry.type(description="One detail of a timeline entry.")
class TimelineDetail:
    """A name and a value, for programs and for people."""

    name: str = strawberry.field(description="What it is: a lasting name for programs.")
    value: str = strawberry.field(description="Its value as text: codes as the enums have them.")
    label: str = strawberry.field(description="What it is, in the language asked for.")
    text: str = strawberry.field(
        description="Its value for people: codes in words, in the language asked for."
    )


@strawberry.type(description="One thing that a command on an order changed (O15).")
class TimelineChange:
    """A value before and after, for programs and for people."""

    name: str = strawberry.field(description="What changed, such as status.")
    before: str | None = strawberry.field(description="Its value before as text, or as JSON.")
    after: str | None = strawberry.field(description="Its value after as text, or as JSON.")
    label: str = strawberry.field(description="What changed, in the language asked for.")
    text_before: str | None = strawberry.field(
        description="Its value before for people: codes in words."
    )
    text_after: str | None = strawberry.field(
        description="Its value after for people: codes in words."
    )


@strawberry.type(description="One thing that happened to an order, or is expected.")
class TimelineEntry:
    """An entry of an order's timeline."""

    entry: strawberry.Private[Entry]
    cursor: str = strawberry.field(
        description="Where it stands: for `after` and `before`. Lasts as long as the entry."
    )
    at: dt.datetime = strawberry.field(
        description="When. What has a day and no hour stands at the beginning of its day in the "
        "company's time zone; on the day on which the order came in, right after that."
    )
    is_all_day: bool = strawberry.field(
        description="Whether only the day is known, and the hour of `at` says nothing."
    )
    kind: TimelineKind = strawberry.field(description="What kind of thing.")
    title: str = strawberry.field(description="What, in the language asked for.")
    actor: str | None = strawberry.field(
        description="The login that did it or wrote it down; null where nobody did."
    )
    amount: Money | None = strawberry.field(
        description="The money that it is about, for those who may view funds."
    )
    details: list[TimelineDetail] = strawberry.field(
        description="More about it; a customer reads what is meant for customers.",
        metadata={SIZE: 1},
    )
    changes: list[TimelineChange] = strawberry.field(
        description="What a command on the order changed; a customer reads the outcome only.",
        metadata={SIZE: 2},
    )

    @classmethod
    def of(cls, entry: Entry, cursor: str, language: Language) -> "TimelineEntry":
        """An entry in a language."""

        def said(name: str, value: str | None) -> str | None:
            if value is None:
                return None
            return language.pick(*entry.texts.get(name, text_of(name, value)))

        return cls(
            entry=entry,
            cursor=cursor,
            at=entry.at,
            is_all_day=entry.is_all_day,
            kind=entry.kind,
            title=language.pick(*entry.title),
            actor=entry.actor,
            amount=None if entry.amount is None else Money.of(*entry.amount),
            details=[
                TimelineDetail(
                    name=name,
                    value=value,
                    label=language.pick(*label_of(name)),
                    text=said(name, value) or "",
                )
                for name, value in entry.details.items()
            ],
            changes=[
                TimelineChange(
                    name=each.name,
                    before=each.before,
                    after=each.after,
                    label=language.pick(*label_of(each.name)),
                    text_before=said(each.name, each.before),
                    text_after=said(each.name, each.after),
                )
                for each in entry.changes
            ],
        )

    @strawberry.field(description="The milestone it is about, if it is about one.")
    async def milestone(self, info: Info) -> Milestone | None:
        """Its milestone."""
        return await milestone_by_key(info.context, self.entry.milestone_id)

    @strawberry.field(description="The shipment it is about, if it is about one.")
    async def shipment(self, info: Info) -> Shipment | None:
        """Its shipment."""
        return await shipment_by_key(info.context, self.entry.shipment_id)


def paged_timeline(
    entries: Sequence[Entry], page: PageArguments, language: Language
) -> list[TimelineEntry]:
    """The entries asked for, the oldest first: the last 200 where nothing is said."""
    if page.first is None and page.last is None:
        size = {"first": MAX_PAGE_SIZE} if page.after is not None else {"last": MAX_PAGE_SIZE}
        page = PageArguments(**size, after=page.after, before=page.before)
    found = page_of(entries, lambda entry: entry.key, page_request(page))
    return [
        TimelineEntry.of(entry, cursor, language)
        for entry, cursor in zip(found.rows, found.cursors, strict=True)
    ]

"""Relay connections over keyset pages."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Protocol, TypeAlias, TypeVar

import strawberry

from domain.errors import InvalidInput
from domain.messages import msg
from domain.roles import Action
from gql.context import Info
from gql.limits import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from gql.permissions import Needs
from persistence.paging import Page, PageRequest

T = TypeVar("T")
Question = TypeVar("Question")
Row = TypeVar("Row")

First: TypeAlias = Annotated[
    int | None,
    strawberry.argument(description="How many from the start, or after `after`; 200 at most."),
]
After: TypeAlias = Annotated[
    str | None, strawberry.argument(description="Only what comes after this cursor.")
]
Last: TypeAlias = Annotated[
    int | None,
    strawberry.argument(description="How many from the end, or before `before`; 200 at most."),
]
Before: TypeAlias = Annotated[
    str | None, strawberry.argument(description="Only what comes before this cursor.")
]


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Cursors of a page's ends, and whether there is more beyond them."""

    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(
        description="Whether there is more before this page."
    )
    start_cursor: str | None = strawberry.field(description="The cursor of the first object.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last object.")


@strawberry.type(description="An object of a list, with its cursor.")
class Edge(Generic[T]):
    """One object and where it stands."""

    cursor: str = strawberry.field(description="Where this object stands in the list.")
    node: T = strawberry.field(description="The object.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    """A page; the total is counted only when asked for."""

    count: strawberry.Private[Callable[[], Awaitable[int]]]
    edges: list[Edge[T]] = strawberry.field(description="The objects with their cursors.")
    nodes: list[T] = strawberry.field(description="The objects alone.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")

    @strawberry.field(description="How many there are in all; counted only when selected.")
    async def total_count(self) -> int:
        """All objects of the list, not only of this page."""
        return await self.count()


@dataclass(frozen=True)
class PageArguments:
    """The four arguments of a connection as they came."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


def page_request(arguments: PageArguments) -> PageRequest:
    """The page asked for; a sentence for the client when it cannot be."""
    first, last = arguments.first, arguments.last
    if first is not None and last is not None:
        raise InvalidInput(msg("lists.FIRST_OR_LAST"), field="first")
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= MAX_PAGE_SIZE:
            raise InvalidInput(msg("lists.PAGE_SIZE", name=name, most=MAX_PAGE_SIZE), field=name)
    if last is not None:
        return PageRequest(last, arguments.after, arguments.before, from_end=True)
    size = DEFAULT_PAGE_SIZE if first is None else first
    return PageRequest(size, arguments.after, arguments.before)


def connection(
    page: Page[Row], wrap: Callable[[Row], T], count: Callable[[], Awaitable[int]]
) -> Any:
    """A page of rows as a connection of objects.

    Any: Strawberry makes one class per type of object, which typing cannot follow.
    """
    nodes = [wrap(row) for row in page.rows]
    return Connection(
        count=count,
        edges=[
            Edge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)
        ],
        nodes=nodes,
        page_info=_page_info(page.cursors, page.has_next, page.has_previous),
    )


async def listed(
    info: Info,
    ask: Callable[[Any, Question, PageRequest], Awaitable[Page[Row]]],
    count: Callable[[Any, Question], Awaitable[int]],
    question: Question,
    page: PageArguments,
    wrap: Callable[[Row], T],
) -> Any:
    """A root list: one page of what a question finds, in a transaction of its own."""
    request = page_request(page)
    async with info.context.uow() as uow:
        found = await ask(uow.session, question, request)

    async def total() -> int:
        async with info.context.uow() as uow:
            return await count(uow.session, question)

    return connection(found, wrap, total)


async def nested(
    info: Info,
    ask: Callable[[Any, Sequence[int], PageRequest], Awaitable[dict[int, Page[Row]]]],
    count: Callable[[Any, Sequence[int]], Awaitable[dict[int, int]]],
    parent: int,
    page: PageArguments,
    wrap: Callable[[Row], T],
) -> Any:
    """A list within an object: parents asked together cost one statement."""
    load = info.context.load
    found = await load.page(ask, page_request(page), parent)
    return connection(found, wrap, lambda: load.count(count, parent))


class Narrows(Protocol):
    """An input that narrows a list."""

    def question(self) -> Any:
        """The question to the database."""


def listing(
    kind: Any,
    description: str,
    action: Action,
    ask: Callable[[Any, Any, PageRequest], Awaitable[Page[Any]]],
    count: Callable[[Any, Any], Awaitable[int]],
    narrowing: type[Narrows] | None = None,
    *,
    argument: str = "Which ones.",
) -> Any:
    """A root field that lists the objects of a type page by page.

    action: what it needs. narrowing: the input of its `filter`, which knows the question to the
    database.
    """

    async def resolve(
        self: Any,
        info: Info,
        filter: Any = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Any:
        wanted = filter or (None if narrowing is None else narrowing())
        page = PageArguments(first, after, last, before)
        return await listed(
            info, ask, count, None if wanted is None else wanted.question(), page, kind.of
        )

    async def resolve_all(
        self: Any,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Any:
        return await resolve(self, info, None, first, after, last, before)

    resolver: Any = resolve_all
    if narrowing is not None:
        resolver = resolve
        asked: Any = narrowing | None
        resolver.__annotations__["filter"] = Annotated[
            asked, strawberry.argument(description=argument)
        ]
    resolver.__annotations__["return"] = Connection[kind]
    return strawberry.field(resolver=resolver, description=description, extensions=[Needs(action)])


def pages(
    kind: Any,
    description: str,
    ask: Callable[[Any, Sequence[int], PageRequest], Awaitable[dict[int, Page[Any]]]],
    count: Callable[[Any, Sequence[int]], Awaitable[dict[int, int]]],
    *,
    made: Callable[[Any], Any] | None = None,
) -> Any:
    """A field of an object that lists what belongs to it page by page.

    made: makes an object of a row, where that is not the type's own `of`.
    """

    async def resolve(
        self: Any,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Any:
        page = PageArguments(first, after, last, before)
        return await nested(info, ask, count, self.row.id, page, made or kind.of)

    resolve.__annotations__["return"] = Connection[kind]
    return strawberry.field(resolver=resolve, description=description)


def _page_info(cursors: Sequence[str], has_next: bool, has_previous: bool) -> PageInfo:
    return PageInfo(
        has_next_page=has_next,
        has_previous_page=has_previous,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )

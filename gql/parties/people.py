"""People who may act, and their roles."""

from decimal import Decimal
from typing import Annotated, Any

import strawberry

from domain import limits
from domain.roles import Action, Role
from gql.connections import After, Before, Connection, First, Last, PageArguments, listed
from gql.context import Info, RequestContext
from gql.input_changes import Narrowing, asked, changing, given
from gql.input_limits import at_most
from gql.mutations import KEY, REFUSALS, UserError, act_once
from gql.nodes import Node, findable, global_id
from gql.parties.types import Customer, Region, customer_by_key, region_by_key
from gql.permissions import Needs
from persistence.parties import people as queries
from persistence.tables import PersonRow
from persistence.unit_of_work import UnitOfWork
from services.parties.people import SavePerson, save_person


@strawberry.type(description="Somebody, or a service, who may act (P1).")
class Person(Node):
    """A person."""

    row: strawberry.Private[PersonRow]
    subject: str = strawberry.field(description="The lasting name that history shows.")
    name: str = strawberry.field(description="The name for people.")
    is_active: bool = strawberry.field(description="Whether the person is let in.")
    guarantee_quota: Decimal | None = strawberry.field(
        description="How much the person may guarantee in all, in the company's currency (F2)."
    )
    version: int = strawberry.field(description="Counts its changes.")

    @classmethod
    def of(cls, row: PersonRow) -> "Person":
        """The person of a row."""
        return cls(
            id=global_id("Person", row.id),
            row=row,
            subject=row.subject,
            name=row.name,
            is_active=row.active,
            guarantee_quota=row.guarantee_quota,
            version=row.version,
        )

    @strawberry.field(description="The roles held now.")
    async def roles(self, info: Info) -> list[Role]:
        """Its roles."""
        return [Role(role) for role in await info.context.load.roles.load(self.row.id)]

    @strawberry.field(description="The customer whose login it is, if it is one.")
    async def customer(self, info: Info) -> Customer | None:
        """Its customer."""
        return await customer_by_key(info.context, self.row.customer_id)

    @strawberry.field(description="The region that the person manages, if one is set.")
    async def region(self, info: Info) -> Region | None:
        """Its region."""
        return await region_by_key(info.context, self.row.region_id)


@strawberry.input(description="Which people to list; what is left out or empty does not narrow.")
class PersonFilter(Narrowing):
    """A question about people."""

    role: Role | None = strawberry.field(default=None, description="Only those who hold this role.")
    is_active: bool | None = strawberry.field(
        default=None, description="Only those let in, or only those shut out."
    )


@strawberry.input(description="Somebody new.")
class PersonAddInput:
    """A person to add."""

    subject: str = strawberry.field(
        description="The lasting name, such as an e-mail address.", metadata=at_most(limits.NAME)
    )
    name: str | None = strawberry.field(
        default=None, description="The name for people.", metadata=at_most(limits.NAME)
    )
    roles: list[Role] = strawberry.field(description="The roles; CUSTOMER stands alone.")
    customer: str | None = strawberry.field(
        default=None, description="Whose login it is, by code; for the role CUSTOMER."
    )
    region: str | None = strawberry.field(
        default=None, description="Whose region it is, by code; for a region manager."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What changes about a person; what is left out stays.")
class PersonUpdateInput:
    """A person to change."""

    subject: str = strawberry.field(description="Who.")
    name: str | None = changing(
        "Another name for people.", null=None, metadata=at_most(limits.NAME)
    )
    roles: list[Role] | None = changing(
        "The roles held from now on, in place of the earlier ones.", null=None
    )
    region: str | None = changing(
        "Whose region it is, by code; for a region manager.", null="the manager of no region"
    )
    is_active: bool | None = changing(
        "False shuts the person out, true lets the person in again.", null=None
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refused when the person has another version by now."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="The person, or why nothing was changed.")
class PersonPayload:
    """The answer to `personAdd` and `personUpdate`."""

    person: Person | None = strawberry.field(description="The person.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type
class PeopleQueries:
    """Root fields about people."""

    @strawberry.field(
        description="People, by subject (P1).", extensions=[Needs(Action.VIEW_PEOPLE)]
    )
    async def people(
        self,
        info: Info,
        filter: Annotated[PersonFilter | None, strawberry.argument(description="Which.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Person]:
        """A page of people."""
        wanted = filter or PersonFilter()
        found: Connection[Person] = await listed(
            info,
            queries.people,
            queries.count_people,
            queries.PeopleQuestion(wanted.role, wanted.is_active),
            PageArguments(first, after, last, before),
            Person.of,
        )
        return found

    @strawberry.field(
        description="A person by subject; null when there is none.",
        extensions=[Needs(Action.VIEW_PEOPLE)],
    )
    async def person(
        self,
        info: Info,
        subject: Annotated[str, strawberry.argument(description="The lasting name.")],
    ) -> Person | None:
        """One person."""
        row = await info.context.load.person_by_subject.load(subject)
        return None if row is None else Person.of(row)


@strawberry.type
class PeopleMutations:
    """Root fields that change people."""

    @strawberry.mutation(
        description="ADMIN adds a person with roles (P1).",
        extensions=[Needs(Action.MANAGE_PEOPLE)],
    )
    async def person_add(
        self,
        info: Info,
        input: Annotated[PersonAddInput, strawberry.argument(description="Who.")],
    ) -> PersonPayload:
        """Add a person."""
        command = SavePerson(
            input.subject,
            input.name,
            [*input.roles],
            input.customer,
            region=input.region,
            is_new=True,
        )
        return await _keep(info, "personAdd", command, input.idempotency_key)

    @strawberry.mutation(
        description="ADMIN changes a person's name, roles or region, shuts it out or in (P1).",
        extensions=[Needs(Action.MANAGE_PEOPLE)],
    )
    async def person_update(
        self,
        info: Info,
        input: Annotated[PersonUpdateInput, strawberry.argument(description="What changes.")],
    ) -> PersonPayload:
        """Change a person."""
        command = SavePerson(
            input.subject,
            given(input.name),
            [*input.roles] if input.roles else None,
            active=given(input.is_active),
            region=asked(input.region),
            is_new=False,
            expected_version=input.expected_version,
        )
        return await _keep(info, "personUpdate", command, input.idempotency_key)


async def _keep(info: Info, mutation: str, command: SavePerson, key: str | None) -> PersonPayload:
    async def act(uow: UnitOfWork) -> dict[str, Any]:
        await save_person(command, uow)
        return {"subject": command.subject}

    outcome, refusals = await act_once(info, mutation, key, command, act)
    row = None
    if outcome:
        row = await info.context.load.person_by_subject.load(outcome["subject"])
    return PersonPayload(person=None if row is None else Person.of(row), user_errors=refusals)


async def person_by_key(context: RequestContext, key: int | None) -> Person | None:
    """The person of a key, where there is one that may be seen."""
    row = None if key is None else await context.load.person.load(key)
    return None if row is None else Person.of(row)


findable(Person, Action.VIEW_PEOPLE, person_by_key)

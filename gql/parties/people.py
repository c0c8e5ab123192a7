"""People who may act, and their roles."""

from decimal import Decimal
from typing import Annotated

import strawberry

from domain.languages import Language
from domain.parties.people import AddPerson, UpdatePerson
from domain.roles import Action, Role
from gql import contract
from gql.connections import listing
from gql.context import Info
from gql.input_changes import Narrowing
from gql.mutations import REFUSALS, UserError
from gql.nodes import Node, findable, found_by, global_id, related
from gql.parties.types import Customer, Region, customer_by_key, region_by_key
from gql.permissions import Needs
from persistence.parties import people as queries
from persistence.tables import PersonRow
from services.parties.people import add_person, update_person


@strawberry.type(description="A person, or a service, who may act (P1).")
class Person(Node):
    """A person."""

    row: strawberry.Private[PersonRow]
    subject: str = strawberry.field(description="The lasting name that history shows.")
    name: str = strawberry.field(description="The name for people.")
    is_active: bool = strawberry.field(description="Whether the person is let in.")
    language: Language | None = strawberry.field(
        description="What the person is answered in where a request names no language; "
        "null: as the company."
    )
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
            language=row.language,
            guarantee_quota=row.guarantee_quota,
            version=row.version,
        )

    @strawberry.field(description="The roles held now.")
    async def roles(self, info: Info) -> list[Role]:
        """Its roles."""
        return [Role(role) for role in await info.context.load.roles.load(self.row.id)]

    customer = related(
        Customer | None,
        "The customer whose login it is, if it is one.",
        customer_by_key,
        "customer_id",
    )
    region = related(
        Region | None,
        "The region that the person manages, if one is set.",
        region_by_key,
        "region_id",
    )


person_by_key = found_by(Person.of, lambda load: load.person)


@strawberry.input(description="Which people to list; what is left out or empty does not narrow.")
class PersonFilter(Narrowing):
    """A question about people."""

    role: Role | None = strawberry.field(default=None, description="Only those who hold this role.")
    is_active: bool | None = strawberry.field(
        default=None, description="Only those let in, or only those shut out."
    )

    def question(self) -> queries.PeopleQuestion:
        """The question to the database."""
        return queries.PeopleQuestion(self.role, self.is_active)


@strawberry.type(description="The person, or why nothing was changed.")
class PersonPayload:
    """The answer to `personAdd` and `personUpdate`."""

    person: Person | None = strawberry.field(description="The person.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type
class PeopleQueries:
    """Root fields about people."""

    people = listing(
        Person,
        "People, by subject (P1).",
        Action.VIEW_PEOPLE,
        queries.people,
        queries.count_people,
        PersonFilter,
        argument="Which.",
    )

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


_mutation = contract.answered_with(PersonPayload, "person", person_by_key)


@strawberry.type
class PeopleMutations:
    """Root fields that change people."""

    person_add = _mutation(AddPerson, add_person, "Who.")
    person_update = _mutation(UpdatePerson, update_person, "What changes.")


findable(Person, Action.VIEW_PEOPLE, person_by_key)

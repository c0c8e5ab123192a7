"""People are added, given roles, shut out and let in again: facts in, facts out (P1)."""

from dataclasses import dataclass, replace

from domain.commands import changing, command, described
from domain.errors import InvalidInput, WrongState
from domain.languages import Language
from domain.limits import NAME, Text
from domain.messages import msg
from domain.objections import refuse
from domain.roles import Action, Role, object_to_roles, object_to_subject
from domain.unchanged import UNCHANGED, Unchanged, changed


@dataclass(frozen=True, slots=True)
class Person:
    """Who a person is, and what the person may do.

    customer: the code of the customer whose login it is. region: whose region it is, by code.
    language: what the person is answered in; none: as the company.
    """

    subject: str
    name: str
    roles: tuple[Role, ...]
    customer: str | None = None
    region: str | None = None
    active: bool = True
    language: Language | None = None

    @property
    def administers(self) -> bool:
        """Whether the person may give roles to others."""
        return self.active and Role.ADMIN in self.roles


@command(
    "personAdd",
    Action.MANAGE_PEOPLE,
    subject="Person",
    title=("Add a person", "新增人员"),
    history=("Person added", "已新增人员"),
    input_description="A new person.",
)
class AddPerson:
    """ADMIN adds a person with roles (P1)."""

    subject: str = described("The lasting name, such as an e-mail address.", limit=Text(NAME))
    name: str | None = described(
        "The name for people.", default=None, limit=Text(NAME), kw_only=True
    )
    roles: tuple[Role, ...] = described("The roles; CUSTOMER stands alone.")
    customer: str | None = described(
        "Whose login it is, by code; for the role CUSTOMER.", default=None
    )
    region: str | None = described(
        "Whose region it is, by code; for a region manager.", default=None
    )
    language: Language | None = described(
        "What the person is answered in where a request names no language; none = as the company.",
        default=None,
    )

    def effect(self, known: Person | None) -> Person:
        """The new person. Raises InvalidInput, also where that person is known."""
        refuse(repr(self.subject), object_to_subject(self.subject), "subject")
        if known is not None:
            raise InvalidInput(msg("people.TAKEN", subject=self.subject), field="subject")
        return Person(
            self.subject,
            _name(self.subject if self.name is None else self.name),
            _roles(self.roles, self.customer),
            self.customer,
            self.region,
            language=self.language,
        )


@command(
    "personUpdate",
    Action.MANAGE_PEOPLE,
    subject="Person",
    title=("Change a person", "修改人员信息"),
    history=("Person changed", "已修改人员信息"),
    input_description="What changes about a person; what is left out stays.",
)
class UpdatePerson:
    """ADMIN changes a person's name, roles or region, shuts it out or in (P1).

    customer: the shell names it again; a login stays its customer's.
    """

    subject: str = described("Who.")
    name: str | None = changing(
        "Another name for people.", null=None, default=None, limit=Text(NAME)
    )
    roles: tuple[Role, ...] | None = changing(
        "The roles held from now on, in place of the earlier ones.", null=None, default=None
    )
    region: str | Unchanged | None = changing(
        "Whose region it is, by code; for a region manager.",
        null="the manager of no region",
        default=UNCHANGED,
    )
    language: Language | Unchanged | None = changing(
        "What the person is answered in where a request names no language.",
        null="the company's",
        default=UNCHANGED,
    )
    active: bool | None = changing(
        "False shuts the person out, true lets the person in again.",
        null=None,
        default=None,
        name="isActive",
    )
    expected_version: int | None = described(
        "Refused when the person has another version by now.", default=None
    )
    customer: str | None = None

    def effect(self, known: Person) -> Person:
        """The person after it. Raises InvalidInput."""
        if self.customer not in (None, known.customer):
            raise InvalidInput(msg("people.OTHER_CUSTOMER", subject=self.subject), field="customer")
        return replace(
            known,
            name=known.name if self.name is None else _name(self.name),
            roles=known.roles if self.roles is None else _roles(self.roles, known.customer),
            region=changed(self.region, known.region),
            language=changed(self.language, known.language),
            active=known.active if self.active is None else self.active,
        )


def _name(name: str) -> str:
    said = name.strip()
    if not 1 <= len(said) <= NAME:
        raise InvalidInput(msg("values.NAME_1_200"), field="name")
    return said


def _roles(roles: tuple[Role, ...], customer: str | None) -> tuple[Role, ...]:
    objection = object_to_roles(roles, of_customer=customer is not None)
    refuse(", ".join(roles) or msg("people.THE_ROLES"), objection, "roles")
    return tuple(sorted(set(roles)))


def an_administrator_is_left(before: Person, after: Person, others: int) -> None:
    """The last administrator stays one (P1). Raises WrongState.

    others: how many others administer.
    """
    if before.administers and not after.administers and others == 0:
        raise WrongState(msg("people.LAST_ADMINISTRATOR"))

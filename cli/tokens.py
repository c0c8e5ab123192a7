"""`apportion token` and `apportion user`: who may ask the API, and with what."""

import asyncio
import datetime as dt
import re
from typing import Annotated, Literal

import typer

from cli.database import open_named
from cli.language import Speaker
from cli.roles import PersonsRoles, ServiceRoles
from domain.errors import DomainError, InvalidInput
from domain.languages import Language
from domain.messages import msg
from domain.parties.people import AddPerson, UpdatePerson
from domain.principals import SYSTEM
from domain.roles import Role
from domain.unchanged import UNCHANGED, Unchanged, changed
from services.settings import Settings

BAD_USAGE = 2
LONGEST_TTL = dt.timedelta(days=366)
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def token(
    user: Annotated[
        str | None,
        typer.Option("--user", help="A person; without it the token is a service's."),
    ] = None,
    role: ServiceRoles = None,
    customer: Annotated[
        str | None,
        typer.Option("--customer", help="The customer, by code, for the role CUSTOMER."),
    ] = None,
    ttl: Annotated[
        str, typer.Option("--ttl", help="How long it holds, such as 30m, 8h or 7d.")
    ] = "8h",
) -> None:
    """Print a bearer token."""
    if user is not None and (role or customer):
        raise typer.BadParameter(Speaker().text(msg("cli.ONLY_USER")))
    if user is None and not role and customer is None:
        raise typer.BadParameter(Speaker().text(msg("cli.USER_OR_ROLE")))
    roles = role or [Role.CUSTOMER]
    try:
        printed = asyncio.run(_token(user, roles, customer, duration(ttl)))
    except DomainError as error:
        typer.echo(Speaker().text(error.message), err=True)
        raise typer.Exit(BAD_USAGE) from error
    typer.echo(printed)


def user(
    subject: Annotated[str, typer.Argument(help="The person's lasting name, such as an e-mail.")],
    name: Annotated[str | None, typer.Option("--name", help="The name for people.")] = None,
    role: PersonsRoles = None,
    customer: Annotated[
        str | None, typer.Option("--customer", help="Whose login it is, by code.")
    ] = None,
    language: Annotated[
        Literal["en", "zh", "none"] | None,
        typer.Option("--language", help="What the person is answered in; none: as the company."),
    ] = None,
    active: Annotated[
        bool | None, typer.Option("--active/--inactive", help="Let in, or shut out.")
    ] = None,
) -> None:
    """Add a person, or change one."""
    changes = UpdatePerson(
        subject,
        name,
        tuple(role) if role else None,
        language=_spoken(language),
        active=active,
        customer=customer,
    )
    try:
        new = asyncio.run(_add_or_change(changes))
    except DomainError as error:
        typer.echo(Speaker().text(error.message), err=True)
        raise typer.Exit(BAD_USAGE) from error
    done = msg("cli.ADDED", subject=subject) if new else msg("cli.CHANGED", subject=subject)
    typer.echo(Speaker().text(done))


def _spoken(code: str | None) -> Language | Unchanged | None:
    if code is None:
        return UNCHANGED
    return None if code == "none" else Language(code)


def duration(text: str) -> dt.timedelta:
    """A length of time such as 30m, 8h or 7d; a year at most."""
    found = re.fullmatch(r"([1-9][0-9]{0,8})([smhd])", text)
    if found is None:
        raise typer.BadParameter(Speaker().text(msg("cli.NO_LENGTH_OF_TIME", text=text)))
    length = dt.timedelta(seconds=int(found[1]) * _UNITS[found[2]])
    if length > LONGEST_TTL:
        raise typer.BadParameter(Speaker().text(msg("cli.TOKEN_A_YEAR")))
    return length


async def _token(
    user: str | None, roles: list[Role], customer: str | None, ttl: dt.timedelta
) -> str:
    from services.tokens import Tokens

    async with open_named(Settings()) as deps:
        tokens, now = Tokens(deps.secret), deps.clock()
        if user is None and customer is None:
            return tokens.mint_for_service(roles, now=now, ttl=ttl)
        # The tables take half a second to load; a service's token asks none of them.
        from persistence.parties.queries import person_by_subject
        from services.parties.references import customer_key

        async with deps.unit_of_work(SYSTEM) as uow:
            if user is not None:
                person = await person_by_subject(uow.session, user)
                if person is None or not person.active:
                    raise InvalidInput(msg("cli.NO_ACTIVE_PERSON", user=user))
                return tokens.mint_for_person(person.subject, now=now, ttl=ttl)
            customer_id = await customer_key(uow, customer)
        return tokens.mint_for_service(roles, now=now, ttl=ttl, customer_id=customer_id)


async def _add_or_change(changes: UpdatePerson) -> bool:
    """Change a person, or add who is not there yet; whether it is a new one."""
    from persistence.parties.queries import person_by_subject
    from services.parties.people import add_person, update_person

    async with (
        open_named(Settings()) as deps,
        deps.unit_of_work(SYSTEM) as uow,
    ):
        if await person_by_subject(uow.session, changes.subject) is not None:
            await update_person(changes, uow)
            return False
        new = AddPerson(
            changes.subject,
            changes.roles or (),
            changes.customer,
            language=changed(changes.language, None),
            name=changes.name,
        )
        await add_person(new, uow)
        if changes.active is False:
            await update_person(UpdatePerson(changes.subject, active=False), uow)
        return True

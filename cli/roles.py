"""Roles as a person types them."""

import difflib
from typing import Annotated

import typer

from cli.language import Speaker
from domain.roles import Role


def role_of(text: str) -> Role:
    """The role of this name. Raises BadParameter, with the name that may have been meant."""
    if text in Role.__members__:
        return Role[text]
    near = difflib.get_close_matches(text.upper().replace("-", "_"), Role.__members__, n=1)
    # Loaded where something is wrong: help waits for no catalogue.
    from domain.messages import msg

    remedy = msg("cli.MEANT_ROLE", role=near[0]) if near else msg("cli.ROLES_LISTED")
    raise typer.BadParameter(Speaker().text(msg("cli.NO_ROLE", role=text[:40], remedy=remedy)))


def roles_option(help_text: str) -> object:
    """The option --role, repeatable."""
    return typer.Option("--role", parser=role_of, metavar="ROLE", help=help_text)


ServiceRoles = Annotated[list[Role] | None, roles_option("A service's role; repeatable.")]
PersonsRoles = Annotated[
    list[Role] | None, roles_option("A role; repeatable; replaces the roles held so far.")
]

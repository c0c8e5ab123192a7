"""Roles as a person types them."""

import difflib
from typing import Annotated

import typer

from domain.roles import Role


def role_of(text: str) -> Role:
    """The role of this name. Raises BadParameter, with the name that may have been meant."""
    if text in Role.__members__:
        return Role[text]
    near = difflib.get_close_matches(text.upper().replace("-", "_"), Role.__members__, n=1)
    remedy = (
        f"did you mean {near[0]}?"
        if near
        else "`apportion schema` lists the roles, as the values of RoleName."
    )
    raise typer.BadParameter(f"There is no role {text[:40]!r}; {remedy}")


def roles_option(help_text: str) -> object:
    """The option --role, repeatable."""
    return typer.Option("--role", parser=role_of, metavar="ROLE", help=help_text)


ServiceRoles = Annotated[list[Role] | None, roles_option("A service's role; repeatable.")]
PersonsRoles = Annotated[
    list[Role] | None, roles_option("A role; repeatable; replaces the roles held so far.")
]

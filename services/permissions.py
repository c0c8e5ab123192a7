"""Who may do what, asked at the use case, so that the API, the shell and jobs share one answer."""

from collections.abc import Iterable

from domain import roles
from domain.errors import NotAllowed
from domain.principals import Principal
from domain.roles import Action


def require(principal: Principal, action: Action) -> None:
    """Refuse an action that none of the principal's roles allows (P1). Raises NotAllowed."""
    roles.require(principal, action)


def require_department(principal: Principal, owner_role: str, doing: str) -> None:
    """Refuse who neither is the owner, nor stands in for it, nor may work on anything.

    doing: what is refused, as in "None of your roles may ...". Raises NotAllowed.
    """
    require_a_department(principal, (owner_role,), doing)


def require_a_department(principal: Principal, owner_roles: Iterable[str], doing: str) -> None:
    """Refuse who is none of the owners, nor stands in for one, nor may work on anything."""
    if not roles.may(principal, Action.WORK_ANY_MILESTONE) and not any(
        roles.may_act_as(principal, role) for role in owner_roles
    ):
        raise NotAllowed(doing)

"""Who may do what (P1)."""

import pytest

from domain.errors import NotAllowed
from domain.principals import SYSTEM, Principal
from domain.roles import MAY, Action, Role, may, require


def holding(*roles: Role, customer_id: int | None = None) -> Principal:
    return Principal("somebody", frozenset(roles), customer_id)


@pytest.mark.parametrize(
    ("role", "action", "allowed"),
    [
        (Role.WAREHOUSE, Action.RECEIVE_GOODS, True),
        (Role.WAREHOUSE, Action.REQUEST_ALLOCATION, False),
        (Role.PLANNING, Action.REQUEST_ALLOCATION, True),
        (Role.PRODUCT, Action.PLAN_SCENARIOS, True),
        (Role.FINANCE, Action.VIEW_FUNDS, True),
        (Role.ENGINEERING, Action.VIEW_FUNDS, False),
        (Role.ANALYST, Action.VIEW_KPIS, True),
        (Role.CUSTOMER, Action.VIEW_ORDERS, True),
        (Role.CUSTOMER, Action.VIEW_SUPPLY, False),
        (Role.CUSTOMER, Action.VIEW_KPIS, False),
    ],
)
def test_the_table_decides(role: Role, action: Action, allowed: bool) -> None:
    """P1: one table, role x action."""
    assert may(holding(role), action) is allowed


def test_one_of_several_roles_is_enough() -> None:
    """P1: a person may hold several roles."""
    assert may(holding(Role.LEGAL, Role.WAREHOUSE), Action.RECEIVE_GOODS)


def test_without_a_role_nothing_is_allowed() -> None:
    assert not any(may(holding(), action) for action in Action)


def test_a_customers_login_gains_nothing_by_other_roles() -> None:
    """P1: it sees its own orders and nothing else."""
    mixed = holding(Role.CUSTOMER, Role.ADMIN, customer_id=1)
    assert {action for action in Action if may(mixed, action)} == {
        action for action, roles in MAY.items() if Role.CUSTOMER in roles
    }
    assert not mixed.sees_all


def test_the_system_may_do_everything() -> None:
    assert all(may(SYSTEM, action) for action in Action)


def test_a_refusal_says_what_was_not_allowed() -> None:
    with pytest.raises(NotAllowed, match="None of your roles may record a goods receipt"):
        require(holding(Role.SALES), Action.RECEIVE_GOODS)

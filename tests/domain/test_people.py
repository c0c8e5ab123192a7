"""People as facts: what a command makes of them, and what the rules refuse (P1)."""

import pytest

from domain.errors import InvalidInput, WrongState
from domain.parties.people import (
    AddPerson,
    Person,
    UpdatePerson,
    an_administrator_is_left,
)
from domain.roles import Role

LI = Person("li", "Li Na", (Role.FINANCE,), region="airport")


def test_a_new_person_bears_the_subject_as_name_and_each_role_once() -> None:
    """P1: roles in one order, however they were given."""
    asked = AddPerson("li", (Role.SALES, Role.FINANCE, Role.SALES), region="airport")
    assert asked.effect(None) == Person(
        "li", "li", (Role.FINANCE, Role.SALES), region="airport", active=True
    )
    with pytest.raises(InvalidInput, match="There is a person 'li' already"):
        asked.effect(LI)


def test_what_a_change_leaves_out_stays() -> None:
    """P1: a region is taken away by saying so, everything else only by another value."""
    assert UpdatePerson("li").effect(LI) == LI
    asked = UpdatePerson("li", name=" Li ", roles=(Role.LEGAL,), region=None, active=False)
    assert asked.effect(LI) == Person("li", "Li", (Role.LEGAL,), active=False)


def test_the_last_who_administers_stays() -> None:
    """P1: shut out, or without the role, another administrator must be left."""
    ann = Person("ann", "Ann", (Role.ADMIN,))
    for asked in (UpdatePerson("ann", active=False), UpdatePerson("ann", roles=(Role.SALES,))):
        after = asked.effect(ann)
        an_administrator_is_left(ann, after, others=1)
        with pytest.raises(WrongState, match="Nobody would be left"):
            an_administrator_is_left(ann, after, others=0)
    an_administrator_is_left(ann, UpdatePerson("ann", name="Anna").effect(ann), others=0)

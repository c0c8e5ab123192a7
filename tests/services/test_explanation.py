"""Why a claim of a committed run got what it got, on the tiny company of `tests.world`."""

import dataclasses

import pytest
from sqlalchemy import select

from domain.errors import NotFound, WrongState
from domain.principals import SYSTEM, Principal
from domain.roles import Role
from persistence.tables import AllocationRunRow, CustomerRow
from services.allocation.explanation import explained, line_to_explain
from services.bootstrap import Dependencies
from tests.gql.company import shared_out

pytestmark = pytest.mark.usefixtures("tiny_company")


async def customer(deps: Dependencies, code: str) -> Principal:
    """The login of a customer."""
    async with deps.unit_of_work(SYSTEM) as uow:
        key = await uow.session.scalar(select(CustomerRow.id).where(CustomerRow.code == code))
    return Principal(code, frozenset({Role.CUSTOMER}), key)


async def test_a_line_short_of_money_has_how_much_gives_how_much(deps: Dependencies) -> None:
    """A9: F2 wants three tees at 10.00 and has no funds; one more pays one, three pay all."""
    run_id = await shared_out(deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        line = await line_to_explain(run_id, "L:O2/0001", uow)
    found = await explained(line)
    assert (found.wanted, found.given, found.reasons) == (3, 0, ("FUNDS",))
    assert [(one.claim_id, one.outlet, one.units) for one in found.winners] == [
        ("L:O1/0001", "F1", 4)
    ]
    assert [(one.what, one.subject, one.gives, one.fills) for one in found.changes] == [
        ("FUNDS", "F2", 1, False),
        ("FUNDS", "F2", 3, True),
    ]


async def test_a_customer_reads_its_own_claim_without_the_names_of_others(
    deps: Dependencies,
) -> None:
    """P1: the quantities stay, the claim and outlet of others do not."""
    run_id = await shared_out(deps)
    async with deps.unit_of_work(await customer(deps, "F2")) as uow:
        line = await line_to_explain(run_id, "L:O2/0001", uow)
        # The transaction is the customer's again: the run itself stays hidden.
        assert list(await uow.session.scalars(select(AllocationRunRow.id))) == []
    found = await explained(line)
    assert [(one.claim_id, one.outlet, one.units) for one in found.winners] == [("", "", 4)]
    assert "F1" not in str(dataclasses.asdict(found))
    assert "O1" not in str(dataclasses.asdict(found))


async def test_a_customer_gets_no_explanation_of_another_ones_claim(deps: Dependencies) -> None:
    """P1: not even whether there is such a claim."""
    run_id = await shared_out(deps)
    for claim in ("L:O1/0001", "L:nobody"):
        async with deps.unit_of_work(await customer(deps, "F2")) as uow:
            with pytest.raises(NotFound):
                await line_to_explain(run_id, claim, uow)


async def test_a_plan_that_comes_out_otherwise_is_not_explained(deps: Dependencies) -> None:
    """A9: an explanation of another plan would be worse than none."""
    run_id = await shared_out(deps)
    async with deps.unit_of_work(SYSTEM) as uow:
        line = await line_to_explain(run_id, "L:O1/0001", uow)
    with pytest.raises(WrongState, match="was given 3 units; this version gives 4"):
        await explained(dataclasses.replace(line, units=3))

"""Random acts on orders in the database: the rules' word is kept there too (O15)."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import NotAllowed, NotFound
from domain.orders.entries import Line
from domain.orders.refusals import OrderRefused
from domain.orders.state_machine import contradictions
from domain.principals import SYSTEM
from persistence.invariants import check_invariants
from services.orders.load import context_of
from services.policy import current_policy
from tests.domain.orders import any_commands
from tests.extent import extent
from tests.services.order_office import Office

acts = st.lists(
    st.tuples(any_commands.roles | st.just("ADMIN"), any_commands.commands({})), max_size=15
)


@settings(
    max_examples=extent(5, 50),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(lines=st.none() | any_commands.lines, special=st.booleans(), walk=acts)
async def test_whatever_is_done_facts_history_and_figures_agree(
    office: Office,
    lines: tuple[Line, ...] | None,
    special: bool,
    walk: list[tuple[str, object]],
) -> None:
    """O15: after each act, done or refused, history replays to the order as it stands; no order
    is in an impossible state, and stock, money and reservations agree."""
    if lines is None:
        order = await office.place(special=special)
        await office.bring_to_confirmed(order, special=special)
    else:
        # As a customer may have said them, with gaps.
        order = await office.place(special=special, lines=lines)
    for role, command in walk:
        before = await office.loaded(order)
        refusal: OrderRefused | NotAllowed | NotFound | None = None
        try:
            await office.do(role, order, command)
        # A login of no customer sees no order.
        except (OrderRefused, NotAllowed, NotFound) as refused:
            refusal = refused
        after = await office.loaded(order)
        if refusal is not None:
            assert refusal.code
            assert not isinstance(refusal, NotFound) or role == "CUSTOMER"
            assert after == before
        else:
            assert after.version == before.version + 1
    facts = await office.facts(order)
    async with office.deps.unit_of_work(SYSTEM) as uow:
        _, policy = await current_policy(uow)
        context = await context_of(uow, policy, await office.loaded(order))
        assert contradictions(facts, context) == []
        assert [each for each in await check_invariants(uow.session) if each.broken] == []

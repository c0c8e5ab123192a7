"""Fields of an order that show its process; all of them read the order's facts in one batch.

What is shown as it is recorded comes from the facts themselves; here is what needs more than that.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import strawberry

from domain.orders import order
from domain.orders.confirmation import promised_today
from domain.orders.context import Context
from domain.orders.deposits import deposit_state
from domain.orders.gates import deposit_required, requirements
from domain.orders.intake import current_offers
from domain.orders.state_machine import next_actions
from domain.orders.vocabularies import ReviewOutcome
from domain.roles import Action
from gql import contract
from gql.context import Info
from gql.limits import SIZE
from gql.orders.process_types import (
    WORK,
    GateRequirement,
    MissingInformation,
    OrderAction,
    OrderComplaint,
    OrderConfirmation,
    OrderDeposit,
    OrderDoubt,
    OrderOffer,
    OrderSignature,
    ProductionRelease,
    money,
)
from gql.orders.review_types import ChangeOrder, OrderConditions, OrderReview
from gql.permissions import Needs
from gql.scalars import Money
from persistence.lookups import LONGEST_LIST
from persistence.orders.reading import LoadedOrder
from persistence.tables import OrderRow

FEW = {SIZE: 3}
Entry = TypeVar("Entry")


def newest(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The last of an order's entries: as many as a list holds."""
    return entries[-LONGEST_LIST:]


def _doubts(facts: order.Order, context: Context) -> list[OrderDoubt]:
    chain = context.policy.doubt_chain
    return [OrderDoubt.of(each, chain) for each in newest(facts.doubts)]


def _confirmation(facts: order.Order, context: Context) -> OrderConfirmation:
    return OrderConfirmation(
        sent_on=facts.confirmation_sent_on,
        sent_back_on=facts.confirmation_sent_back_on,
        sent_back_by=facts.confirmation_sent_back_by,
        remarks=facts.confirmation_remarks,
        returned_on=facts.confirmation_returned_on,
        defects=list(facts.confirmation_defects),
        first_promised_on=facts.first_promised_on,
        promised_on=promised_today(facts, context.today, context.calendar),
    )


def _production(facts: order.Order, context: Context) -> ProductionRelease:
    return ProductionRelease(
        requirements=[GateRequirement.of(each) for each in requirements(facts, context)],
        released_on=facts.gate_released_on,
        ordered_on=facts.production_ordered_on,
        work_started_on=facts.work_started_on,
        promised_on=facts.production_promised_on,
    )


def _deposit(facts: order.Order, context: Context) -> OrderDeposit:
    policy = context.policy
    came_in = facts.stock_in_on
    return OrderDeposit(
        state=deposit_state(facts, context.today, policy),
        required=money(deposit_required(facts, policy), facts),
        paid=money(facts.deposit_paid, facts),
        forfeited=money(facts.deposit_forfeited, facts),
        stock_in_on=came_in,
        offset_until=came_in and came_in + dt.timedelta(days=policy.pickup_days),
        last_day=came_in and came_in + dt.timedelta(days=policy.late_pickup_days),
        picked_up_on=facts.picked_up_on,
        settled_on=facts.deposit_settled_on,
    )


def from_facts(description: str, read: Callable[[order.Order], object], **more: Any) -> Any:
    """A field of an order that its facts alone answer; its type is that of its annotation."""

    async def resolve(self: "OrderProcess", info: Info) -> Any:
        return read(await _facts(self, info))

    # The schema takes the type from the class where the resolver says none.
    del resolve.__annotations__["return"]
    return strawberry.field(resolver=resolve, description=description, **more)


def as_seen(description: str, read: Callable[[order.Order, Context], object], **more: Any) -> Any:
    """A field of an order whose facts are answered with an eye to the reader, today."""

    async def resolve(self: "OrderProcess", info: Info) -> Any:
        loaded, context = await self._seen(info)
        return read(loaded.facts, context)

    del resolve.__annotations__["return"]  # as above: from the class
    return strawberry.field(resolver=resolve, description=description, **more)


async def _facts(shown: "OrderProcess", info: Info) -> order.Order:
    return (await shown._loaded(info)).facts


@strawberry.type
@contract.shows(order.Order, _facts)
class OrderProcess:
    """The part of an order that its rules look at."""

    row: strawberry.Private[OrderRow]

    async def _loaded(self, info: Info) -> LoadedOrder:
        found: LoadedOrder = await info.context.load.loaded_order.load(self.row.id)
        return found

    async def _seen(self, info: Info) -> tuple[LoadedOrder, Context]:
        """The order as it is, and the reader as one who might act on it today."""
        loaded = await self._loaded(info)
        today, policy = await info.context.today()
        principal = info.context.principal
        return loaded, Context(
            principal.subject,
            principal.roles,
            today,
            policy.orders,
            (await info.context.load.work_calendar.load(policy)).days,
            loaded.goods,
            policy.currency,
            loaded.account_currency,
        )

    stated_total: Money | None = from_facts(
        "The total as the customer has it.",
        lambda facts: None if facts.stated_total is None else money(facts.stated_total, facts),
    )
    missing: list[MissingInformation] = from_facts(
        "What it still lacks, line by line (O1).",
        lambda facts: [MissingInformation.of(each) for each in facts.missing],
        metadata=FEW,
    )
    offers: list[OrderOffer] = from_facts(
        "What the last check offered for units that stock lacks (O1).",
        lambda facts: [OrderOffer.of(each) for each in current_offers(facts)],
        metadata=FEW,
    )
    allowed_actions: list[OrderAction] = as_seen(
        "What your roles may do with it now, and why not where not (O15).",
        lambda facts, context: [OrderAction.of(each) for each in next_actions(facts, context)],
        metadata={SIZE: 12},
    )
    doubts: list[OrderDoubt] = as_seen(
        "Doubts about codes, specifications and prices (O2).",
        _doubts,
        extensions=WORK,
        metadata=FEW,
    )
    reviews: list[OrderReview] = from_facts(
        "Its reviews, the first first (O3).",
        lambda facts: [OrderReview.of(each, facts) for each in newest(facts.reviews)],
        extensions=WORK,
    )
    conditions: list[OrderConditions] = from_facts(
        "Conditions of its reviews, the first first, with the customer's answer (O3).",
        lambda facts: [
            OrderConditions.of(each)
            for each in newest(facts.reviews)
            if each.outcome == ReviewOutcome.ACCEPTED_WITH_CONDITIONS
        ],
        metadata=FEW,
    )
    changes: list[ChangeOrder] = from_facts(
        "Its changes, the first first (O4).",
        lambda facts: [ChangeOrder.of(each, facts.currency) for each in newest(facts.changes)],
        metadata=FEW,
    )
    signatures: list[OrderSignature] = from_facts(
        "All signatures under its papers.",
        lambda facts: [OrderSignature.of(each) for each in newest(facts.signatures)],
        extensions=WORK,
    )
    confirmation: OrderConfirmation = as_seen("The customer's confirmation (O5).", _confirmation)
    production: ProductionRelease = as_seen(
        "What stands between it and production (O5, O6).", _production, extensions=WORK
    )
    deposit: OrderDeposit = as_seen(
        "Its deposit (O6, O7).", _deposit, extensions=[Needs(Action.VIEW_FUNDS)]
    )
    complaints: list[OrderComplaint] = from_facts(
        "Complaints about it (O14).",
        lambda facts: [OrderComplaint.of(each) for each in newest(facts.complaints)],
        metadata=FEW,
    )

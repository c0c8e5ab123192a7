"""Fields of an order that tell its life; all of them read the order's facts in one batch."""

import datetime as dt
from collections.abc import Sequence
from typing import TypeVar

import strawberry

from domain.master_data import PaymentTerms
from domain.orders.confirmation import promised_today
from domain.orders.context import Context
from domain.orders.deposits import deposit_state
from domain.orders.gates import deposit_required, requirements
from domain.orders.intake import current_offers
from domain.orders.state_machine import next_actions
from domain.orders.vocabularies import (
    Irregularity,
    OrderChannel,
    OrderFulfilment,
    OrderUrgency,
    ReviewOutcome,
)
from domain.roles import Action
from gql.context import Info
from gql.limits import SIZE
from gql.orders.life_types import (
    WORK,
    ChangeOrder,
    GateRequirement,
    MissingInformation,
    OrderAction,
    OrderComplaint,
    OrderConditions,
    OrderConfirmation,
    OrderDeposit,
    OrderDoubt,
    OrderOffer,
    OrderReview,
    OrderSignature,
    ProductionRelease,
    money,
)
from gql.permissions import Needs
from gql.scalars import Money
from persistence.lookups import LONGEST_LIST
from persistence.orders.reading import LoadedOrder
from persistence.tables import OrderRow

FEW = {SIZE: 3}
Entry = TypeVar("Entry")


def newest(entries: Sequence[Entry]) -> Sequence[Entry]:
    """As many of an order's entries as are told: the last ones."""
    return entries[-LONGEST_LIST:]


@strawberry.type
class OrderLife:
    """The part of an order that its rules look at."""

    row: strawberry.Private[OrderRow]

    async def _standing(self, info: Info) -> LoadedOrder:
        found: LoadedOrder = await info.context.load.standing.load(self.row.id)
        return found

    async def _seen(self, info: Info) -> tuple[LoadedOrder, Context]:
        """The order as it stands, and the reader as one who might act on it today."""
        standing = await self._standing(info)
        today, policy = await info.context.today()
        principal = info.context.principal
        return standing, Context(
            principal.subject,
            principal.roles,
            today,
            policy.orders,
            (await info.context.load.work_calendar.load(policy)).days,
            standing.goods,
            policy.currency,
            standing.account_currency,
        )

    @strawberry.field(description="How it came in.")
    async def channel(self, info: Info) -> OrderChannel:
        """Its channel of intake."""
        return (await self._standing(info)).facts.channel

    @strawberry.field(description="How urgent it is.")
    async def urgency(self, info: Info) -> OrderUrgency:
        """Its urgency."""
        return (await self._standing(info)).facts.urgency

    @strawberry.field(description="Where its goods come from.")
    async def fulfilment(self, info: Info) -> OrderFulfilment:
        """Produced or from stock."""
        return (await self._standing(info)).facts.fulfilment

    @strawberry.field(description="Whether it is a special regional order (O7).")
    async def is_special(self, info: Info) -> bool:
        """Special orders have a deposit."""
        return (await self._standing(info)).facts.special

    @strawberry.field(description="What makes it non-regular; empty for a regular order (O3).")
    async def irregularities(self, info: Info) -> list[Irregularity]:
        """Why it is reviewed by more departments."""
        found = (await self._standing(info)).facts.irregularities
        return list(found)

    @strawberry.field(description="Where it is delivered.")
    async def delivery_address(self, info: Info) -> str | None:
        """As the customer gave it."""
        return (await self._standing(info)).facts.delivery_address

    @strawberry.field(description="The terms of payment of this order.")
    async def payment_terms(self, info: Info) -> PaymentTerms:
        """Its customer's when it was placed, unless corrected or changed since."""
        return (await self._standing(info)).facts.payment_terms

    @strawberry.field(description="The total as the customer has it.")
    async def stated_total(self, info: Info) -> Money | None:
        """The customer's own figure."""
        facts = (await self._standing(info)).facts
        return None if facts.stated_total is None else money(facts.stated_total, facts)

    @strawberry.field(description="Whether it is an order of spare parts.")
    async def is_spare_part(self, info: Info) -> bool:
        """Spare parts are reviewed apart."""
        return (await self._standing(info)).facts.spare_part

    @strawberry.field(description="Whether logistics takes part in its review.", extensions=WORK)
    async def needs_logistics(self, info: Info) -> bool:
        """One more reviewer."""
        return (await self._standing(info)).facts.needs_logistics

    @strawberry.field(description="Whether a commission is paid for it (export).", extensions=WORK)
    async def has_commission(self, info: Info) -> bool:
        """It then takes the general manager's signature."""
        return (await self._standing(info)).facts.commission

    @strawberry.field(
        description="Whether we pay something ahead for it (export).", extensions=WORK
    )
    async def has_prepayment(self, info: Info) -> bool:
        """It then takes the general manager's signature."""
        return (await self._standing(info)).facts.prepayment

    @strawberry.field(description="When the customer was told that it is here.")
    async def acknowledged_on(self, info: Info) -> dt.date | None:
        """The day of the acknowledgement."""
        return (await self._standing(info)).facts.acknowledged_on

    @strawberry.field(description="What it still lacks, line by line (O1).", metadata=FEW)
    async def missing(self, info: Info) -> list[MissingInformation]:
        """The list that goes with NEEDS_INFO."""
        facts = (await self._standing(info)).facts
        return [MissingInformation.of(each) for each in facts.missing]

    @strawberry.field(
        description="What the last check offered for units that stock lacks (O1).", metadata=FEW
    )
    async def offers(self, info: Info) -> list[OrderOffer]:
        """Transfers, substitutes and backorders."""
        facts = (await self._standing(info)).facts
        return [OrderOffer.of(each) for each in current_offers(facts)]

    @strawberry.field(
        description="What your roles may do with it now, and why not where not (O15).",
        metadata={SIZE: 12},
    )
    async def allowed_actions(self, info: Info) -> list[OrderAction]:
        """The acts that this state leaves open to the reader."""
        standing, context = await self._seen(info)
        return [OrderAction.of(each) for each in next_actions(standing.facts, context)]

    @strawberry.field(
        description="Doubts about codes, specifications and prices (O2).",
        extensions=WORK,
        metadata=FEW,
    )
    async def doubts(self, info: Info) -> list[OrderDoubt]:
        """All doubts, the released ones too."""
        standing, context = await self._seen(info)
        chain = context.policy.doubt_chain
        return [OrderDoubt.of(each, chain) for each in newest(standing.facts.doubts)]

    @strawberry.field(description="Who of FINANCE approved it (O2).", extensions=WORK)
    async def finance_approved_by(self, info: Info) -> str | None:
        """The approval of price, amount and terms."""
        return (await self._standing(info)).facts.finance_approved_by

    @strawberry.field(description="Who of sales approved it (O2).", extensions=WORK)
    async def approved_by(self, info: Info) -> str | None:
        """The approval before hand-over."""
        return (await self._standing(info)).facts.approved_by

    @strawberry.field(description="Its reviews, the first first (O3).", extensions=WORK)
    async def reviews(self, info: Info) -> list[OrderReview]:
        """All reviews, of changes too."""
        facts = (await self._standing(info)).facts
        return [OrderReview.of(each, facts) for each in newest(facts.reviews)]

    @strawberry.field(
        description="Conditions of its reviews, the first first, with the customer's answer (O3).",
        metadata=FEW,
    )
    async def conditions(self, info: Info) -> list[OrderConditions]:
        """What the customer is or was asked to agree to."""
        facts = (await self._standing(info)).facts
        return [
            OrderConditions.of(each)
            for each in newest(facts.reviews)
            if each.outcome == ReviewOutcome.ACCEPTED_WITH_CONDITIONS
        ]

    @strawberry.field(description="Whether it changes only by change orders (O4).")
    async def is_frozen(self, info: Info) -> bool:
        """Frozen after its review."""
        return (await self._standing(info)).facts.frozen

    @strawberry.field(description="Its changes, the first first (O4).", metadata=FEW)
    async def changes(self, info: Info) -> list[ChangeOrder]:
        """All changes, with what they cost and who bears it."""
        facts = (await self._standing(info)).facts
        return [ChangeOrder.of(each, facts.currency) for each in newest(facts.changes)]

    @strawberry.field(description="All signatures under its papers.", extensions=WORK)
    async def signatures(self, info: Info) -> list[OrderSignature]:
        """Who signed what."""
        facts = (await self._standing(info)).facts
        return [OrderSignature.of(each) for each in newest(facts.signatures)]

    @strawberry.field(description="The customer's confirmation (O5).")
    async def confirmation(self, info: Info) -> OrderConfirmation:
        """Sent, returned, and the promised day as of today."""
        standing, context = await self._seen(info)
        facts = standing.facts
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

    @strawberry.field(
        description="What stands between it and production (O5, O6).", extensions=WORK
    )
    async def production(self, info: Info) -> ProductionRelease:
        """The gate and the papers."""
        standing, context = await self._seen(info)
        facts = standing.facts
        return ProductionRelease(
            requirements=[GateRequirement.of(each) for each in requirements(facts, context)],
            released_on=facts.gate_released_on,
            ordered_on=facts.production_ordered_on,
            work_started_on=facts.work_started_on,
            promised_on=facts.production_promised_on,
        )

    @strawberry.field(description="Its deposit (O6, O7).", extensions=[Needs(Action.VIEW_FUNDS)])
    async def deposit(self, info: Info) -> OrderDeposit:
        """Needed, paid, and what becomes of it."""
        standing, context = await self._seen(info)
        facts, policy = standing.facts, context.policy
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

    @strawberry.field(description="Complaints about it (O14).", metadata=FEW)
    async def complaints(self, info: Info) -> list[OrderComplaint]:
        """All complaints, answered ones too."""
        facts = (await self._standing(info)).facts
        return [OrderComplaint.of(each) for each in newest(facts.complaints)]

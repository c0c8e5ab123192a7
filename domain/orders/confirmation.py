"""The customer's confirmation (回传), its delay, and the papers of production (O5)."""

import datetime as dt
from dataclasses import dataclass, replace

from domain.calendar import BusinessCalendar
from domain.limits import TEXT
from domain.orders.context import Context
from domain.orders.facts import OrderFacts
from domain.orders.refusals import refuse
from domain.orders.reviews import sign
from domain.orders.vocabularies import OrderStatus

PRODUCTION_ORDER, WORK_ORDER = "PRODUCTION_ORDER", "WORK_ORDER"


@dataclass(frozen=True)
class SendConfirmation:
    """The confirmation goes to the customer with the promised day of completion."""

    promised_on: dt.date


@dataclass(frozen=True)
class SendBackConfirmation:
    """The customer sends it back; its remarks, where it has any."""

    remarks: str | None = None


@dataclass(frozen=True)
class ReturnConfirmation:
    """It is here again, and three things are looked at."""

    is_signed: bool
    is_stamped: bool
    remarks_are_clear: bool


@dataclass(frozen=True)
class Confirm:
    """The order stands, and competes for goods."""


@dataclass(frozen=True)
class SignProductionOrder:
    """A signature under the production order (生产指令单)."""

    role: str


@dataclass(frozen=True)
class SignWorkOrder:
    """A signature under the work order (工单)."""

    role: str


def rolled_over(
    first_promised_on: dt.date, sent_on: dt.date, day: dt.date, calendar: BusinessCalendar
) -> dt.date:
    """The promised day when the confirmation comes back on `day`: a day later for each working
    day of delay (O5). Back on the day it was sent, nothing moves.
    """
    return first_promised_on + dt.timedelta(days=calendar.working_days_after(sent_on, day))


def promised_today(facts: OrderFacts, today: dt.date, calendar: BusinessCalendar) -> dt.date | None:
    """What can be promised today: while the confirmation is out it moves with every working day.

    An order that was called off meanwhile keeps the day that it was told.
    """
    if (
        facts.status != OrderStatus.AWAITING_CONFIRMATION
        or facts.confirmation_sent_on is None
        or facts.confirmation_returned_on is not None
        or facts.first_promised_on is None
    ):
        return facts.promised_on
    back_on = facts.confirmation_sent_back_on or today
    return rolled_over(facts.first_promised_on, facts.confirmation_sent_on, back_on, calendar)


def send_confirmation(facts: OrderFacts, deed: SendConfirmation, context: Context) -> OrderFacts:
    """Send it; the day told to the customer is never before production's own (O5)."""
    action = "orderConfirmationSend"
    if deed.promised_on < context.today:
        raise refuse(action, "DATE_PAST", "O5", "The promised day is past.", "promisedOn")
    production = facts.production_promised_on
    if production is not None and deed.promised_on < production:
        raise refuse(
            action,
            "BEFORE_PRODUCTION",
            "O5",
            f"Production promises {production}; the customer cannot be told an earlier day.",
            "promisedOn",
        )
    return replace(
        facts,
        confirmation_sent_on=context.today,
        confirmation_sent_back_on=None,
        confirmation_sent_back_by=None,
        confirmation_remarks=None,
        confirmation_defects=(),
        promised_on=deed.promised_on,
        first_promised_on=deed.promised_on,
    )


def send_back_confirmation(
    facts: OrderFacts, deed: SendBackConfirmation, context: Context
) -> OrderFacts:
    """Note that the customer sent it back; it counts once somebody of ours has looked at it (O5).

    The promised day then no longer moves: what our look takes is not the customer's delay.
    """
    remarks = (deed.remarks or "").strip() or None
    if remarks is not None and len(remarks) > TEXT:
        raise refuse(
            "orderConfirmationSendBack",
            "TEXT_TOO_LONG",
            "O5",
            f"Remarks have {TEXT} characters at most.",
            "remarks",
        )
    return replace(
        facts,
        confirmation_sent_back_on=context.today,
        confirmation_sent_back_by=context.actor,
        confirmation_remarks=remarks,
        confirmation_defects=(),
    )


def return_confirmation(
    facts: OrderFacts, deed: ReturnConfirmation, context: Context
) -> OrderFacts:
    """Check what came back; with a defect it must come again, and the date moves on (O5)."""
    if facts.first_promised_on is None or facts.confirmation_sent_on is None:
        raise LookupError("the transition table lets this act only on a confirmation sent")
    defects = tuple(
        name
        for name, good in (
            ("SIGNATURE", deed.is_signed),
            ("STAMP", deed.is_stamped),
            ("SPECIAL_REMARKS", deed.remarks_are_clear),
        )
        if not good
    )
    if defects:
        return replace(
            facts,
            confirmation_defects=defects,
            confirmation_sent_back_on=None,
            confirmation_sent_back_by=None,
        )
    back_on = facts.confirmation_sent_back_on or context.today
    return replace(
        facts,
        confirmation_defects=(),
        confirmation_returned_on=context.today,
        promised_on=rolled_over(
            facts.first_promised_on, facts.confirmation_sent_on, back_on, context.calendar
        ),
    )


def confirm(facts: OrderFacts, deed: Confirm, context: Context) -> OrderFacts:
    """From now on the order competes for goods (F3)."""
    return replace(facts, status=OrderStatus.CONFIRMED, confirmed_on=context.today)


def sign_production_order(
    facts: OrderFacts, deed: SignProductionOrder, context: Context
) -> OrderFacts:
    """SALES_ADMIN and production sign; with the last signature it is given out (O5)."""
    policy, of = context.policy, facts.revision
    signers = policy.production_order_signers
    facts = sign(
        facts, "productionOrderSign", "O5", PRODUCTION_ORDER, deed.role, signers, context, of
    )
    if set(signers) <= set(facts.signers(PRODUCTION_ORDER, of)):
        return replace(facts, production_ordered_on=context.today)
    return facts


def sign_work_order(facts: OrderFacts, deed: SignWorkOrder, context: Context) -> OrderFacts:
    """The five departments sign; with the last signature work starts (O5)."""
    signers, of = context.policy.work_order_signers, facts.revision
    facts = sign(facts, "workOrderSign", "O5", WORK_ORDER, deed.role, signers, context, of)
    if set(signers) <= set(facts.signers(WORK_ORDER, of)):
        return replace(facts, work_started_on=context.today)
    return facts

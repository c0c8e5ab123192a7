"""What must hold before a command, one small function per condition; each names its rule."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from domain.messages import msg
from domain.money import written
from domain.orders.confirmation import PRODUCTION_ORDER
from domain.orders.context import Context
from domain.orders.deposits import has_lapsed, lacking_for_effect
from domain.orders.entries import Change, Doubt, LineChange
from domain.orders.gates import requirements
from domain.orders.intake import unanswered_offers
from domain.orders.order import Order
from domain.orders.refusals import Reason
from domain.orders.reviews import conditions_open, is_reviewed, review_under_way
from domain.orders.vocabularies import ChangeKind, ChangeState, OrderChannel, OrderFulfilment
from domain.parties.vocabularies import PaymentTerms
from domain.roles import Role
from domain.sentences import Money

Guard = Callable[[Order, Context], Iterator[Reason]]


def not_yet_acknowledged(facts: Order, context: Context) -> Iterator[Reason]:
    """The order's receipt is acknowledged once."""
    if facts.acknowledged_on is not None:
        yield Reason(
            "ACKNOWLEDGED_ALREADY",
            "O1",
            msg("orders.ACKNOWLEDGED", person=facts.acknowledged_by, day=facts.acknowledged_on),
        )


def content_is_open(facts: Order, context: Context) -> Iterator[Reason]:
    """After its review an order changes only by a change order."""
    if facts.frozen:
        yield Reason("FROZEN", "O4", msg("orders.FROZEN"))


def content_is_frozen(facts: Order, context: Context) -> Iterator[Reason]:
    """Before its review an order is corrected, not changed."""
    if not facts.frozen:
        yield Reason("NOT_FROZEN", "O4", msg("orders.NOT_FROZEN"))


def doubts_are_released(facts: Order, context: Context) -> Iterator[Reason]:
    """An open doubt about code, specification or price blocks."""
    yield from _open(facts.open_doubts, context)


def _open(doubts: tuple[Doubt, ...], context: Context) -> Iterator[Reason]:
    for doubt in doubts:
        at = context.policy.doubt_chain[doubt.level]
        yield Reason("DOUBT_OPEN", "O2", msg("orders.DOUBT_WAITS", doubt=doubt.message, role=at))


def finance_has_approved(facts: Order, context: Context) -> Iterator[Reason]:
    """FINANCE approves price, amount and payment terms before the confirmation goes out."""
    if facts.finance_approved_by is None:
        yield Reason("FINANCE_NOT_APPROVED", "O2", msg("orders.FINANCE_NOT_APPROVED"))


def finance_has_not_approved(facts: Order, context: Context) -> Iterator[Reason]:
    """One approval is enough; the second is refused with the name of the first."""
    if facts.finance_approved_by is not None:
        yield Reason(
            "APPROVED_ALREADY",
            "O2",
            msg(
                "orders.FINANCE_APPROVED",
                person=facts.finance_approved_by,
                day=facts.finance_approved_on,
            ),
        )


def is_approved(facts: Order, context: Context) -> Iterator[Reason]:
    """The sales supervisor or manager approves each order before hand-over."""
    if facts.approved_by is None:
        yield Reason("NOT_APPROVED", "O2", msg("orders.SALES_NOT_APPROVED"))


def is_not_approved(facts: Order, context: Context) -> Iterator[Reason]:
    """One approval is enough; the second is refused with the name of the first."""
    if facts.approved_by is not None:
        yield Reason(
            "APPROVED_ALREADY",
            "O2",
            msg("orders.FINANCE_APPROVED", person=facts.approved_by, day=facts.approved_on),
        )


def change_is_approved_by_finance(facts: Order, context: Context) -> Iterator[Reason]:
    """Goods leave at a price that FINANCE has approved; a change of the amount voids its word."""
    if _needs_our_approval(facts):
        yield from finance_has_approved(facts, context)


def change_is_approved(facts: Order, context: Context) -> Iterator[Reason]:
    """Goods leave under terms that sales has approved; a change of the amount voids its word."""
    if _needs_our_approval(facts):
        yield from is_approved(facts, context)


def _needs_our_approval(facts: Order) -> bool:
    """An order that an import brought was approved elsewhere, until it is changed here."""
    changed = any(
        _changes_terms(each) for each in facts.changes if each.state == ChangeState.APPLIED
    )
    return facts.channel != OrderChannel.TAKEN_OVER or changed


def _changes_terms(change: Change) -> bool:
    """Whether a change is of more than days, address and specifications."""
    lines = [replace(line, specification=None) for line in change.lines]
    return (
        bool(change.added)
        or change.payment_terms is not None
        or change.currency is not None
        or any(line != LineChange(line.line_no) for line in lines)
    )


def goes_through_review(facts: Order, context: Context) -> Iterator[Reason]:
    """Orders from stock need no review; a change of any order does."""
    if facts.open_change is None and not is_reviewed(facts, context.policy):
        yield Reason(
            "NO_REVIEW_NEEDED", "O3", msg("orders.NOT_REVIEWED", fulfilment=facts.fulfilment)
        )


def no_review_is_under_way(facts: Order, context: Context) -> Iterator[Reason]:
    """One review at a time."""
    review = review_under_way(facts) or conditions_open(facts)
    if review is not None:
        yield Reason("REVIEW_OPEN", "O3", msg("orders.REVIEW_NOT_FINISHED", no=review.no))


def change_is_ready_for_review(facts: Order, context: Context) -> Iterator[Reason]:
    """A frozen order is reviewed only for a change that the customer agreed to in writing."""
    change = facts.open_change
    if change is None:
        if facts.frozen:
            yield Reason("NO_CHANGE", "O4", msg("orders.FROZEN_REVIEWED_FOR_CHANGE"))
        return
    if change.state == ChangeState.REQUESTED:
        yield Reason("CHANGE_NOT_AGREED", "O4", msg("orders.CUSTOMER_NOT_AGREED"))
    yield from _open(facts.doubts_open_of(change.no), context)
    if change.kind == ChangeKind.CONFIGURATION:
        signed = facts.signers(ChangeKind.CONFIGURATION, change.no)
        unsigned = [each for each in context.policy.configuration_signers if each not in signed]
        if unsigned:
            yield Reason(
                "CHANGE_UNSIGNED",
                "O4",
                msg("orders.MODIFICATION_LACKS", roles=unsigned),
            )


def review_is_under_way(facts: Order, context: Context) -> Iterator[Reason]:
    """There is something to say a word in."""
    if review_under_way(facts) is None:
        yield Reason("NO_REVIEW", "O3", msg("orders.NO_REVIEW"))


def conditions_wait(facts: Order, context: Context) -> Iterator[Reason]:
    """There are conditions that the customer has not answered."""
    if conditions_open(facts) is None:
        yield Reason("NO_CONDITIONS", "O3", msg("orders.NO_CONDITIONS"))


def no_change_is_open(facts: Order, context: Context) -> Iterator[Reason]:
    """A change under way is finished first."""
    change = facts.open_change
    if change is not None:
        yield Reason(
            "CHANGE_OPEN", "O4", msg("orders.CHANGE_UNDER_WAY", no=change.no, state=change.state)
        )


def change_is_open(facts: Order, context: Context) -> Iterator[Reason]:
    """There is a change to act on."""
    if facts.open_change is None:
        yield Reason("NO_CHANGE", "O4", msg("orders.NO_CHANGE"))


def change_is_the_customer_s(facts: Order, context: Context) -> Iterator[Reason]:
    """A customer's own login calls off what its customer asked for, not what we did."""
    change = facts.open_change
    if change is not None and context.is_customer and change.department != Role.CUSTOMER:
        yield Reason("NOT_YOUR_CHANGE", "O4", msg("orders.OUR_CHANGE"))


def change_is_not_agreed(facts: Order, context: Context) -> Iterator[Reason]:
    """A change is agreed to once."""
    change = facts.open_change
    if change is not None and change.state != ChangeState.REQUESTED:
        yield Reason("AGREED_ALREADY", "O4", msg("orders.CUSTOMER_AGREED", day=change.agreed_on))


def change_is_not_in_review(facts: Order, context: Context) -> Iterator[Reason]:
    """Once reviewers look at a change it is decided, not withdrawn or signed."""
    change = facts.open_change
    if change is not None and change.state == ChangeState.UNDER_REVIEW:
        yield Reason("REVIEW_OPEN", "O4", msg("orders.CHANGE_IN_REVIEW", no=change.no))


def offers_are_answered(facts: Order, context: Context) -> Iterator[Reason]:
    """What stock lacks is settled with the customer before the confirmation."""
    for line_no, units in unanswered_offers(facts).items():
        yield Reason(
            "OFFER_UNANSWERED",
            "O1",
            msg("orders.OFFER_NOT_CHOSEN", no=line_no, units=units),
        )


def confirmation_is_not_sent(facts: Order, context: Context) -> Iterator[Reason]:
    """It goes out once."""
    if facts.confirmation_sent_on is not None:
        yield Reason("SENT_ALREADY", "O5", msg("orders.SENT_ON", day=facts.confirmation_sent_on))


def confirmation_is_out(facts: Order, context: Context) -> Iterator[Reason]:
    """Only what was sent, and is not back, can come back."""
    if facts.confirmation_sent_on is None:
        yield Reason("NOT_SENT", "O5", msg("orders.NOT_SENT"))
    elif facts.confirmation_returned_on is not None:
        yield Reason(
            "BACK_ALREADY", "O5", msg("orders.CAME_BACK", day=facts.confirmation_returned_on)
        )


def confirmation_is_not_sent_back(facts: Order, context: Context) -> Iterator[Reason]:
    """Sent back once, until we have looked at it."""
    if facts.confirmation_sent_back_on is not None and facts.confirmation_returned_on is None:
        yield Reason(
            "SENT_BACK_ALREADY",
            "O5",
            msg("orders.SENT_BACK_WAITS", day=facts.confirmation_sent_back_on),
        )


def confirmation_is_back(facts: Order, context: Context) -> Iterator[Reason]:
    """Signed, stamped, and its special remarks clear."""
    if facts.confirmation_returned_on is None:
        defects = facts.confirmation_defects
        yield Reason(
            "CONFIRMATION_NOT_BACK",
            "O5",
            msg("orders.CAME_BACK_LACKING", defects=defects) if defects else msg("orders.NOT_BACK"),
        )


def is_effective(facts: Order, context: Context) -> Iterator[Reason]:
    """A special order without signatures and deposit is not effective."""
    for code, message in lacking_for_effect(facts, context.policy):
        yield Reason(code, "O7", message)


def is_special(facts: Order, context: Context) -> Iterator[Reason]:
    """Only special regional orders have this."""
    if not facts.special:
        yield Reason("NOT_SPECIAL", "O7", msg("orders.NO_SPECIAL"))


def is_made_to_order(facts: Order, context: Context) -> Iterator[Reason]:
    """Goods from stock are not produced."""
    if facts.fulfilment != OrderFulfilment.MADE_TO_ORDER:
        yield Reason("NOT_PRODUCED", "O6", msg("orders.FROM_STOCK"))


def gate_is_closed(facts: Order, context: Context) -> Iterator[Reason]:
    """It is released once."""
    if facts.gate_released_on is not None:
        yield Reason(
            "RELEASED_ALREADY", "O6", msg("orders.RELEASED_ON", day=facts.gate_released_on)
        )


def gate_requirements_are_met(facts: Order, context: Context) -> Iterator[Reason]:
    """Everything that the terms of payment ask for is there."""
    for each in requirements(facts, context):
        if not each.is_met:
            yield Reason(
                f"GATE_{each.code.partition(':')[0]}",
                "O6",
                msg("orders.LACKING", what=each.message),
            )


def gate_is_released(facts: Order, context: Context) -> Iterator[Reason]:
    """Production begins only after its release."""
    if facts.gate_released_on is None:
        yield Reason("GATE_CLOSED", "O6", msg("orders.PRODUCTION_NOT_RELEASED"))


def production_is_ordered(facts: Order, context: Context) -> Iterator[Reason]:
    """The work order follows a production order that is signed by all."""
    if facts.production_ordered_on is None:
        signed = facts.signers(PRODUCTION_ORDER, facts.revision)
        signers = context.policy.production_order_signers
        unsigned = [role for role in signers if role not in signed]
        yield Reason(
            "PRODUCTION_NOT_ORDERED",
            "O5",
            msg("orders.PRODUCTION_ORDER_LACKS", roles=unsigned),
        )


def deposit_is_open(facts: Order, context: Context) -> Iterator[Reason]:
    """A settled deposit takes nothing more."""
    if facts.deposit_settled_on is not None:
        yield Reason(
            "DEPOSIT_SETTLED", "O7", msg("orders.SETTLED_ON", day=facts.deposit_settled_on)
        )


def takes_a_deposit(facts: Order, context: Context) -> Iterator[Reason]:
    """Only special orders and TT_DEPOSIT have deposits."""
    if not facts.special and facts.payment_terms != PaymentTerms.TT_DEPOSIT:
        yield Reason("NO_DEPOSIT", "O6", msg("orders.NO_DEPOSIT_ASKED", terms=facts.payment_terms))


def is_not_stocked_in(facts: Order, context: Context) -> Iterator[Reason]:
    """The days of pick-up count from one day."""
    if facts.stock_in_on is not None:
        yield Reason("STOCKED_IN_ALREADY", "O7", msg("orders.STOCKED_IN", day=facts.stock_in_on))


def is_stocked_in(facts: Order, context: Context) -> Iterator[Reason]:
    """What is not in the warehouse cannot be picked up."""
    if facts.stock_in_on is None:
        yield Reason("NOT_STOCKED_IN", "O7", msg("orders.NOT_IN_WAREHOUSE"))


def special_is_stocked_in(facts: Order, context: Context) -> Iterator[Reason]:
    """A special order's goods leave only after their stock-in, from which the days count."""
    if facts.special:
        yield from is_stocked_in(facts, context)


def deposit_is_settled(facts: Order, context: Context) -> Iterator[Reason]:
    """A special order is not closed while we still keep its deposit."""
    if facts.special and facts.deposit_settled_on is None:
        yield Reason(
            "DEPOSIT_OPEN",
            "O7",
            msg(
                "orders.DEPOSIT_NOT_SETTLED",
                paid=Money(written(facts.deposit_paid, facts.currency), facts.currency),
            ),
        )


def pickup_time_is_over(facts: Order, context: Context) -> Iterator[Reason]:
    """The deposit is settled before pick-up only when its last day is over."""
    if not has_lapsed(facts, context.today, context.policy):
        yield Reason("NOT_LAPSED", "O7", msg("orders.PICK_UP_NOT_OVER"))


def something_is_ordered(facts: Order, context: Context) -> Iterator[Reason]:
    """An order without a unit is none to be confirmed or shipped."""
    if facts.units == 0:
        yield Reason("NOTHING_ORDERED", "O1", msg("orders.NOT_ONE_UNIT"))


def everything_is_shipped(facts: Order, context: Context) -> Iterator[Reason]:
    """An order is shipped when no unit is left here: what is being picked leaves with this."""
    left = 0
    for line in facts.lines:
        goods = context.of_line(line.no)
        left += (line.units or 0) - goods.shipped - goods.held
    if left:
        yield Reason("NOT_ALL_SHIPPED", "O14", msg("orders.UNITS_LEFT", units=left))


def nothing_is_shipped(facts: Order, context: Context) -> Iterator[Reason]:
    """What has left cannot be called off; the rest is cut by a change order."""
    shipped = sum(context.of_line(line.no).shipped for line in facts.lines)
    shipped += sum(each.units for each in facts.pickups)
    if shipped:
        yield Reason("SHIPPED_IN_PART", "O14", msg("orders.UNITS_HAVE_LEFT", units=shipped))


def receipt_is_signed(facts: Order, context: Context) -> Iterator[Reason]:
    """Closing needs the customer's signed receipt."""
    if facts.receipt_signed_on is None:
        yield Reason("RECEIPT_UNSIGNED", "O14", msg("orders.RECEIPT_NOT_SIGNED"))


def receipt_is_not_signed(facts: Order, context: Context) -> Iterator[Reason]:
    """It is signed once."""
    if facts.receipt_signed_on is not None:
        yield Reason("SIGNED_ALREADY", "O14", msg("orders.SIGNED_ON", day=facts.receipt_signed_on))


def is_paid_in_full(facts: Order, context: Context) -> Iterator[Reason]:
    """Closing needs the whole payment."""
    if facts.settled_on is None:
        yield Reason("NOT_PAID", "O14", msg("orders.FINANCE_NOT_PAID"))


def is_not_settled(facts: Order, context: Context) -> Iterator[Reason]:
    """It is settled once."""
    if facts.settled_on is not None:
        yield Reason("SETTLED_ALREADY", "O14", msg("orders.PAID_SINCE", day=facts.settled_on))


def no_complaint_is_open(facts: Order, context: Context) -> Iterator[Reason]:
    """Closing needs every complaint answered."""
    for complaint in facts.open_complaints:
        yield Reason(
            "COMPLAINT_OPEN",
            "O14",
            msg("orders.COMPLAINT_WAITS", no=complaint.no, role=complaint.owner_role),
        )

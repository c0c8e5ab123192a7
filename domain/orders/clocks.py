"""While what an order is, which of its time limits run, and what a command makes of them (O16).

`domain.clocks` holds the limits with their commands, owners and lengths; here is what they hang on.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from domain.clocks.definitions import (
    DEPOSIT,
    DISPATCH_AFTER_QUALITY,
    DISPATCH_FROM_STOCK,
    DOCUMENT_CLOCKS,
    FINAL_PAYMENT,
    FIRST_CHECK,
    HANDOVER_TO_PLANNING,
    MISSING_INFORMATION,
    NOTICE_TO_CUSTOMER,
    ORDER_WORKED,
    PLACE,
    PRODUCTION_PLAN,
    QUALITY_CHECK,
    REVIEW,
)
from domain.orders.confirmation import WORK_ORDER
from domain.orders.gates import deposit_required
from domain.orders.order import Order
from domain.orders.reviews import is_reviewed, review_under_way
from domain.orders.vocabularies import OrderFulfilment, OrderStatus
from domain.policy.orders import OrderPolicy
from domain.roles import Role


@dataclass(frozen=True, slots=True)
class Case:
    """What a clock runs for; for another case it begins again.

    due_on: its last day, and owner_role: whose it is, where the order itself says so.
    """

    no: int = 0
    due_on: dt.date | None = None
    owner_role: str | None = None


CaseOf = Callable[[Order, OrderPolicy], Case | None]


class Effect(Enum):
    """What becomes of a clock."""

    START = auto()  # unless it runs
    RESTART = auto()  # from now on, whether it runs or not
    RESTART_IF_RUNNING = auto()
    STOP = auto()


@dataclass(frozen=True, slots=True)
class ClockEffect:
    """What a command does to one clock of an order; case: what the clock then runs for."""

    code: str
    kind: Effect
    case: Case | None = None


def _while_in(*statuses: str) -> CaseOf:
    def case(facts: Order, policy: OrderPolicy) -> Case | None:
        return Case() if facts.status in statuses else None

    return case


def _of_this_content(*statuses: str) -> CaseOf:
    """An applied change is another order to be made or sent."""

    def case(facts: Order, policy: OrderPolicy) -> Case | None:
        return Case(facts.revision) if facts.status in statuses else None

    return case


def _to_be_handed_over(facts: Order, policy: OrderPolicy) -> Case | None:
    return (
        Case() if facts.status == OrderStatus.UNDER_CHECK and is_reviewed(facts, policy) else None
    )


def _under_review(facts: Order, policy: OrderPolicy) -> Case | None:
    review = review_under_way(facts)
    return None if review is None else Case(review.no, review.due_on, review.lead)


def _to_be_planned(facts: Order, policy: OrderPolicy) -> Case | None:
    if facts.status != OrderStatus.CONFIRMED or facts.production_ordered_on is None:
        return None
    planning = Role.PLANNING.value
    if planning in policy.work_order_signers:
        planned = planning in facts.signers(WORK_ORDER, facts.revision)
    else:
        planned = facts.work_started_on is not None
    return None if planned else Case(facts.revision)


def _deposit_owed(facts: Order, policy: OrderPolicy) -> Case | None:
    asked = facts.confirmation_sent_on is not None
    # From stock, only a special order waits for its deposit.
    waits = facts.special or facts.fulfilment == OrderFulfilment.MADE_TO_ORDER
    if (
        not asked
        or not waits
        or facts.status not in (OrderStatus.AWAITING_CONFIRMATION, OrderStatus.CONFIRMED)
    ):
        return None
    owed = facts.deposit_paid < deposit_required(facts, policy)
    return Case(facts.revision) if owed else None


def _price_owed(facts: Order, policy: OrderPolicy) -> Case | None:
    if facts.settled_on is not None or facts.payment_terms not in policy.paid_on_completion:
        return None
    return (
        Case(facts.revision)
        if facts.status in (OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.DELIVERED)
        else None
    )


def _stocked_in(facts: Order, policy: OrderPolicy) -> Case | None:
    return None if facts.stock_in_on is None else _price_owed(facts, policy)


# Clocks that run while the order itself is as it is.
BY_STATE: Mapping[str, CaseOf] = {
    FIRST_CHECK: _while_in(OrderStatus.RECEIVED),
    MISSING_INFORMATION: _while_in(OrderStatus.NEEDS_INFO),
    HANDOVER_TO_PLANNING: _to_be_handed_over,
    REVIEW: _under_review,
    DEPOSIT: _deposit_owed,
    PRODUCTION_PLAN: _to_be_planned,
    NOTICE_TO_CUSTOMER: _while_in(OrderStatus.SHIPPED),
    ORDER_WORKED: _while_in(OrderStatus.RECEIVED, OrderStatus.UNDER_CHECK),
    DISPATCH_FROM_STOCK: _of_this_content(
        OrderStatus.RECEIVED,
        OrderStatus.UNDER_CHECK,
        OrderStatus.AWAITING_CONFIRMATION,
        OrderStatus.CONFIRMED,
    ),
}
# Clocks that something beside the order begins: its production, its inspections. They run on while
# the order is as said here.
BY_EVENT: Mapping[str, CaseOf] = {
    QUALITY_CHECK: _of_this_content(OrderStatus.CONFIRMED),
    DISPATCH_AFTER_QUALITY: _of_this_content(OrderStatus.CONFIRMED),
    FINAL_PAYMENT: _price_owed,
}
PRODUCTION_COMPLETED = "PRODUCTION_COMPLETED"
INSPECTION_PASSED = "INSPECTION_PASSED"
INSPECTION_FAILED = "INSPECTION_FAILED"
EVENTS: Mapping[str, tuple[tuple[str, Effect], ...]] = {
    # Completed once more, with another stage: it was not complete before.
    PRODUCTION_COMPLETED: ((QUALITY_CHECK, Effect.RESTART), (FINAL_PAYMENT, Effect.RESTART)),
    INSPECTION_PASSED: ((QUALITY_CHECK, Effect.STOP), (DISPATCH_AFTER_QUALITY, Effect.START)),
    INSPECTION_FAILED: ((QUALITY_CHECK, Effect.STOP),),
}


def effects_of_command(
    before: Order, after: Order, policy: OrderPolicy, intake: Collection[str]
) -> list[ClockEffect]:
    """What a command on an order makes of its clocks.

    intake: the clocks that the company begins with, for an order of this profile.
    """
    found = []
    # A correction may have made a stock order of one to be produced, whose limits are others.
    same_profile = before.fulfilment == after.fulfilment
    for code, case_of in BY_STATE.items():
        was, now = case_of(before, policy), case_of(after, policy)
        if was == now and same_profile:
            continue
        if now is None:
            # Also where the order would not have it: the policy may have been another then.
            if was is not None:
                found.append(ClockEffect(code, Effect.STOP))
        elif _is_for(code, after, intake):
            kind = Effect.START if was in (None, now) else Effect.RESTART
            found.append(ClockEffect(code, kind, now))
        elif not same_profile:
            found.append(ClockEffect(code, Effect.STOP))
    for code, case_of in BY_EVENT.items():
        was, now = case_of(before, policy), case_of(after, policy)
        if was != now:
            kind = Effect.STOP if now is None else Effect.RESTART_IF_RUNNING
            found.append(ClockEffect(code, kind, now))
    stocked = _stocked_in(after, policy)
    if stocked is not None and _stocked_in(before, policy) is None:
        found.append(ClockEffect(FINAL_PAYMENT, Effect.START, stocked))
    return found


def effects_of_event(event: str, facts: Order, policy: OrderPolicy) -> list[ClockEffect]:
    """What becomes of an order's clocks when production or an inspection is over."""
    found = []
    for code, kind in EVENTS[event]:
        case = BY_EVENT[code](facts, policy)
        if kind == Effect.STOP:
            found.append(ClockEffect(code, kind))
        elif case is not None:
            found.append(ClockEffect(code, kind, case))
    return found


def _is_for(code: str, facts: Order, intake: Collection[str]) -> bool:
    """Whether an order of this profile has the clock; of those of the intake, policy decides."""
    definition = DOCUMENT_CLOCKS[code]
    if PLACE in definition.starts:
        return code in intake
    return facts.fulfilment in definition.profiles

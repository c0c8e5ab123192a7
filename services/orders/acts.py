"""Every act on an order: locked, judged, written with its event, and what follows from it (O15)."""

from dataclasses import dataclass, replace
from typing import Any

from domain.errors import NotFound, Stale
from domain.orders.changes import RequestChange
from domain.orders.context import Context
from domain.orders.corrections import SupplyInformation
from domain.orders.deposits import RecordDeposit
from domain.orders.facts import OrderFacts
from domain.orders.history import TAKEN_OVER, event_kind, told
from domain.orders.intake import Check
from domain.orders.machine import act
from domain.orders.reviews import AgreeConditions, Decide
from domain.orders.transitions import BY_DEED
from domain.policy import Policy
from persistence.audit import record
from persistence.orders.account import account_bonds
from persistence.orders.articles import articles
from persistence.orders.reading import Standing, lock_order, standings
from persistence.orders.writing import add_life, save, tell
from persistence.unit_of_work import UnitOfWork
from services.calendar.business_days import business_calendar
from services.orders.consequences import follow_up
from services.permissions import require
from services.policy import current_policy


@dataclass(frozen=True)
class ActOnOrder:
    """Do something to one order, if it is still at the version that was read."""

    order_id: int
    deed: Any
    expected_version: int | None = None


async def act_on_order(command: ActOnOrder, uow: UnitOfWork) -> int:
    """Carry out one act on an order, with all that follows from it; the order's key.

    Who is second of two at once waits for the first and is then told what the first did.
    Raises NotAllowed, NotFound, Stale, or OrderRefused with every reason against it.
    """
    transition = BY_DEED[type(command.deed)]
    require(uow.principal, transition.action)
    lapsed_too = isinstance(command.deed, RecordDeposit)
    if not uow.principal.sees_all:
        # Found and locked as the customer sees it: another's order does not exist. What follows
        # is for all to see to, so it is read and written as by our own people.
        if not await lock_order(uow.session, command.order_id, lapsed_too=lapsed_too):
            raise NotFound("order", str(command.order_id), field="id")
        await uow.see_all()
    _, policy = await current_policy(uow)
    standing = await locked_standing(uow, command.order_id, policy, lapsed_too=lapsed_too)
    expected = command.expected_version
    if expected is not None and expected != standing.version:
        raise Stale("order", expected, standing.version)
    deed = await _informed(uow, command.deed, standing, policy)
    context = await acting(uow, policy, standing)
    if _changes_currency(deed, standing.facts):
        bonds = await account_bonds(uow, standing.customer_id, standing.order_id)
        context = replace(context, account_bonds=bonds)
    before, after = standing.facts, act(standing.facts, deed, context)
    key, customer = standing.order_id, standing.customer_id
    if not standing.has_life:
        await add_life(uow.session, key, customer, before)
        await tell(uow, key, customer, TAKEN_OVER, None, before)
    await save(uow, key, customer, before, after)
    reason = getattr(deed, "reason", None)
    await tell(uow, key, customer, event_kind(transition.name), before, after, reason)
    await record(
        uow,
        transition.name,
        "Order",
        key,
        before={"status": before.status, "version": standing.version},
        after={"status": after.status, "deed": _deed_told(command.deed)},
        reason=reason,
    )
    await follow_up(uow, standing, deed, after, policy)
    return key


async def acting(uow: UnitOfWork, policy: Policy, standing: Standing) -> Context:
    """The person of a transaction at this order, today."""
    return Context(
        actor=uow.actor,
        roles=uow.principal.roles,
        today=policy.local_date(uow.now),
        policy=policy.orders,
        calendar=await business_calendar(uow, policy),
        goods=standing.goods,
        currency=policy.currency,
        account_currency=standing.account_currency,
    )


async def locked_standing(
    uow: UnitOfWork, order_id: int, policy: Policy, *, lapsed_too: bool = False
) -> Standing:
    """The order as it stands, locked until the transaction ends; see `lock_order`.

    Raises NotFound.
    """
    if not await lock_order(uow.session, order_id, lapsed_too=lapsed_too):
        raise NotFound("order", str(order_id), field="id")
    # Nothing that was read before the lock may be taken for what stands now.
    uow.session.expire_all()
    return (await standings(uow.session, [order_id], policy.zone))[order_id]


def _changes_currency(deed: Any, facts: OrderFacts) -> bool:
    """Whether an act asks for another currency, or decides on one that was asked for."""
    if isinstance(deed, Decide | AgreeConditions):
        change = facts.open_change
        return change is not None and change.currency is not None
    is_asked = isinstance(deed, SupplyInformation | RequestChange)
    return is_asked and deed.currency not in (None, facts.currency)


async def _informed(uow: UnitOfWork, deed: Any, standing: Standing, policy: Policy) -> Any:
    """The deed with what must be looked up for it: products, and their prices in a currency."""
    facts = standing.facts
    currency, wanted = facts.currency, [line.sku for line in facts.lines]
    if isinstance(deed, RequestChange):
        currency = deed.currency or currency
        wanted += [line.sku for line in deed.lines] + [line.sku for line in deed.added]
    elif isinstance(deed, SupplyInformation) and deed.currency is not None:
        currency = deed.currency
    elif not isinstance(deed, Check):
        return deed
    codes = sorted({sku for sku in wanted if sku is not None})
    key, customer = standing.order_id, standing.customer_id
    found = await articles(uow.session, customer, key, codes, currency, policy.zone)
    return replace(deed, articles=found)


def _deed_told(deed: Any) -> Any:
    """What was asked for, without what was looked up for it."""
    said: dict[str, Any] = told(replace(deed, articles={}) if hasattr(deed, "articles") else deed)
    said.pop("articles", None)
    return said

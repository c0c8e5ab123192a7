"""Commands on orders: what the pipeline of `services.commands` asks of an order (O15)."""

from dataclasses import replace
from typing import Any

from domain.commands import Command
from domain.orders.commands.changes import RequestChange
from domain.orders.commands.decision import AgreeConditions, Decide
from domain.orders.commands.deposits import RecordDeposit
from domain.orders.commands.intake import Check, SupplyInformation
from domain.orders.history import TAKEN_OVER, to_json
from domain.orders.order import Order
from domain.orders.state_machine import apply
from domain.orders.transition import OrderCommand
from persistence.orders.account import account_bonds
from persistence.orders.articles import articles
from persistence.orders.writing import add_process, append_event, save
from persistence.unit_of_work import UnitOfWork
from services.commands import OnOne, Subject, act_on, use_case
from services.orders.follow_ups import follow_up
from services.orders.load import OrderAtHand, context_of, lock_and_load


class Orders(Subject[OrderCommand, OrderAtHand, Order]):
    """Orders as objects of commands."""

    noun = "order"

    async def load(self, request: OnOne[OrderCommand], uow: UnitOfWork) -> OrderAtHand:
        """The order; with money that comes in, its customer's lapsed reservations are locked."""
        lapsed_too = isinstance(request.command, RecordDeposit)
        return await lock_and_load(uow, request.key, lapsed_too=lapsed_too)

    async def judge(self, loaded: OrderAtHand, command: OrderCommand, uow: UnitOfWork) -> Order:
        """The facts after the command, by the rule of its row."""
        order = loaded.order
        context = await context_of(uow, loaded.policy, order)
        if _changes_currency(command, order.facts):
            bonds = await account_bonds(uow, order.customer_id, order.order_id)
            context = replace(context, account_bonds=bonds)
        return apply(order.facts, await _with_articles(command, loaded, uow), context)

    async def save(
        self,
        loaded: OrderAtHand,
        row: Command,
        command: OrderCommand,
        after: Order,
        uow: UnitOfWork,
    ) -> None:
        """Write the facts that changed, and the event; an imported order's process begins here."""
        key, customer, before = loaded.key, loaded.order.customer_id, loaded.facts
        if not loaded.order.has_process:
            await add_process(uow.session, key, customer, before)
            await append_event(uow, key, customer, TAKEN_OVER, None, before)
        await save(uow, key, customer, before, after)
        reason = getattr(command, "reason", None)
        await append_event(uow, key, customer, row.event, before, after, reason)

    def audited(
        self, loaded: OrderAtHand, command: OrderCommand, after: Order
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Status and version before, status and the command after."""
        return (
            {"status": loaded.facts.status, "version": loaded.version},
            {"status": after.status, "command": _to_json(command)},
        )

    async def follow_up(
        self, loaded: OrderAtHand, command: OrderCommand, after: Order, uow: UnitOfWork
    ) -> None:
        """Stock, money, penalties, milestones, time limits, another run."""
        await follow_up(uow, loaded, command, after)


ORDERS = Orders()


@use_case
async def act_on_order(request: OnOne[OrderCommand], uow: UnitOfWork) -> int:
    """Carry out a command on an order, with all that follows from it; the order's key."""
    return await act_on(ORDERS, request, uow)


def _changes_currency(command: OrderCommand, facts: Order) -> bool:
    """Whether a command asks for another currency, or decides on one that was asked for."""
    if isinstance(command, Decide | AgreeConditions):
        change = facts.open_change
        return change is not None and change.currency is not None
    if isinstance(command, SupplyInformation | RequestChange):
        return command.currency not in (None, facts.currency)
    return False


async def _with_articles(
    command: OrderCommand, loaded: OrderAtHand, uow: UnitOfWork
) -> OrderCommand:
    """The command with what must be looked up for it: products, and prices in a currency."""
    facts, order = loaded.facts, loaded.order
    currency, wanted = facts.currency, [line.sku for line in facts.lines]
    if isinstance(command, RequestChange):
        currency = command.currency or currency
        wanted += [line.sku for line in command.lines] + [line.sku for line in command.added]
    elif isinstance(command, SupplyInformation) and command.currency is not None:
        currency = command.currency
    elif not isinstance(command, Check):
        return command
    codes = sorted({sku for sku in wanted if sku is not None})
    zone = loaded.policy.zone
    found = await articles(uow.session, order.customer_id, order.order_id, codes, currency, zone)
    return replace(command, articles=found)


def _to_json(command: Any) -> Any:
    """What was asked for; what is looked up for a command is none of it."""
    said: dict[str, Any] = to_json(command)
    said.pop("articles", None)
    return said

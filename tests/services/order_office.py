"""An office over the tiny company of `tests.world`: its people take orders through their process.

F1 (prepaid, has an order already) and F2 of `tiny`; X1, an export customer on letters of credit,
is new. Everybody is named after the role.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from domain.funding import FundsAccount
from domain.orders.commands.approval import Approve, FinanceApprove
from domain.orders.commands.confirmation import Confirm, ReturnConfirmation, SendConfirmation
from domain.orders.commands.decision import Decide
from domain.orders.commands.deposits import RecordDeposit, SignSpecial
from domain.orders.commands.fulfilment import Close, Deliver, Settle, Ship, SignReceipt
from domain.orders.commands.intake import Check, Place
from domain.orders.commands.production import ReleaseGate, SignProductionOrder, SignWorkOrder
from domain.orders.commands.review import (
    FileDrawing,
    GiveOpinion,
    OpenReview,
    SignMaterials,
    StateMaterials,
)
from domain.orders.entries import Line
from domain.orders.history import replayed
from domain.orders.order import Order
from domain.orders.refusals import OrderRefused
from domain.parties.customers import Contact, UpdateCustomer
from domain.policy import Policy
from domain.policy.orders import OrderPolicy
from domain.principals import SYSTEM, Principal
from domain.roles import Role
from domain.supply import ReceiptLine, ReceiveGoods
from persistence.invariants import check_invariants
from persistence.orders.money import Movement, move_money
from persistence.orders.reading import LoadedOrder, load_orders, process_events
from persistence.tables import CustomerRow
from services.allocation.run import run_allocation
from services.bootstrap import Dependencies
from services.commands import OnOne
from services.orders.commands import act_on_order
from services.orders.place import place_order
from services.parties.customers import update_customer
from services.policy import change_policy, current_policy
from services.supply import receive_goods

WANTED = dt.date(2014, 3, 31)
DONE = dt.date(2014, 3, 3)


def person(role: str, name: str | None = None) -> Principal:
    """A person of that role."""
    return Principal(name or role.lower(), frozenset({role}))


@dataclass
class Office:
    """The company's people at their orders."""

    deps: Dependencies

    async def place(self, customer: str = "F1", **given: Any) -> int:
        """The clerk takes in an order of 10 TEE-40 at 10.00."""
        order: dict[str, Any] = {
            "channel": "PHONE",
            "lines": (Line(1, "TEE-40", 10, Decimal("10.00")),),
            "required_on": WANTED,
            "delivery_address": "1 Nanjing Road",
            **given,
        }
        async with self.deps.unit_of_work(person(Role.ORDER_CLERK)) as uow:
            return await place_order(Place(customer, **order), uow)

    async def do(
        self,
        role: str,
        order: int,
        command: object,
        *,
        name: str | None = None,
        expected: int | None = None,
    ) -> None:
        """A person of the role acts on an order."""
        async with self.deps.unit_of_work(person(role, name)) as uow:
            await act_on_order(OnOne(order, command, expected), uow)

    async def refused(self, role: str, order: int, command: object) -> list[str]:
        """The codes with which an act is refused."""
        try:
            await self.do(role, order, command)
        except OrderRefused as refusal:
            return [reason.code for reason in refusal.reasons]
        raise AssertionError(f"{type(command).__name__} was allowed")

    async def loaded(self, order: int) -> LoadedOrder:
        """The order as it stands."""
        async with self.deps.unit_of_work(SYSTEM) as uow:
            _, policy = await current_policy(uow)
            return (await load_orders(uow.session, [order], policy.zone))[order]

    async def facts(self, order: int) -> Order:
        """The order's facts; its history must lead to the same."""
        facts = (await self.loaded(order)).facts
        async with self.deps.unit_of_work(SYSTEM) as uow:
            assert replayed(await process_events(uow.session, order)) == facts
        return facts

    async def ask(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """Rows of a query, as the system sees them."""
        async with self.deps.unit_of_work(SYSTEM) as uow:
            return [tuple(row) for row in await uow.session.execute(text(statement), values)]

    async def check_and_approve(self, order: int) -> None:
        """Checked, and approved by finance and sales."""
        await self.do("ORDER_CLERK", order, Check())
        await self.do("FINANCE", order, FinanceApprove())
        await self.do("SALES_SUPERVISOR", order, Approve())

    async def review(self, order: int, verdict: str = "FEASIBLE") -> None:
        """A review in which everybody has spoken, materials and drawing are there."""
        await self.do("PLANNING", order, OpenReview())
        await self.do("PURCHASING", order, StateMaterials("Cotton is in stock."))
        for role in ("ENGINEERING", "PURCHASING"):
            await self.do(role, order, SignMaterials(role))
        review = (await self.facts(order)).reviews[-1]
        for role in review.required:
            await self.do(role, order, GiveOpinion(role, verdict))
        if review.kind == "NON_REGULAR":
            await self.do("ENGINEERING", order, FileDrawing("D-1", "fax"))

    async def confirm(self, order: int) -> None:
        """From the accepted review to CONFIRMED."""
        await self.do("ORDER_CLERK", order, SendConfirmation(DONE))
        back = ReturnConfirmation(True, True, True)
        await self.do("ORDER_CLERK", order, back)
        await self.do("ORDER_CLERK", order, Confirm())

    async def bring_to_accepted(self, order: int) -> None:
        """Checked, approved, reviewed and accepted."""
        await self.check_and_approve(order)
        await self.review(order)
        yes = Decide("ACCEPTED", production_promised_on=DONE)
        await self.do("PLANNING", order, yes)

    async def bring_to_confirmed(self, order: int, *, special: bool = False) -> None:
        """The whole way of a regular order."""
        await self.bring_to_accepted(order)
        if special:
            for role in ("SALES_MANAGER", "DEPUTY_GM"):
                await self.do(role, order, SignSpecial(role))
            slip = RecordDeposit(Decimal(30), f"slip for {order}")
            await self.do("FINANCE", order, slip)
        await self.confirm(order)

    async def produce(self, order: int) -> None:
        """Released, and both papers of production signed."""
        await self.do("SALES_ADMIN", order, ReleaseGate())
        for role in ("SALES_ADMIN", "PRODUCTION"):
            await self.do(role, order, SignProductionOrder(role))
        for role in ("SALES", "PLANNING", "ENGINEERING", "WAREHOUSE", "PRODUCTION"):
            await self.do(role, order, SignWorkOrder(role))

    async def ship_and_close(self, order: int) -> None:
        """From goods that are being picked to CLOSED."""
        await self.do("WAREHOUSE", order, Ship())
        await self.do("WAREHOUSE", order, Deliver())
        await self.do("SALES_ADMIN", order, SignReceipt())
        await self.do("FINANCE", order, Settle())
        await self.do("SALES_MANAGER", order, Close())


async def put_in_force(office: Office, policy: OrderPolicy) -> None:
    """Another policy of orders from now on."""
    async with office.deps.unit_of_work(SYSTEM) as uow:
        await change_policy(uow, Policy(orders=policy))


async def is_consistent(office: Office) -> bool:
    """Whether every figure that is kept twice agrees."""
    async with office.deps.unit_of_work(SYSTEM) as uow:
        return [each for each in await check_invariants(uow.session) if each.broken] == []


async def add_customer(office: Office, terms: str, kind: str = "FRANCHISEE") -> None:
    async with office.deps.unit_of_work(SYSTEM) as uow:
        uow.session.add(
            CustomerRow(
                code="N1", name="New", kind=kind, payment_terms=terms, currency="CNY", rank=9
            )
        )
    async with office.deps.unit_of_work(person("SALES")) as uow:
        await update_customer(UpdateCustomer("N1", contacts=(Contact("Ms Chen", "owner"),)), uow)


async def give_goods(office: Office, units: int) -> None:
    """Goods arrive, and a run shares them out."""
    async with office.deps.unit_of_work(SYSTEM) as uow:
        receipt = ReceiveGoods(f"GR-{units}", "C", (ReceiptLine("TEE-40", units),))
        run = (await receive_goods(receipt, uow)).run_id
    assert run is not None
    await run_allocation(run, office.deps)


async def pay(office: Office, order: int, amount: int) -> None:
    """The customer of an order pays."""
    paid = Movement(
        "RECEIPT",
        "slip 9",
        "paid",
        {FundsAccount.BANK: Decimal(-amount), FundsAccount.CUSTOMER_FUNDS: Decimal(amount)},
    )
    async with office.deps.unit_of_work(SYSTEM) as uow:
        await move_money(uow, (await office.loaded(order)).customer_id, "CNY", paid)

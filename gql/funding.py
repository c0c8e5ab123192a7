"""Customers' funds: what each can spend now, and from what."""

import datetime as dt
from typing import Annotated, Any

import strawberry

from domain.commands import Command
from domain.funding import FundsFacts, RecordPayment, available_funds
from domain.policy import Policy
from domain.roles import Action
from gql import contract
from gql.allocation.types import AllocationRun, run_by_key
from gql.connections import (
    After,
    Before,
    Connection,
    First,
    Last,
    PageArguments,
    connection,
    page_request,
)
from gql.context import Info, RequestContext
from gql.mutations import REFUSALS, UserError, carried_out
from gql.nodes import Node, findable, global_id
from gql.parties.types import Customer, CustomerFilter
from gql.permissions import Needs
from gql.scalars import Money
from persistence.funding.queries import FundsView
from persistence.parties import queries
from persistence.unit_of_work import UnitOfWork
from services.funding import record_payment
from services.idempotency import Outcome


@strawberry.type(description="What a customer can spend now, and from what (F2).")
class CustomerFunds(Node):
    """The funds of one customer, in its currency."""

    view: strawberry.Private[FundsView]
    balance: Money = strawberry.field(
        description="What the ledger holds, after what is set aside for shipments."
    )
    held: Money = strawberry.field(description="What is set aside for shipments.")
    credit: Money = strawberry.field(description="Its credit.")
    guarantees: Money = strawberry.field(description="Salespeople's guarantees for it (担保).")
    extensions: Money = strawberry.field(description="Signed extensions of payment (延期付款协议).")
    available: Money = strawberry.field(description="What counts for allocation now.")
    is_unlimited: bool = strawberry.field(
        description="On account without a limit; `credit` is then what open orders still lack."
    )
    is_blocked: bool = strawberry.field(description="Blocked until last month is paid.")
    confirmed_on: dt.date | None = strawberry.field(
        description="The day on which FINANCE confirmed these figures."
    )
    version: int = strawberry.field(description="Counts the changes of its balance.")

    @classmethod
    def of(cls, view: FundsView, policy: Policy) -> "CustomerFunds":
        """The funds of a customer under the policy in force."""
        parts = available_funds(
            FundsFacts(
                payment_terms=view.payment_terms,
                balance=view.balance,
                credit_limit=view.credit_limit,
                guarantees=view.guarantees,
                extensions=view.extensions,
                last_month_unpaid=view.blocked,
                open_order_value=view.open_order_value,
            ),
            policy,
        )
        currency = view.currency
        return cls(
            id=global_id("CustomerFunds", view.customer_id),
            view=view,
            balance=Money.of(parts.balance, currency),
            held=Money.of(view.held, currency),
            credit=Money.of(parts.credit, currency),
            guarantees=Money.of(parts.guarantees, currency),
            extensions=Money.of(parts.extensions, currency),
            available=Money.of(parts.total, currency),
            is_unlimited=parts.unlimited,
            is_blocked=parts.blocked,
            confirmed_on=view.confirmed_on,
            version=view.version,
        )

    @strawberry.field(description="Whose they are.")
    async def customer(self, info: Info) -> Customer:
        """Their customer."""
        return Customer.of(await info.context.load.customer.load(self.view.customer_id))


@strawberry.type
class FundingQueries:
    """Root fields about money."""

    @strawberry.field(
        description="Customers' funds, by customer code.",
        extensions=[Needs(Action.VIEW_FUNDS)],
    )
    async def funds(
        self,
        info: Info,
        filter: Annotated[
            CustomerFilter | None, strawberry.argument(description="Whose funds.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[CustomerFunds]:
        """A page of funds."""
        context, question = info.context, (filter or CustomerFilter()).question()
        page = page_request(PageArguments(first, after, last, before))
        async with context.uow() as uow:
            customers = await queries.customers(uow.session, question, page)
        views = await context.load.funds_by_customer.load_many(
            [customer.id for customer in customers.rows]
        )
        by_customer = {view.customer_id: view for view in views}
        policy = await context.api.policy()

        async def total() -> int:
            async with context.uow() as uow:
                return await queries.count_customers(uow.session, question)

        found: Connection[CustomerFunds] = connection(
            customers, lambda row: CustomerFunds.of(by_customer[row.id], policy), total
        )
        return found


@strawberry.type(description="The customer's funds with the payment in them, or why not.")
class PaymentRecordPayload:
    """The answer to `paymentRecord`."""

    funds: CustomerFunds | None = strawberry.field(description="The funds as they are now.")
    allocation_run: AllocationRun | None = strawberry.field(
        description="The run it asked for; none where no free goods are wanted."
    )
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


async def _record(info: Info, row: Command, data: Any) -> PaymentRecordPayload:
    """Answered with the run too, where there is one."""

    async def book(command: RecordPayment, uow: UnitOfWork) -> Outcome:
        recorded = await record_payment(command, uow)
        return {"customer": recorded.customer_id, "run": recorded.run_id}

    command = contract.command_from(row.kind, data)
    outcome, refusals = await carried_out(info, book, command, data.idempotency_key)
    customer = outcome.get("customer")
    return PaymentRecordPayload(
        funds=None if customer is None else await funds_by_key(info.context, customer),
        allocation_run=await run_by_key(info.context, outcome.get("run")),
        user_errors=refusals,
    )


@strawberry.type
class FundingMutations:
    """Root fields that change customers' money."""

    payment_record = contract.mutation(
        RecordPayment, PaymentRecordPayload, _record, argument="The payment."
    )


async def funds_by_key(context: RequestContext, key: int) -> CustomerFunds | None:
    """The funds of a customer, where it may be seen."""
    view = await context.load.funds_by_customer.load(key)
    return None if view is None else CustomerFunds.of(view, await context.api.policy())


findable(CustomerFunds, Action.VIEW_FUNDS, funds_by_key)

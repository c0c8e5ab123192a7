"""Look-ups that wait a moment for their kind, so that many cost one statement.

Each batch has a transaction of its own: fields run side by side, and a session can't be shared.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import Any, Protocol, TypeVar

from strawberry.dataloader import DataLoader

from domain.policy import Policy
from domain.principals import Principal
from domain.roles import Action, may
from persistence import audit, catalog, penalties, policy, pricing, shipments
from persistence.allocation import plan_lines
from persistence.allocation import queries as allocation
from persistence.calendar import own_days
from persistence.clocks import queries as clocks
from persistence.funding import queries as funding
from persistence.master_data import queries as master_data
from persistence.milestones import queries as milestones
from persistence.orders import queries as orders
from persistence.orders.reading import LoadedOrder, load_orders
from persistence.paging import Page, PageRequest
from persistence.parties import customers, people
from persistence.parties import queries as parties
from persistence.production import queries as production
from persistence.scenarios import queries as scenarios
from persistence.supply import queries as supply
from persistence.tasks import queries as tasks
from persistence.unit_of_work import UnitOfWork
from services.calendar.business_days import work_calendar_of
from services.timeline.entries import TimelineReader
from services.timeline.reading import timelines_by_order

Row = TypeVar("Row")
# (session, keys) -> what was found by key
ByKey = Callable[[Any, Sequence[Any]], Awaitable[dict[Any, Row]]]
PagesByKey = Callable[[Any, Sequence[int], PageRequest], Awaitable[dict[int, Page[Row]]]]
LARGEST_BATCH = 1_000


class Operation(Protocol):
    """What look-ups need of the operation that they are for."""

    @property
    def principal(self) -> Principal:
        """Who is asking."""

    def uow(self) -> UnitOfWork:
        """A transaction in the principal's name."""

    async def today(self) -> tuple[dt.date, Policy]:
        """The business day it is now, and the policy that says so."""


class Loaders:
    """One loader per question, each remembering its answers until the operation ends."""

    def __init__(self, context: Operation) -> None:
        self._context = context
        self._pages: dict[tuple[str, PageRequest], DataLoader[int, Page[Any]]] = {}
        self._counts: dict[str, DataLoader[int, int]] = {}

    @cached_property
    def order(self) -> DataLoader[Any, Any]:
        return self._by(orders.orders_by_id)

    @cached_property
    def loaded_order(self) -> DataLoader[Any, Any]:
        async def ask(session: Any, keys: Sequence[int]) -> dict[int, LoadedOrder]:
            _, policy = await self._context.today()
            return await load_orders(session, keys, policy.zone)

        return self._by(ask)

    @cached_property
    def order_by_number(self) -> DataLoader[Any, Any]:
        return self._by(orders.orders_by_number)

    @cached_property
    def order_line(self) -> DataLoader[Any, Any]:
        return self._by(orders.order_lines_by_id)

    @cached_property
    def payment(self) -> DataLoader[Any, Any]:
        return self._by(orders.payments_by_id)

    @cached_property
    def payments_by_order(self) -> DataLoader[Any, Any]:
        return self._by(orders.payments_by_order)

    @cached_property
    def customer(self) -> DataLoader[Any, Any]:
        return self._by(parties.customers_by_id)

    @cached_property
    def customer_by_code(self) -> DataLoader[Any, Any]:
        return self._by(parties.customers_by_code)

    @cached_property
    def region(self) -> DataLoader[Any, Any]:
        return self._by(parties.regions_by_id)

    @cached_property
    def store(self) -> DataLoader[Any, Any]:
        return self._by(parties.stores_by_id)

    @cached_property
    def warehouse(self) -> DataLoader[Any, Any]:
        return self._by(parties.warehouses_by_id)

    @cached_property
    def product(self) -> DataLoader[Any, Any]:
        return self._by(catalog.products_by_id)

    @cached_property
    def sku(self) -> DataLoader[Any, Any]:
        return self._by(catalog.skus_by_id)

    @cached_property
    def milestone(self) -> DataLoader[Any, Any]:
        return self._by(milestones.milestones_by_id)

    @cached_property
    def milestones_by_order(self) -> DataLoader[Any, Any]:
        return self._by(milestones.milestones_by_order)

    @cached_property
    def milestone_step(self) -> DataLoader[Any, Any]:
        return self._by(milestones.steps_by_id)

    @cached_property
    def history_by_milestone(self) -> DataLoader[Any, Any]:
        return self._by(milestones.history_by_milestone)

    @cached_property
    def vendor_dates_by_milestone(self) -> DataLoader[Any, Any]:
        return self._by(milestones.vendor_dates_by_milestone)

    @cached_property
    def plans_by_order(self) -> DataLoader[Any, Any]:
        return self._by(milestones.plans_by_order)

    @cached_property
    def milestone_template(self) -> DataLoader[Any, Any]:
        return self._by(milestones.templates_by_id)

    @cached_property
    def steps_by_template(self) -> DataLoader[Any, Any]:
        return self._by(milestones.steps_by_template)

    @cached_property
    def task(self) -> DataLoader[Any, Any]:
        return self._by(tasks.tasks_by_id)

    @cached_property
    def tasks_by_order(self) -> DataLoader[Any, Any]:
        return self._by(tasks.tasks_by_order)

    @cached_property
    def clock(self) -> DataLoader[Any, Any]:
        return self._by(clocks.clocks_by_id)

    @cached_property
    def clocks_by_order(self) -> DataLoader[Any, Any]:
        return self._by(clocks.clocks_by_order)

    @cached_property
    def purchase(self) -> DataLoader[Any, Any]:
        return self._by(production.purchases_by_id)

    @cached_property
    def purchases_by_order(self) -> DataLoader[Any, Any]:
        return self._by(production.purchases_by_order)

    @cached_property
    def stage(self) -> DataLoader[Any, Any]:
        return self._by(production.stages_by_id)

    @cached_property
    def stages_by_order(self) -> DataLoader[Any, Any]:
        return self._by(production.stages_by_order)

    @cached_property
    def inspection(self) -> DataLoader[Any, Any]:
        return self._by(production.inspections_by_id)

    @cached_property
    def inspections_by_order(self) -> DataLoader[Any, Any]:
        return self._by(production.inspections_by_order)

    @cached_property
    def shipment(self) -> DataLoader[Any, Any]:
        return self._by(shipments.shipments_by_id)

    @cached_property
    def shipment_by_number(self) -> DataLoader[Any, Any]:
        return self._by(shipments.shipments_by_number)

    @cached_property
    def shipments_by_order(self) -> DataLoader[Any, Any]:
        return self._by(shipments.shipments_by_order)

    @cached_property
    def shipment_line(self) -> DataLoader[Any, Any]:
        return self._by(shipments.shipment_lines_by_id)

    @cached_property
    def tracking_by_shipment(self) -> DataLoader[Any, Any]:
        return self._by(shipments.tracking_by_shipment)

    @cached_property
    def goods_receipt(self) -> DataLoader[Any, Any]:
        return self._by(supply.goods_receipts_by_id)

    @cached_property
    def goods_receipt_by_number(self) -> DataLoader[Any, Any]:
        return self._by(supply.goods_receipts_by_number)

    @cached_property
    def run(self) -> DataLoader[Any, Any]:
        return self._by(allocation.runs_by_id)

    @cached_property
    def run_by_receipt(self) -> DataLoader[Any, Any]:
        return self._by(allocation.runs_by_receipt)

    @cached_property
    def allocation_line(self) -> DataLoader[Any, Any]:
        return self._by(plan_lines.plan_lines_by_key)

    @cached_property
    def reservation(self) -> DataLoader[Any, Any]:
        return self._by(allocation.reservations_by_id)

    @cached_property
    def reservations_by_order(self) -> DataLoader[Any, Any]:
        return self._by(allocation.reservations_by_order)

    @cached_property
    def funds_by_customer(self) -> DataLoader[Any, Any]:
        async def ask(session: Any, keys: Sequence[int]) -> dict[int, funding.FundsView]:
            today, _ = await self._context.today()
            return await funding.funds_by_customer(session, keys, today)

        return self._by(ask)

    @cached_property
    def scenario(self) -> DataLoader[Any, Any]:
        return self._by(scenarios.scenarios_by_id)

    @cached_property
    def audit_entry(self) -> DataLoader[Any, Any]:
        return self._by(audit.audit_entries_by_id)

    @cached_property
    def master_data_change(self) -> DataLoader[Any, Any]:
        return self._by(master_data.changes_by_id)

    @cached_property
    def policy_version(self) -> DataLoader[Any, Any]:
        return self._by(policy.policies_by_version)

    @cached_property
    def price_plan(self) -> DataLoader[Any, Any]:
        return self._by(pricing.plans_by_id)

    @cached_property
    def penalty(self) -> DataLoader[Any, Any]:
        return self._by(penalties.penalties_by_id)

    @cached_property
    def work_calendar(self) -> DataLoader[Any, Any]:
        """By policy, of which there is one in an operation: the calendar is read once."""

        async def batch(policies: list[Any]) -> list[Any]:
            async with self._context.uow() as uow:
                own = await own_days(uow)
            return [work_calendar_of(policy, own) for policy in policies]

        return DataLoader(batch, cache_key_fn=id)

    @cached_property
    def person(self) -> DataLoader[Any, Any]:
        return self._by(people.people_by_id)

    @cached_property
    def person_by_subject(self) -> DataLoader[Any, Any]:
        return self._by(people.people_by_subject)

    @cached_property
    def roles(self) -> DataLoader[Any, Any]:
        return self._by(people.roles_by_person)

    @cached_property
    def contact(self) -> DataLoader[Any, Any]:
        return self._by(customers.contacts_by_id)

    @cached_property
    def contacts_by_customer(self) -> DataLoader[Any, Any]:
        return self._by(customers.contacts_by_customer)

    @cached_property
    def trading_by_customer(self) -> DataLoader[Any, Any]:
        return self._by(customers.trading_by_customer)

    @cached_property
    def timeline_by_order(self) -> DataLoader[Any, Any]:
        async def ask(session: Any, keys: Sequence[int]) -> dict[int, Any]:
            today, policy = await self._context.today()
            principal = self._context.principal
            reader = TimelineReader(
                policy.zone,
                today,
                is_staff=may(principal, Action.VIEW_ORDER_WORK),
                sees_money=may(principal, Action.VIEW_FUNDS),
            )
            return await timelines_by_order(session, keys, reader)

        return self._by(ask)

    def page(self, question: PagesByKey[Row], page: PageRequest, key: int) -> Awaitable[Page[Row]]:
        """One parent's page of a nested list; parents asked together cost one statement."""
        name = (question.__name__, page)
        if name not in self._pages:

            async def ask(session: Any, keys: Sequence[int]) -> dict[int, Page[Row]]:
                return await question(session, keys, page)

            self._pages[name] = self._by(ask)
        return self._pages[name].load(key)

    def count(self, question: ByKey[int], key: int) -> Awaitable[int]:
        """One parent's number of rows in a nested list."""
        if question.__name__ not in self._counts:
            self._counts[question.__name__] = self._by(question)
        return self._counts[question.__name__].load(key)

    def _by(self, question: ByKey[Any]) -> DataLoader[Any, Any]:
        async def batch(keys: list[Any]) -> list[Any]:
            async with self._context.uow() as uow:
                found = await question(uow.session, keys)
            return [found.get(key) for key in keys]

        return DataLoader(batch, max_batch_size=LARGEST_BATCH)

"""What became of one order's goods in the runs, line by line, and why a line lacks units (A9)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from allocator import Explanation
from domain.allocation import FUNDED, RESERVED
from domain.errors import DomainError, NotFound
from domain.principals import SYSTEM
from persistence.paging import PageRequest
from persistence.queries import allocation, catalog, orders, parties
from persistence.tables import OrderLineRow, OrderRow, ReservationRow
from persistence.unit_of_work import UnitOfWork
from services.allocation.explanation import LineToExplain, explained, line_to_explain
from services.allocation.snapshot import line_id
from services.bootstrap import Dependencies

# Lines of an order that are told of, and runs that are looked through for the last of each.
MOST_LINES = 200
MOST_RUNS = 20
# What would change a claim takes solves: of so many it is searched, of the others the reasons do.
MOST_SEARCHED = 40
# What a claim of an order line is called, by its stage.
_CLAIMS = {FUNDED: "L", RESERVED: "R"}


@dataclass(frozen=True)
class ClaimOutcome:
    """Why a run gave a line's claim what it did; `unknown`: why that cannot be told."""

    stage: int
    run_id: int
    explanation: Explanation | None
    unknown: str | None = None


@dataclass(frozen=True)
class LineOutcome:
    """A line of an order with where its units are; None where its customer did not say.

    sku: its code, or what the customer called a product that nobody knows.
    held: given and being picked. reserved_until: when the first of its reservations ends.
    claims: of its last run, for a line that lacks units or has some only reserved.
    """

    line_no: int
    sku: str | None
    product: tuple[str, str] | None
    ordered: int | None
    shipped: int
    held: int
    reserved: int
    reserved_until: dt.datetime | None
    claims: tuple[ClaimOutcome, ...]

    @property
    def open(self) -> int:
        """Units that were neither shipped, given nor reserved, as far as it is known."""
        return (self.ordered or 0) - self.shipped - self.held - self.reserved


@dataclass(frozen=True)
class OrderOutcome:
    """An order with its customer and lines; `more_lines`: how many are left out.

    unsearched: of how many claims it was not searched what would change them.
    """

    order: OrderRow
    customer: str
    customer_name: str
    lines: tuple[LineOutcome, ...]
    more_lines: int
    unsearched: int


@dataclass(frozen=True)
class _Found:
    row: OrderLineRow
    claims: tuple[tuple[int, int, LineToExplain], ...]


async def order_outcome(order_number: str, deps: Dependencies) -> OrderOutcome:
    """What became of an order's goods, with the reasons of its last run.

    The run is solved again for it, in a child of this process. Raises NotFound for an order that
    does not exist.
    """
    async with deps.unit_of_work(SYSTEM) as uow:
        session = uow.session
        order = (await orders.orders_by_number(session, [order_number])).get(order_number)
        if order is None:
            raise NotFound("order", order_number)
        page = await orders.lines_by_order(session, [order.id], PageRequest(MOST_LINES))
        rows = list(page[order.id].rows)
        count = (await orders.count_lines_by_order(session, [order.id]))[order.id]
        customer = (await parties.customers_by_id(session, [order.customer_id]))[order.customer_id]
        known = [row.sku_id for row in rows if row.sku_id is not None]
        skus = await catalog.skus_by_id(session, known)
        products = await catalog.products_by_id(session, [sku.product_id for sku in skus.values()])
        reservations = await allocation.reservations_by_order(session, [order.id])
        until = _ends(reservations[order.id])
        runs = await allocation.allocation_runs(
            session, allocation.RunQuestion(statuses=("COMMITTED",)), PageRequest(MOST_RUNS)
        )
        found = [
            _Found(row, await _claims(order, row, [run.id for run in runs.rows], uow))
            for row in rows
        ]
    lines, claims = [], 0
    for each in found:
        outcomes = []
        for claim in each.claims:
            outcomes.append(await _outcome(*claim, searched=claims < MOST_SEARCHED))
            claims += 1
        sku = None if each.row.sku_id is None else skus[each.row.sku_id]
        product = None if sku is None else products[sku.product_id]
        lines.append(
            LineOutcome(
                each.row.line_no,
                each.row.stated_sku if sku is None else sku.code,
                None if product is None else (product.name, product.name_zh or product.name),
                each.row.units_ordered,
                each.row.units_shipped,
                each.row.units_held,
                each.row.units_reserved,
                until.get(each.row.id),
                tuple(outcomes),
            )
        )
    return OrderOutcome(
        order,
        customer.code,
        customer.name,
        tuple(lines),
        more_lines=count - len(rows),
        unsearched=max(claims - MOST_SEARCHED, 0),
    )


def _ends(reservations: Sequence[ReservationRow]) -> dict[int, dt.datetime]:
    """By order line, when the first of its reservations ends."""
    found: dict[int, dt.datetime] = {}
    for row in reservations:
        if row.status == "ACTIVE":
            earlier = found.get(row.order_line_id, row.expires_at)
            found[row.order_line_id] = min(earlier, row.expires_at)
    return found


async def _claims(
    order: OrderRow, row: OrderLineRow, runs: list[int], uow: UnitOfWork
) -> tuple[tuple[int, int, LineToExplain], ...]:
    """Stage, run and claim of what a line that lacks units wanted of the last run it was in."""
    if row.units_shipped + row.units_held >= (row.units_ordered or 0):
        return ()
    name = line_id(order.order_number, row.line_no)
    for run_id in runs:
        found = []
        for stage, letter in _CLAIMS.items():
            try:
                found.append(
                    (stage, run_id, await line_to_explain(run_id, f"{letter}:{name}", uow))
                )
            except NotFound:
                continue
        if found:
            return tuple(found)
    return ()


async def _outcome(
    stage: int, run_id: int, claim: LineToExplain, *, searched: bool
) -> ClaimOutcome:
    try:
        return ClaimOutcome(stage, run_id, await explained(claim, counterfactuals=searched))
    except DomainError as unknown:
        return ClaimOutcome(stage, run_id, None, unknown.message)

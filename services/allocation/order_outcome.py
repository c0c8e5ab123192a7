"""What became of one order's goods in the runs, line by line, and why a line lacks units (A9)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from allocator import Explanation
from domain.allocation import FUNDED, RESERVED, AllocationRunStatus, ReservationStatus
from domain.errors import DomainError, NotFound
from domain.languages import Names, in_both
from domain.messages import Message
from domain.principals import SYSTEM
from persistence import catalog
from persistence.allocation import queries as allocation
from persistence.allocation.plan_lines import PlanLine, lines_of_claims
from persistence.allocation.runs import run_by_id
from persistence.orders import queries as orders
from persistence.paging import PageRequest
from persistence.parties import queries as parties
from persistence.tables import AllocationRunRow, OrderLineRow, OrderRow, ReservationRow
from persistence.unit_of_work import UnitOfWork
from services.allocation.explanation import explained, to_explain
from services.allocation.snapshot import line_id
from services.bootstrap import Dependencies

# Lines of an order that are listed, and runs that are looked through for the last of each.
MOST_LINES = 200
MOST_RUNS = 20
# What would change a claim takes solves: this many are searched; for the others the reasons do.
MOST_SEARCHED = 40
# What a claim of an order line is called, by its stage.
_CLAIMS = {FUNDED: "L", RESERVED: "R"}


@dataclass(frozen=True)
class ClaimOutcome:
    """Why a run gave a line's claim what it did, or why that is not known."""

    stage: int
    run_id: int
    explanation: Explanation | Message


@dataclass(frozen=True)
class LineOutcome:
    """A line of an order with where its units are; None where its customer did not say.

    sku: its code, or what the customer called a product that nobody knows.
    held: given and being picked. reserved_until: when the first of its reservations ends.
    claims: of its last run, for a line that lacks units or has some only reserved.
    """

    line_no: int
    sku: str | None
    product: Names | None
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
    customer_name: Names
    lines: tuple[LineOutcome, ...]
    more_lines: int
    unsearched: int


@dataclass(frozen=True)
class _Claim:
    """A claim of an order line, by what a run gave it."""

    stage: int
    run: AllocationRunRow
    lines: Sequence[PlanLine]


async def order_outcome(order_number: str, deps: Dependencies) -> OrderOutcome:
    """What became of an order's goods, with the reasons of its last run.

    Its last runs are solved again for it, in a child of this process. Raises NotFound for an order
    that does not exist.
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
        claims = await _last_claims(order, rows, uow)
    lines, searched = [], 0
    for row in rows:
        outcomes = []
        for claim in claims.get(row.id, ()):
            outcomes.append(
                await _outcome(claim, customer.currency, searched=searched < MOST_SEARCHED)
            )
            searched += 1
        sku = None if row.sku_id is None else skus[row.sku_id]
        product = None if sku is None else products[sku.product_id]
        lines.append(
            LineOutcome(
                row.line_no,
                row.stated_sku if sku is None else sku.code,
                None if product is None else in_both(product.name, product.name_zh),
                row.units_ordered,
                row.units_shipped,
                row.units_held,
                row.units_reserved,
                until.get(row.id),
                tuple(outcomes),
            )
        )
    return OrderOutcome(
        order,
        customer.code,
        in_both(customer.name, customer.name_zh),
        tuple(lines),
        more_lines=count - len(rows),
        unsearched=max(searched - MOST_SEARCHED, 0),
    )


def _ends(reservations: Sequence[ReservationRow]) -> dict[int, dt.datetime]:
    """By order line, when the first of its reservations ends."""
    found: dict[int, dt.datetime] = {}
    for row in reservations:
        if row.status == ReservationStatus.ACTIVE:
            earlier = found.get(row.order_line_id, row.expires_at)
            found[row.order_line_id] = min(earlier, row.expires_at)
    return found


async def _last_claims(
    order: OrderRow, rows: Sequence[OrderLineRow], uow: UnitOfWork
) -> dict[int, list[_Claim]]:
    """By line that lacks units, what the last run that it was in made of it."""
    session = uow.session
    missing = {
        row.id: line_id(order.order_number, row.line_no)
        for row in rows
        if row.units_shipped + row.units_held < (row.units_ordered or 0)
    }
    runs = await allocation.allocation_runs(
        session,
        allocation.RunQuestion(statuses=(AllocationRunStatus.COMMITTED,)),
        PageRequest(MOST_RUNS),
    )
    found: dict[int, list[_Claim]] = {}
    for listed in runs.rows:
        if not missing:
            break
        names = {
            f"{letter}:{name}": (line, stage)
            for line, name in missing.items()
            for stage, letter in _CLAIMS.items()
        }
        claims = await lines_of_claims(session, listed.id, names)
        # With its snapshot, which is read once for all that it explains.
        run = await run_by_id(session, listed.id) if claims else None
        if run is None:
            continue
        for claim, (line, stage) in names.items():
            if claim in claims:
                found.setdefault(line, []).append(_Claim(stage, run, claims[claim]))
        missing = {line: name for line, name in missing.items() if line not in found}
    return found


async def _outcome(claim: _Claim, currency: str, *, searched: bool) -> ClaimOutcome:
    run_id = claim.run.id
    try:
        line = to_explain(claim.run, claim.lines, currency, only_own=False)
        return ClaimOutcome(claim.stage, run_id, await explained(line, counterfactuals=searched))
    except DomainError as unknown:
        return ClaimOutcome(claim.stage, run_id, unknown.message)

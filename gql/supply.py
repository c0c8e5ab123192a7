"""Goods receipts, stock, and the recording of a receipt."""

import datetime as dt
from typing import Annotated, Any

import strawberry

from domain.commands import Command
from domain.roles import Action
from domain.supply import ReceiveGoods
from gql import contract
from gql.catalog import Sku, sku_by_key
from gql.connections import (
    listing,
    pages,
)
from gql.context import Info
from gql.input_changes import Narrowing
from gql.mutations import REFUSALS, UserError, carried_out
from gql.nodes import Node, findable, found_by, global_id, optional_key, related
from gql.parties.types import Warehouse, warehouse_by_key
from gql.permissions import Needs
from gql.references import ALLOCATION_RUN, AllocationRunRef
from gql.scalars import BigInt, DateTimeRange, span
from persistence.supply import queries
from persistence.tables import GoodsReceiptLineRow, GoodsReceiptRow, StockRow
from persistence.unit_of_work import UnitOfWork
from services.idempotency import Outcome
from services.supply import receive_goods


@strawberry.type(description="Units of one SKU that arrived.")
class GoodsReceiptLine:
    """A line of a goods receipt."""

    row: strawberry.Private[GoodsReceiptLineRow]
    units: int = strawberry.field(description="How many units.")

    @classmethod
    def of(cls, row: GoodsReceiptLineRow) -> "GoodsReceiptLine":
        """The line of a row."""
        return cls(row=row, units=row.units)

    sku = related(Sku, "What arrived.", sku_by_key, "sku_id")


@strawberry.type(description="Goods that arrived at a warehouse (A2).")
class GoodsReceipt(Node):
    """A goods receipt."""

    row: strawberry.Private[GoodsReceiptRow]
    receipt_number: str = strawberry.field(description="The delivery's own number.")
    received_at: dt.datetime = strawberry.field(description="When the goods arrived.")
    recorded_by: str = strawberry.field(description="Who recorded it.")
    created_at: dt.datetime = strawberry.field(description="When it was recorded.")

    @classmethod
    def of(cls, row: GoodsReceiptRow) -> "GoodsReceipt":
        """The receipt of a row."""
        return cls(
            id=global_id("GoodsReceipt", row.id),
            row=row,
            receipt_number=row.receipt_number,
            received_at=row.received_at,
            recorded_by=row.recorded_by,
            created_at=row.created_at,
        )

    warehouse = related(Warehouse, "Where the goods arrived.", warehouse_by_key, "warehouse_id")
    lines = pages(
        GoodsReceiptLine, "What arrived.", queries.lines_by_receipt, queries.count_lines_by_receipt
    )

    @strawberry.field(
        description="The allocation run that shares it out; none at a region's own warehouse, or"
        " where no open claim could be given any of it.",
        extensions=[Needs(Action.VIEW_ALLOCATION)],
    )
    async def run(self, info: Info) -> AllocationRunRef | None:
        """Its run."""
        row = await info.context.load.run_by_receipt.load(self.row.id)
        return None if row is None else ALLOCATION_RUN.of(row)


receipt_by_key = found_by(GoodsReceipt.of, lambda load: load.goods_receipt)


@strawberry.type(description="Units of a SKU in a warehouse.")
class StockLevel:
    """Stock on hand and what of it is spoken for."""

    row: strawberry.Private[StockRow]
    units_on_hand: BigInt = strawberry.field(description="Units that lie there.")
    units_held: BigInt = strawberry.field(description="Of these, given to shipments.")
    units_reserved: BigInt = strawberry.field(description="Of these, reserved until paid.")
    units_free: BigInt = strawberry.field(description="The rest, which a run can give.")

    @classmethod
    def of(cls, row: StockRow) -> "StockLevel":
        """The stock of a row."""
        free = row.units_on_hand - row.units_held - row.units_reserved
        return cls(
            row=row,
            units_on_hand=BigInt(row.units_on_hand),
            units_held=BigInt(row.units_held),
            units_reserved=BigInt(row.units_reserved),
            units_free=BigInt(free),
        )

    warehouse = related(Warehouse, "Where it lies.", warehouse_by_key, "warehouse_id")
    sku = related(Sku, "What it is.", sku_by_key, "sku_id")


@strawberry.input(
    description="Which goods receipts to list; what is left out or empty does not narrow."
)
class GoodsReceiptFilter(Narrowing):
    """A question about goods receipts."""

    warehouse: str | None = strawberry.field(
        default=None, description="Only those at this warehouse, by code."
    )
    received_between: DateTimeRange | None = strawberry.field(
        default=None, description="Only those of this span."
    )

    def question(self) -> queries.ReceiptQuestion:
        """The question to the database."""
        received_from, received_before = span(self.received_between)
        return queries.ReceiptQuestion(self.warehouse, received_from, received_before)


@strawberry.input(description="Which stock to list; what is left out or empty does not narrow.")
class StockFilter(Narrowing):
    """A question about stock."""

    warehouse: str | None = strawberry.field(
        default=None, description="Only in this warehouse, by code."
    )
    sku: str | None = strawberry.field(default=None, description="Only this SKU, by code.")
    product: str | None = strawberry.field(
        default=None, description="Only SKUs of this product, by code."
    )
    only_free: bool = strawberry.field(
        default=False, description="Only where something is free to be given."
    )

    def question(self) -> queries.StockQuestion:
        """The question to the database."""
        return queries.StockQuestion(self.warehouse, self.sku, self.product, self.only_free)


@strawberry.type
class SupplyQueries:
    """Root fields about supply."""

    @strawberry.field(
        description="A goods receipt, by id or number; null when there is none.",
        extensions=[Needs(Action.VIEW_SUPPLY)],
    )
    async def goods_receipt(
        self,
        info: Info,
        id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The receipt's id.")
        ] = None,
        receipt_number: Annotated[
            str | None, strawberry.argument(description="The receipt's number.")
        ] = None,
    ) -> GoodsReceipt | None:
        """One goods receipt."""
        key = optional_key(id, "GoodsReceipt", "id")
        if key is not None:
            return await receipt_by_key(info.context, key)
        if receipt_number is None:
            return None
        row = await info.context.load.goods_receipt_by_number.load(receipt_number)
        return None if row is None else GoodsReceipt.of(row)

    goods_receipts = listing(
        GoodsReceipt,
        "Goods receipts, the newest first.",
        Action.VIEW_SUPPLY,
        queries.goods_receipts,
        queries.count_goods_receipts,
        GoodsReceiptFilter,
    )
    stock = listing(
        StockLevel,
        "Stock by warehouse and SKU.",
        Action.VIEW_SUPPLY,
        queries.stock,
        queries.count_stock,
        StockFilter,
        argument="Which stock.",
    )


@strawberry.type(description="The recorded receipt, or why it was not recorded.")
class GoodsReceivePayload:
    """The answer to `goodsReceive`."""

    goods_receipt: GoodsReceipt | None = strawberry.field(description="The receipt.")
    allocation_run: AllocationRunRef | None = strawberry.field(
        description="The run that shares it out, if one does; follow it with `allocationProgress`."
    )
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


async def _receive(info: Info, row: Command, data: Any) -> GoodsReceivePayload:
    """Answered with the run too, where there is one."""

    async def receive(command: ReceiveGoods, uow: UnitOfWork) -> Outcome:
        received = await receive_goods(command, uow)
        return {"receipt": received.receipt_id, "run": received.run_id}

    command = contract.command_from(row.kind, data)
    outcome, refusals = await carried_out(info, receive, command, data.idempotency_key)
    return GoodsReceivePayload(
        goods_receipt=await receipt_by_key(info.context, outcome.get("receipt")),
        allocation_run=await ALLOCATION_RUN.find(info.context, outcome.get("run")),
        user_errors=refusals,
    )


@strawberry.type
class SupplyMutations:
    """Root fields that change supply."""

    goods_receive = contract.mutation(
        ReceiveGoods, GoodsReceivePayload, _receive, argument="What arrived, and where."
    )


findable(GoodsReceipt, Action.VIEW_SUPPLY, receipt_by_key)

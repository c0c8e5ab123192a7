"""Goods arrive at a warehouse."""

from dataclasses import dataclass, replace

from domain.allocation import AllocationTrigger
from domain.documents import document_number
from domain.errors import InvalidInput, NotFound
from domain.messages import msg
from domain.objections import refuse
from domain.parties.vocabularies import WarehouseKind
from domain.supply import ReceiveGoods, object_to_receipt_lines, object_to_units_received
from persistence.allocation.claiming import lock_matching, wanted_goods
from persistence.allocation.runs import run_of_receipt
from persistence.audit import record
from persistence.supply import writing as supply
from persistence.unit_of_work import UnitOfWork
from services.allocation.goods import ask_for_run
from services.commands import row_of, use_case


@dataclass(frozen=True)
class ReceivedGoods:
    """The receipt, whether it is new, and the run that shares it out.

    None at a region's own warehouse, and where no open claim could be given any of its goods.
    """

    receipt_id: int
    run_id: int | None
    new: bool


@use_case
async def receive_goods(command: ReceiveGoods, uow: UnitOfWork) -> ReceivedGoods:
    """Record a goods receipt; at a central warehouse, have its goods shared out (A2).

    Receipt, stock, run and the job's outbox row stand or fall together. Receipts that wait are
    shared out by one run; goods that nobody could be given make none. The same receipt again
    changes nothing and gives the first answer; the same number with other goods is refused.
    """
    number = document_number(command.receipt_number, "receiptNumber")
    command = replace(command, receipt_number=number)
    _check(command)
    session = uow.session
    warehouse = await supply.warehouse_by_code(session, command.warehouse)
    if warehouse is None:
        raise NotFound("warehouse", command.warehouse, field="warehouse")
    units_by_code = {line.sku: line.units for line in command.lines}
    ids = await supply.sku_ids_by_code(session, sorted(units_by_code))
    for code in units_by_code:
        if code not in ids:
            raise NotFound("SKU", code, field="lines.sku")
    units_by_sku = {ids[code]: units for code, units in units_by_code.items()}

    receipt_id = await supply.add_receipt(uow, command.receipt_number, warehouse.id)
    if receipt_id is None:
        return await _recorded_before(command, uow, warehouse.id, units_by_sku)
    await supply.book_receipt(uow, receipt_id, warehouse.id, units_by_sku)
    await record(
        uow,
        row_of(command).name,
        "GoodsReceipt",
        receipt_id,
        after={
            "receiptNumber": command.receipt_number,
            "warehouse": command.warehouse,
            "units": sum(units_by_sku.values()),
            "skus": len(units_by_sku),
        },
    )
    run_id = None
    if warehouse.kind == WarehouseKind.CENTRAL:
        await lock_matching(session)
        wanted = await wanted_goods(session, sorted(units_by_sku))
        skus = sorted(wanted.at_once | wanted.by_payers.keys())
        if skus:
            run_id = await ask_for_run(
                uow, AllocationTrigger.GOODS_RECEIPT, skus, receipt_id=receipt_id
            )
    return ReceivedGoods(receipt_id, run_id, new=True)


async def _recorded_before(
    command: ReceiveGoods, uow: UnitOfWork, warehouse_id: int, units_by_sku: dict[int, int]
) -> ReceivedGoods:
    recorded = await supply.receipt_by_number(uow.session, command.receipt_number)
    if recorded is None:
        raise LookupError(f"receipt {command.receipt_number!r} vanished")
    receipt_id, recorded_warehouse, recorded_units = recorded
    if (recorded_warehouse, recorded_units) != (warehouse_id, units_by_sku):
        raise InvalidInput(
            msg("supply.OTHER_GOODS", number=command.receipt_number),
            field="receiptNumber",
        )
    run_id = await run_of_receipt(uow.session, receipt_id)
    return ReceivedGoods(receipt_id, run_id, new=False)


def _check(command: ReceiveGoods) -> None:
    refuse(msg("supply.THE_RECEIPT"), object_to_receipt_lines(len(command.lines)), "lines")
    seen: set[str] = set()
    for line in command.lines:
        if line.sku in seen:
            raise InvalidInput(msg("supply.SKU_TWICE", sku=line.sku), field="lines.sku")
        seen.add(line.sku)
        objection = object_to_units_received(line.units)
        refuse(msg("supply.SKU_UNITS", sku=line.sku, units=line.units), objection, "lines.units")

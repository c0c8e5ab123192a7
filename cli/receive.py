"""`apportion receive`: record a goods receipt from a file; the worker shares it out."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli.database import open_named
from cli.faults import BAD_INPUT, print_faults, print_json
from cli.language import Speaker
from domain.errors import DomainError
from domain.messages import msg
from domain.principals import SYSTEM
from domain.supply import ReceiptLine, ReceiveGoods
from persistence.retry import retrying
from services.imports import Arrival, BadInput
from services.imports.receipts import read_receipt
from services.settings import Settings
from services.supply import ReceivedGoods, receive_goods


def receive(
    receipt: Annotated[Path, typer.Argument(help="CSV file: warehouse_id, sku_id, units.")],
    number: Annotated[
        str | None, typer.Option(help="The receipt's number; default: the file's name.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Record goods that arrived. At a central warehouse they are allocated to who wants them."""
    try:
        arrival = read_receipt(receipt, number or receipt.stem)
    except BadInput as bad:
        print_faults(bad.faults, as_json=as_json)
        raise typer.Exit(BAD_INPUT) from None
    try:
        received = asyncio.run(_receive(arrival))
    except DomainError as refused:
        typer.echo(Speaker().text(msg("cli.NOTHING_WRITTEN", message=refused.message)), err=True)
        raise typer.Exit(BAD_INPUT) from None
    _tell(arrival, received, as_json=as_json)


async def _receive(arrival: Arrival) -> ReceivedGoods:
    lines = tuple(ReceiptLine(sku, units) for sku, units in arrival.units_by_sku.items())
    command = ReceiveGoods(arrival.receipt_id, arrival.warehouse_id, lines)
    async with open_named(Settings()) as deps:
        async for attempt in retrying():
            with attempt:
                async with deps.unit_of_work(SYSTEM) as uow:
                    received = await receive_goods(command, uow)
    return received


def _tell(arrival: Arrival, received: ReceivedGoods, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "receiptNumber": arrival.receipt_id,
                "new": received.new,
                "allocationRun": received.run_id,
            }
        )
        return
    units = sum(arrival.units_by_sku.values())
    if received.new:
        recorded = msg(
            "cli.RECEIPT_RECORDED",
            receipt=arrival.receipt_id,
            units=units,
            skus=len(arrival.units_by_sku),
            warehouse=arrival.warehouse_id,
        )
        typer.echo(Speaker().text(recorded))
    else:
        typer.echo(Speaker().text(msg("cli.RECEIPT_BEFORE", receipt=arrival.receipt_id)))
    if received.run_id is None:
        typer.echo(Speaker().text(msg("cli.NO_RUN")))
    else:
        typer.echo(Speaker().text(msg("cli.RUN_SHARES", run=received.run_id)))

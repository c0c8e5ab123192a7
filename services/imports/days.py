"""Days of an import against today, against each other, and against the span that is kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import polars as pl

from domain.days import (
    object_to_arrival_day,
    object_to_confirmed_day,
    object_to_day_done,
    object_to_kept_day,
    object_to_shipped_day,
    object_to_wanted_day,
)
from domain.messages import msg
from domain.milestones import ORDER_MILESTONE_STEPS
from domain.milestones.guards import object_to_closing_day
from domain.objections import Objection
from domain.orders.vocabularies import OrderStatus
from services.imports.columns import Kind
from services.imports.faults import Fault
from services.imports.judging import Drafts, Frames, judged
from services.imports.tables import TABLES

# Where it is not known which day it is, nothing is to come.
NO_DAY = dt.date.max
_STEPS = {step.number: step for step in ORDER_MILESTONE_STEPS}


def check_days(frames: Frames, drafts: Drafts, today: dt.date = NO_DAY) -> Iterator[Fault]:
    """Every day that cannot be, as the API refuses it.

    today: in the company's time zone; without it, no day is found to be still to come.
    """
    for name, table in TABLES.items():
        for each in table.columns:
            if each.kind is Kind.DATE:
                yield from judged(frames[name], drafts, name, each.name, object_to_kept_day)
    placed = frames["orders"].select("order_id", "placed_on", "status").unique("order_id")
    orders = frames["orders"]
    yield from judged(
        orders, drafts, "orders", "placed_on", lambda day: object_to_day_done(day, today)
    )
    for column in ("required_on", "promised_on"):
        yield from judged(orders, drafts, "orders", column, object_to_wanted_day, "placed_on")
    yield from judged(
        frames["customers"],
        drafts,
        "customers",
        "confirmed_on",
        lambda day: object_to_confirmed_day(day, today),
    )
    yield from _of_shipments(frames, drafts, placed, today)
    yield from _of_milestones(frames, drafts, placed, today)


def _of_shipments(
    frames: Frames, drafts: Drafts, placed: pl.DataFrame, today: dt.date
) -> Iterator[Fault]:
    shipments = _beside(frames["shipments"], placed)

    def left(day: dt.date, placed_on: dt.date) -> Objection | None:
        return object_to_shipped_day(day, placed_on, today)

    def arrived(day: dt.date, shipped_on: dt.date) -> Objection | None:
        return object_to_arrival_day(day, shipped_on) or object_to_day_done(day, today)

    yield from judged(shipments, drafts, "shipments", "shipped_on", left, "placed_on")
    yield from judged(shipments, drafts, "shipments", "delivered_on", arrived, "shipped_on")
    yield from judged(
        shipments, drafts, "shipments", "expected_on", object_to_arrival_day, "shipped_on"
    )


def _of_milestones(
    frames: Frames, drafts: Drafts, placed: pl.DataFrame, today: dt.date
) -> Iterator[Fault]:
    milestones = _beside(frames["milestones"], placed)

    def closed(
        day: dt.date, number: int, placed_on: dt.date, order_status: str
    ) -> Objection | None:
        step = _STEPS.get(number)
        if step is None or not step.takes_closed:
            # Reported where the row is checked by itself.
            return None
        if step.closes_with_order and order_status != OrderStatus.CLOSED:
            return Objection(
                msg("imports.STEP_GIVEN_BUT_CLOSED", number=number),
                msg("imports.LEAVE_EMPTY_OR_CLOSED"),
            )
        return object_to_closing_day(step, day, placed_on, today)

    yield from judged(
        milestones, drafts, "milestones", "closed_on", closed, "number", "placed_on", "status"
    )


def _beside(frame: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    """Rows with the day and state of their orders; in their own order."""
    mine = frame.drop("status") if "status" in frame.columns else frame
    if mine.is_empty():
        return mine.with_columns(placed_on=pl.lit(None), status=pl.lit(None))
    return mine.join(placed, "order_id", how="left", maintain_order="left")

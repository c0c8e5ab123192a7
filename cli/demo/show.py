"""What the demonstration prints, in at most 100 columns."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from domain.allocation import REASON_TEXTS, STAGE_NAMES
from domain.money import written
from services.allocation.report import CustomerShare, RunReport
from services.kpis import CycleTime, FillRate, OnTime, share
from services.timeline_words import label_of
from services.timelines import (
    DELIVERED,
    MILESTONE_EXPECTED,
    PLACED,
    SHIPPED,
    TimelineEntry,
)

WIDTH = 100
MOST_CUSTOMERS = 12
MOST_ENTRIES = 24
# Of the story's columns; two spaces stand between them.
STORY_WIDTHS = (16, 38, 28, 12)
DAY_ONLY = (PLACED, SHIPPED, DELIVERED)


def console() -> Console:
    """A console as wide as the terminal, up to 100 columns; plain in a pipe."""
    found = Console(highlight=False)
    width = min(found.width, WIDTH) if found.is_terminal else WIDTH
    return Console(highlight=False, width=width)


def heading(out: Console, text: str) -> None:
    """A line that begins a section."""
    out.print()
    out.print(f"[bold]{text}[/bold]")


def run_report(out: Console, report: RunReport) -> None:
    """What arrived, who got what by stage, region and tier, and what was refused and why."""
    _arrival(out, report)
    _stages(out, report)
    _customers(out, report.customers)
    _regions(out, report)
    _tiers(out, report.tiers)
    _refusals(out, report)
    for warning in report.warnings:
        out.print(f"[yellow]Warning:[/yellow] {warning}")


def timeline(
    out: Console, order_number: str, entries: Sequence[TimelineEntry], zone: ZoneInfo
) -> None:
    """One order's story, the oldest first."""
    heading(out, f"The story of order {order_number}")
    table = _table("when", "what", "details", "who")
    # Together 100 columns; only the instant is never cut.
    for column, width in zip(table.columns, STORY_WIDTHS, strict=True):
        column.max_width = width
    table.columns[0].min_width = STORY_WIDTHS[0]
    for entry in entries[-MOST_ENTRIES:]:
        details = ", ".join(
            f"{label_of(name)[0].lower()} {_local(value, zone)}"
            for name, value in entry.details.items()
        )
        if entry.amount is not None:
            amount, currency = entry.amount
            details = ", ".join(
                filter(None, (f"{written(amount, currency):,f} {currency}", details))
            )
        what = entry.title[0]
        if entry.kind == MILESTONE_EXPECTED:
            what = f"[dim]expected:[/dim] {what}"
        table.add_row(_moment(entry, zone), what, details, entry.actor or "")
    out.print(table)
    if len(entries) > MOST_ENTRIES:
        out.print(f"({len(entries) - MOST_ENTRIES} earlier entries left out)")


def key_figures(
    out: Console,
    fills: Sequence[FillRate],
    cycles: Sequence[CycleTime],
    on_time: Sequence[OnTime],
) -> None:
    """The last months' key figures."""
    heading(out, "Key figures by month")
    table = _table(
        "month", "fill, units", "fill, value", "orders", "days P50", "days P90", "on time"
    )
    filled = {fill.key: fill for fill in fills}
    cycled = {cycle.month: cycle for cycle in cycles}
    kept = {month.month: month for month in on_time}
    for month in sorted({*filled, *cycled, *kept})[-6:]:
        fill, cycle, steps = filled.get(month), cycled.get(month), kept.get(month)
        table.add_row(
            month,
            percent(fill.units_rate) if fill else "",
            percent(fill.value_rate) if fill else "",
            str(cycle.orders) if cycle else "",
            str(cycle.days_p50) if cycle else "",
            str(cycle.days_p90) if cycle else "",
            f"{percent(steps.rate)} of {steps.closed:,} steps" if steps else "",
        )
    out.print(table)


def percent(rate: Decimal | None) -> str:
    """A share as per cent with one decimal."""
    return "" if rate is None else f"{rate * 100:.1f} %"


def _arrival(out: Console, report: RunReport) -> None:
    heading(out, f"Allocation run {report.run_id}, season {report.season}")
    for arrived in report.arrivals:
        out.print(
            f"Goods receipt {arrived.receipt_number} at {arrived.warehouse}:"
            f" {arrived.units:,} units of {arrived.skus:,} SKUs."
        )
    proven = "all proven optimal"
    if report.unproven_levels:
        proven = f"{report.unproven_levels} of them not proven optimal"
    out.print(
        f"{report.claims:,} claims in {report.levels:,} levels, {proven}:"
        f" {report.pieces:,} pieces given."
    )


def _stages(out: Console, report: RunReport) -> None:
    heading(out, "By stage")
    table = _table("stage", "wanted", "given", "fill", "value given", right=(1, 2, 3, 4))
    for fill in report.stages:
        stage = int(fill.key)
        table.add_row(
            f"{stage} {STAGE_NAMES[stage][0]}",
            f"{fill.units_wanted:,}",
            f"{fill.units_given:,}",
            percent(fill.units_rate),
            f"{written(fill.value_given, fill.currency):,f} {fill.currency}",
        )
    out.print(table)


def _customers(out: Console, customers: Sequence[CustomerShare]) -> None:
    if not customers:
        return
    heading(out, f"Franchisees: the {min(len(customers), MOST_CUSTOMERS)} largest orders")
    table = _table(
        "rank",
        "franchisee",
        "ordered",
        "shipped",
        "reserved",
        "value",
        "why not more",
        right=(2, 3, 4, 5),
    )
    for customer in customers[:MOST_CUSTOMERS]:
        table.add_row(
            str(customer.rank),
            f"{customer.code} {customer.name}",
            f"{customer.ordered:,}",
            f"{customer.shipped:,}",
            f"{customer.reserved:,}",
            f"{written(customer.value, customer.currency):,f}",
            ", ".join(sorted(customer.reasons)),
        )
    out.print(table)


def _regions(out: Console, report: RunReport) -> None:
    if not report.regions:
        return
    heading(out, "Own regions, in the season's order")
    table = _table(
        "region",
        "stores want",
        "given",
        "fill",
        "reserve wants",
        "given",
        "fill",
        right=(1, 2, 3, 4, 5, 6),
    )
    for region in report.regions:
        table.add_row(
            f"{region.code} {region.name}" if region.code != region.name else region.name,
            f"{region.stores_wanted:,}",
            f"{region.stores_given:,}",
            percent(share(region.stores_given, region.stores_wanted)),
            f"{region.reserve_wanted:,}",
            f"{region.reserve_given:,}",
            percent(share(region.reserve_given, region.reserve_wanted)),
        )
    out.print(table)


def _tiers(out: Console, tiers: Iterable[FillRate]) -> None:
    table = _table("tier", "wanted", "given", "fill", right=(1, 2, 3))
    for tier in tiers:
        name = "reserves" if tier.key == "RESERVE" else f"stores of tier {tier.key}"
        table.add_row(
            name, f"{tier.units_wanted:,}", f"{tier.units_given:,}", percent(tier.units_rate)
        )
    if table.row_count:
        heading(out, "By store tier")
        out.print(table)


def _refusals(out: Console, report: RunReport) -> None:
    if not report.refusals:
        return
    heading(out, "Not given, and why")
    table = _table("stage", "claims", "units", "because", right=(1, 2))
    for refusal in report.refusals:
        because = "; ".join(f"{REASON_TEXTS[word][0]} ({word})" for word in refusal.reasons)
        table.add_row(str(refusal.stage), f"{refusal.claims:,}", f"{refusal.units:,}", because)
    out.print(table)


def _moment(entry: TimelineEntry, zone: ZoneInfo) -> str:
    if entry.is_all_day:
        return entry.at.astimezone(zone).date().isoformat()
    # Imported orders and shipments often have a day and no more, told as its first instant.
    midnight = entry.at.time() == dt.time()
    if midnight and entry.kind in DAY_ONLY:
        return entry.at.date().isoformat()
    return entry.at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _local(value: str, zone: ZoneInfo) -> str:
    """An instant as the company's clock shows it; anything else as it is."""
    try:
        instant = dt.datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        return value
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _table(*names: str, right: Sequence[int] = ()) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for place, name in enumerate(names):
        # A row is a line: text too long for the width ends in dots, figures are shown in full.
        figures = place in right
        table.add_column(
            name,
            justify="right" if figures else "left",
            no_wrap=True,
            overflow="ellipsis",
            min_width=max(len(name), 8) if figures else None,
        )
    return table

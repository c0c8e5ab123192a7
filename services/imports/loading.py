"""Load a checked data set: one transaction, COPY and a fixed number of statements.

Importing the same data twice changes nothing, whatever has happened to it in between. Master data
that differs is changed and audited; orders, opening stock and opening balances that differ after
they have come to life here are refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import polars as pl

from domain.allocation import AllocationTrigger
from domain.currencies import MOST_DECIMALS
from domain.documents import document_key
from domain.messages import Message, msg
from domain.milestones import ORDER_MILESTONES
from domain.policy import Policy
from persistence import audit
from persistence.allocation.claiming import lock_matching, wanted_goods
from persistence.imports import masters, openings, orders, record, staging
from persistence.imports.masters import Change
from persistence.master_data.writing import areas_of, count_change
from persistence.parties.customers import currencies
from persistence.unit_of_work import UnitOfWork
from services import policy as policies
from services.allocation.request import start_run
from services.imports.amounts import check_amounts, rounded_lines, with_currency
from services.imports.dataset import Arrival, Dataset, Examined
from services.imports.estimates import begin_estimates
from services.imports.faults import BadInput, Fault, in_order

# Phase, rows done, rows in all.
Progress = Callable[[Message, int, int], None]
COPYING, WRITING = msg("imports.COPYING"), msg("imports.WRITING")

_TYPES = {pl.String: "text", pl.Int64: "bigint", pl.Date: "date", pl.Boolean: "boolean"}
# These are not loaded: arrivals become goods receipts when they are recorded.
NOT_LOADED = ("arrivals",)
# New orders, money or goods may be served from what lies there already.
TRIGGERS = frozenset({"orders", "stock", "opening balances", "guarantees"})


@dataclass(frozen=True)
class ImportReport:
    """What an import did: rows added and changed by table; none of either when nothing is new.

    awaited: receipts that the input announces and that nobody has recorded yet.
    run_id: the allocation run that what is new asked for.
    """

    label: str
    changes: Mapping[str, Change]
    said: tuple[Message, ...]
    awaited: tuple[Arrival, ...]
    import_id: int | None
    run_id: int | None = None

    @property
    def changed_anything(self) -> bool:
        return self.import_id is not None


async def import_data(
    examined: Examined,
    uow: UnitOfWork,
    progress: Progress = lambda phase, done, total: None,
) -> ImportReport:
    """Write a data set, all of it or nothing. Raises BadInput with every fault.

    References that the input itself does not satisfy are looked up in the database first.
    """
    data = examined.dataset
    await staging.begin_import(uow.session)
    faults = await faults_with_database(examined, uow)
    if faults:
        raise BadInput(faults)
    numbers = [arrival.receipt_id for arrival in data.arrivals]
    recorded = await record.receipts_recorded(uow.session, numbers)
    awaited = tuple(arrival for arrival in data.arrivals if arrival.receipt_id not in recorded)
    fingerprint = data.fingerprint()
    if await record.latest_fingerprint(uow.session) == fingerprint:
        return ImportReport(data.label, {}, data.said, awaited, None)
    policy, said, changes = await _policy_in_force(uow, data)
    known = await currencies(uow.session, data.frames["orders"]["customer_id"].unique().to_list())
    await _stage(uow, data, with_currency(data.frames, policy.currency, known), progress)
    await staging.lock_what_is_staged(uow.session)
    refused = await _refused(uow, data, policy, known)
    if refused:
        raise BadInput(refused)
    changes |= await _write(uow, data, policy, progress)
    changes = {name: change for name, change in changes.items() if change != Change()}
    if not changes:
        return ImportReport(data.label, {}, said, awaited, None)
    counts = {name: asdict(change) for name, change in changes.items()}
    number = await record.add_import(
        uow, data.label, fingerprint, counts, [each.kept for each in said]
    )
    await audit.record(uow, "import", "Import", number, after={"source": data.label, **counts})
    run_id = await _run_asked_for(uow, changes, awaited)
    return ImportReport(data.label, changes, said, awaited, number, run_id)


async def _run_asked_for(
    uow: UnitOfWork, changes: Mapping[str, Change], awaited: tuple[Arrival, ...]
) -> int | None:
    """One run for all that is new, where free goods lie that an open order wants.

    Goods that the input announces trigger it themselves once they are recorded.
    """
    if awaited or TRIGGERS.isdisjoint(changes):
        return None
    await lock_matching(uow.session)
    wanted = await wanted_goods(uow.session)
    if not wanted.at_once and not wanted.by_payers:
        return None
    return await start_run(
        uow, AllocationTrigger.ORDER if "orders" in changes else AllocationTrigger.REQUEST
    )


async def faults_with_database(examined: Examined, uow: UnitOfWork) -> tuple[Fault, ...]:
    """The faults of a data set, once the database has been asked for names it may know."""
    known = await staging.names_known(uow.session, examined.wanted())
    today = examined.local_date(uow.now)
    if await policies.has_policy(uow):
        version, policy = await policies.current_policy(uow)
        if examined.dataset.policy is None or not _is_unused(version, policy):
            today = policy.local_date(uow.now)
    return examined.faults(known, today)


async def _policy_in_force(
    uow: UnitOfWork, data: Dataset
) -> tuple[Policy, tuple[Message, ...], dict[str, Change]]:
    """The policy to import under (P7).

    The input's policy takes the place of the default one; once a person has decided on another,
    an import leaves it alone. A database that nobody has begun to use becomes a company's own.
    """
    await policies.install(uow, "LIVE", data.policy or Policy())
    version, policy = await policies.current_policy(uow)
    if data.policy is None or data.policy == policy:
        return policy, data.said, {}
    if _is_unused(version, policy):
        await policies.change_policy(uow, data.policy)
        return data.policy, data.said, {"policy": Change(changed=1)}
    return policy, (*data.said, msg("imports.POLICY_KEPT")), {}


def _is_unused(version: int, policy: Policy) -> bool:
    """Whether the database's policy is the one that it was made with, which nobody has chosen."""
    return version == 1 and policy == Policy()


async def _stage(uow: UnitOfWork, data: Dataset, orders: pl.DataFrame, progress: Progress) -> None:
    frames = {name: frame for name, frame in data.frames.items() if name not in NOT_LOADED}
    frames |= _with_amounts(data, orders)
    total, done = sum(frame.height for frame in frames.values()), 0
    for name, frame in frames.items():
        numbered = frame.with_row_index("position")
        types = {"position": "integer"}
        types |= {
            column: _TYPES.get(type(kind), "numeric") for column, kind in frame.schema.items()
        }
        rows = numbered.write_csv(include_header=False).encode()
        await staging.stage(uow.session, name, types, rows)
        done += frame.height
        progress(COPYING, done, total)


def _with_amounts(data: Dataset, orders: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Orders and lines with what they cost: net prices, amounts, totals, and fingerprints.

    orders: with the currency each is in.
    """
    # Wide enough for the exact product of a price and a percentage, so it is rounded just once.
    price = pl.col("unit_price").cast(pl.Decimal(38, 12))
    net = (price * (100 - pl.col("discount_pct")) / 100).round(6).cast(pl.Decimal(38, 6))
    lines = data.frames["order_lines"].with_columns(net_price=net)
    lines = rounded_lines(lines, orders)
    totals = lines.group_by("order_id").agg(total=pl.col("amount").sum())
    found = (
        orders.join(totals, "order_id", how="left", maintain_order="left")
        .with_columns(pl.col("total").fill_null(0))
        .join(_fingerprints(data), "order_id", how="left", maintain_order="left")
        .with_columns(number_key=pl.col("order_id").map_elements(document_key, pl.String))
    )
    return {"orders": found, "order_lines": lines}


def _fingerprints(data: Dataset) -> pl.DataFrame:
    """What makes each order the one it is: its own cells and those of all that belongs to it."""
    parts = []
    for name in ("orders", "order_lines", "milestones", "shipments"):
        frame = data.frames[name]
        cells = [_told(frame, column).fill_null("\x1e") for column in frame.columns]
        row = pl.concat_str(pl.lit(name), *cells, separator="\x1f")
        parts.append(frame.select("order_id", row=row))
    whole = pl.concat(parts).group_by("order_id").agg(pl.col("row").sort().str.join("\x1d"))
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in whole["row"]]
    return whole.select("order_id").with_columns(pl.Series("fingerprint", digests, dtype=pl.String))


def _told(frame: pl.DataFrame, column: str) -> pl.Expr:
    """A column as text. An amount keeps the two decimals it had before it could have three."""
    cell = pl.col(column)
    if frame.schema[column] != pl.Decimal(38, MOST_DECIMALS):
        return cell.cast(pl.String)
    two = cell.round(2)
    return (
        pl.when(cell == two)
        .then(two.cast(pl.Decimal(38, 2)).cast(pl.String))
        .otherwise(cell.cast(pl.String))
    )


async def _refused(
    uow: UnitOfWork, data: Dataset, policy: Policy, known: Mapping[str, str]
) -> tuple[Fault, ...]:
    """What cannot be, or be changed by an import any more, for what the database has.

    known: the currency of the orders' customers.
    """
    faults = list(check_amounts(data.frames, data.drafts, policy.currency, known))
    for position in await masters.logins_handed_on(uow):
        faults.append(
            data.drafts["people"].fault(
                position,
                "customer_id",
                msg("imports.OTHER_LOGIN_CUSTOMER"),
                msg("imports.LOGIN_NOT_HANDED_ON"),
            )
        )
    for position in await masters.last_administrators(uow):
        faults.append(
            data.drafts["people"].fault(
                position,
                "roles",
                msg("imports.NO_ADMINISTRATOR_LEFT"),
                msg("imports.KEEP_ADMINISTRATOR"),
            )
        )
    for position, currency in await openings.other_currencies(uow, policy.currency):
        faults.append(
            data.drafts["customers"].fault(
                position,
                "currency",
                msg("imports.NOT_ACCOUNT_CURRENCY", currency=currency),
                msg("imports.SECOND_CUSTOMER"),
            )
        )
    if "balance" in data.given["customers"]:
        for settled in await openings.settled_balances(uow):
            faults.append(
                data.drafts["customers"].fault(
                    settled.position,
                    "balance",
                    msg("imports.OTHER_BALANCE", kept=settled.kept),
                    msg("imports.RECORD_PAYMENT"),
                )
            )
    for settled in await openings.settled_stock(uow):
        faults.append(
            data.drafts["stock"].fault(
                settled.position,
                "on_hand",
                msg("imports.OTHER_STOCK", kept=settled.kept),
                msg("imports.RECORD_RECEIPT"),
            )
        )
    for position in await orders.orders_with_other_content(uow):
        faults.append(
            data.drafts["orders"].fault(
                position,
                "order_id",
                msg("imports.OTHER_CONTENT"),
                msg("imports.CHANGE_ORDER_ITSELF"),
            )
        )
    for position in await orders.shipments_of_other_orders(uow):
        faults.append(
            data.drafts["shipments"].fault(
                position,
                "shipment_id",
                msg("imports.OTHER_ORDERS_SHIPMENT"),
                msg("imports.OWN_NUMBER"),
            )
        )
    return in_order(faults)


async def _write(
    uow: UnitOfWork, data: Dataset, policy: Policy, progress: Progress
) -> dict[str, Change]:
    changes: dict[str, Change] = {}
    steps = len(masters.MASTERS) + 2
    for done, master in enumerate(masters.MASTERS, start=1):
        if data.frames[master.canonical].height:
            change = await masters.apply_master(
                uow, master, data.given[master.canonical], policy.currency
            )
            changes[master.canonical] = change
            if change != Change():
                # Which columns differ the audit log says; a run on other data must show it (P7).
                for area in areas_of(master.table):
                    await count_change(uow, area)
        progress(WRITING, done, steps)
    if data.frames["people"].height:
        changes["roles"] = await masters.set_roles(uow)
    changes["stock"] = await openings.open_stock(uow)
    if data.frames["customers"].height:
        changes |= await _write_money(uow, data.given["customers"])
    progress(WRITING, steps - 1, steps)
    if data.frames["orders"].height:
        changes |= await _write_orders(uow, data.label, policy)
    progress(WRITING, steps, steps)
    return changes


async def _write_money(uow: UnitOfWork, given: frozenset[str]) -> dict[str, Change]:
    state = await openings.set_funds_state(
        uow, blocked="blocked" in given, confirmed="confirmed_on" in given
    )
    changes = {"funds": state}
    if "balance" in given:
        changes["opening balances"] = await openings.open_balances(uow)
    if "guarantee" in given:
        changes["guarantees"] = await openings.set_guarantees(uow)
    return changes


async def _write_orders(uow: UnitOfWork, label: str, policy: Policy) -> dict[str, Change]:
    count = await orders.add_orders(uow, policy.time_zone)
    if not count:
        return {}
    changes = {"orders": count, "order_lines": await orders.add_lines(uow)}
    changes["milestones"] = await orders.add_milestones(uow, ORDER_MILESTONES)
    await begin_estimates(uow, policy, ORDER_MILESTONES)
    changes["shipments"] = await orders.add_shipments(uow, policy.time_zone)
    await orders.add_history(uow, label)
    return {name: Change(added=number) for name, number in changes.items()}

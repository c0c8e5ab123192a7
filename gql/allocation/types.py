"""Allocation runs, their levels and lines, and reservations."""

import datetime as dt
from typing import Annotated

import strawberry

from domain.allocation import (
    STAGES,
    AllocationReason,
    AllocationRunStatus,
    AllocationStage,
    AllocationTrigger,
    ReservationStatus,
)
from domain.messages import Message
from domain.roles import Action
from gql.allocation.explanations import AllocationExplanation
from gql.catalog import Sku, sku_by_key
from gql.connections import After, Before, Connection, First, Last, PageArguments, nested, pages
from gql.context import Info
from gql.input_changes import Narrowing
from gql.language import failure_in_words, in_words
from gql.limits import SIZE
from gql.nodes import Node, findable, found_by, global_id, optional_key, related
from gql.parties.types import (
    Customer,
    Region,
    Store,
    Warehouse,
    customer_by_key,
    region_by_key,
    store_by_key,
    warehouse_by_key,
)
from gql.permissions import Needs
from gql.references import ALLOCATION_RUN, ORDER_LINE, AllocationRunRef, OrderLineRef
from gql.scalars import BigInt, Json
from gql.shipments import Shipment
from gql.supply import GoodsReceipt
from persistence import shipments as shipment_queries
from persistence.allocation import plan_lines as plan_queries
from persistence.allocation import queries
from persistence.allocation.plan_lines import PlanLevel, PlanLine
from persistence.tables import AllocationRunRow, ReservationRow


@strawberry.type(description="One level of a plan: decided as a whole before the next.")
class AllocationLevel:
    """A level with what was given and how fairly."""

    position: int = strawberry.field(description="Its place; 0 is decided first.")
    stage: AllocationStage = strawberry.field(description="The stage it belongs to.")
    key: Json = strawberry.field(description="The level key: a list, compared left to right.")
    units_given: BigInt = strawberry.field(description="Pieces given at this level.")
    fairness: BigInt = strawberry.field(description="How evenly they are shared; more is fairer.")
    proven: bool = strawberry.field(description="Whether it is proven to be best.")
    bound: BigInt = strawberry.field(description="No plan can give more pieces than this here.")

    @classmethod
    def of(cls, row: PlanLevel) -> "AllocationLevel":
        """The level of a row."""
        return cls(
            position=row.position,
            stage=STAGES[row.stage],
            key=Json(row.key),
            units_given=BigInt(row.units_given),
            fairness=BigInt(row.fairness),
            proven=row.proven,
            bound=BigInt(row.bound),
        )


@strawberry.type(description="What a claim was given from one warehouse, or nothing, and why (A9).")
class AllocationLine(Node):
    """A line of a plan."""

    row: strawberry.Private[PlanLine]
    claim: str = strawberry.field(description="The allocator's name of the claim.")
    stage: AllocationStage = strawberry.field(description="The stage it was decided in.")
    level: int = strawberry.field(description="The position of its level.")
    units_wanted: int = strawberry.field(description="Units the claim wants in all.")
    units: int = strawberry.field(description="Units given from this warehouse.")
    reasons: list[AllocationReason] = strawberry.field(
        description="Why it was not given more; empty when it is full."
    )

    @classmethod
    def of(cls, row: PlanLine) -> "AllocationLine":
        """The line of a row."""
        return cls(
            id=global_id("AllocationLine", row.key),
            row=row,
            claim=row.claim,
            stage=STAGES[row.stage],
            level=row.level,
            units_wanted=row.units_wanted,
            units=row.units,
            reasons=[AllocationReason(reason) for reason in row.reasons],
        )

    @strawberry.field(description="Why it was given this much: a sentence, and on request all.")
    def explanation(self) -> AllocationExplanation:
        """Its explanation."""
        return AllocationExplanation(row=self.row)

    sku = related(Sku, "What was given.", sku_by_key, "sku_id")
    warehouse = related(
        Warehouse | None,
        "The warehouse that gives; none where nothing was given.",
        warehouse_by_key,
        "warehouse_id",
    )
    customer = related(
        Customer | None,
        "The customer who claims; none for a store or reserve.",
        customer_by_key,
        "customer_id",
    )
    order_line = related(
        OrderLineRef | None,
        "The order line that claims; none for a store or reserve.",
        ORDER_LINE.find,
        "order_line_id",
    )
    store = related(
        Store | None, "The store whose safety stock claims, if it is one.", store_by_key, "store_id"
    )
    region = related(
        Region | None, "The region whose reserve claims, if it is one.", region_by_key, "region_id"
    )


_line_by_key = found_by(AllocationLine.of, lambda load: load.allocation_line)


@strawberry.input(
    description="Which lines of a plan to list; what is left out or empty does not narrow."
)
class AllocationLineFilter(Narrowing):
    """A question about lines of a plan."""

    stage: AllocationStage | None = strawberry.field(
        default=None, description="Only those of this stage."
    )
    sku_id: strawberry.ID | None = strawberry.field(default=None, description="Only this SKU.")
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only this customer's."
    )
    only_given: bool = strawberry.field(
        default=False, description="Only those that were given something."
    )
    only_short: bool = strawberry.field(
        default=False, description="Only those that were not filled."
    )


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


@strawberry.type(description="A phase of a run: read, assemble, solve or write.")
class AllocationPhase:
    """What a phase cost."""

    phase: str = strawberry.field(description="Which phase.")
    seconds: float = strawberry.field(description="How long it took, in seconds.")
    peak_mib: int = strawberry.field(
        description="The most memory of worker and solver meanwhile, in MiB; 0 where unknown."
    )


def _warnings(self: "AllocationRun", info: Info) -> list[str]:
    return [in_words(info, Message.from_json(each)) for each in self.row.warnings]


@strawberry.type(description="Units locked for an order line until its customer pays (A5).")
class Reservation(Node):
    """A reservation."""

    row: strawberry.Private[ReservationRow]
    units: int = strawberry.field(description="How many units.")
    status: ReservationStatus = strawberry.field(description="Where it stands.")
    created_at: dt.datetime = strawberry.field(description="When it was made.")
    expires_at: dt.datetime = strawberry.field(description="When it lapses unless paid.")
    ended_at: dt.datetime | None = strawberry.field(description="When it ended.")

    @classmethod
    def of(cls, row: ReservationRow) -> "Reservation":
        """The reservation of a row."""
        return cls(
            id=global_id("Reservation", row.id),
            row=row,
            units=row.units,
            status=row.status,
            created_at=row.created_at,
            expires_at=row.expires_at,
            ended_at=row.ended_at,
        )

    customer = related(Customer, "For whom.", customer_by_key, "customer_id")
    order_line = related(OrderLineRef, "For which order line.", ORDER_LINE.get, "order_line_id")
    sku = related(Sku, "What is reserved.", sku_by_key, "sku_id")
    warehouse = related(Warehouse, "Where it lies.", warehouse_by_key, "warehouse_id")
    run = related(
        AllocationRunRef | None,
        "The run that made it.",
        ALLOCATION_RUN.find,
        "run_id",
        extensions=[Needs(Action.VIEW_ALLOCATION)],
    )


reservation_by_key = found_by(Reservation.of, lambda load: load.reservation)


@strawberry.type(description="One sharing out of free goods among those who claim them.")
class AllocationRun(Node):
    """A run, from its request to its committed plan."""

    row: strawberry.Private[AllocationRunRow]
    status: AllocationRunStatus = strawberry.field(description="Where it stands.")
    trigger: AllocationTrigger = strawberry.field(description="Why it was started.")
    requested_by: str = strawberry.field(description="Who or what asked for it.")
    requested_at: dt.datetime = strawberry.field(description="When.")
    committed_at: dt.datetime | None = strawberry.field(
        description="When its plan was carried out."
    )
    attempts: int = strawberry.field(description="How often a worker took it up.")
    fresh_starts: int = strawberry.field(
        description="How often it began again because something changed underneath."
    )
    fingerprint: str | None = strawberry.field(
        description="Fingerprint of its input; equal input gives an equal plan."
    )
    funds_confirmed_on: dt.date | None = strawberry.field(
        description="The oldest day on which FINANCE confirmed the funds it used (A3)."
    )
    warnings: list[str] = strawberry.field(
        resolver=_warnings, description="What a planner should know about it."
    )
    failure: strawberry.Private[str | None]
    error: str | None = strawberry.field(
        resolver=failure_in_words, description="Why it failed, if it did."
    )
    policy_version: int | None = strawberry.field(description="The policy version it used.")
    versions: Json = strawberry.field(
        description="How often each area of master data had changed when this run read it (P7)."
    )
    summary: Json = strawberry.field(description="Counts and timings.")
    phases: list["AllocationPhase"] = strawberry.field(
        description="How long each phase took, in their order.", metadata={SIZE: 4}
    )

    @classmethod
    def of(cls, row: AllocationRunRow) -> "AllocationRun":
        """The run of a row."""
        return cls(
            id=global_id("AllocationRun", row.id),
            row=row,
            status=row.status,
            trigger=row.trigger,
            requested_by=row.requested_by,
            requested_at=row.requested_at,
            committed_at=row.committed_at,
            attempts=row.attempts,
            fresh_starts=row.fresh_starts,
            fingerprint=row.fingerprint,
            funds_confirmed_on=_day(row.summary.get("fundsConfirmedOn")),
            failure=row.error,
            policy_version=row.policy_version,
            versions=Json(row.versions),
            summary=Json(row.summary),
            phases=[
                AllocationPhase(phase=name, seconds=cost["seconds"], peak_mib=cost["peak_mib"])
                for name, cost in row.summary.get("phases", {}).items()
            ],
        )

    goods_receipts = pages(
        GoodsReceipt,
        "The goods receipts that it shares out, the first recorded first.",
        queries.receipts_by_run,
        queries.count_receipts_by_run,
    )
    levels = pages(
        AllocationLevel,
        "The levels of its plan, the first decided first.",
        plan_queries.levels_by_run,
        plan_queries.count_levels_by_run,
    )

    @strawberry.field(description="What each claim was given and why not more, in plan order.")
    async def lines(
        self,
        info: Info,
        filter: Annotated[
            AllocationLineFilter | None, strawberry.argument(description="Which ones.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[AllocationLine]:
        """A page of its lines."""
        asked = filter or AllocationLineFilter()
        question = plan_queries.LineQuestion(
            stage=asked.stage.number if asked.stage else None,
            sku_id=optional_key(asked.sku_id, "Sku", "skuId"),
            customer_id=optional_key(asked.customer_id, "Customer", "customerId"),
            only_given=asked.only_given,
            only_short=asked.only_short,
        )
        found: Connection[AllocationLine] = await nested(
            info,
            plan_queries.lines_by_run(question),
            plan_queries.count_lines_by_run(question),
            self.row.id,
            PageArguments(first, after, last, before),
            AllocationLine.of,
        )
        return found

    reservations = pages(
        Reservation,
        "What it reserved, the newest first.",
        queries.reservations_by_run,
        queries.count_reservations_by_run,
    )
    shipments = pages(
        Shipment,
        "The shipments it made, the newest first.",
        shipment_queries.shipments_by_run,
        shipment_queries.count_shipments_by_run,
    )


run_by_key = found_by(AllocationRun.of, lambda load: load.run)


findable(AllocationRun, Action.VIEW_ALLOCATION, run_by_key)
findable(AllocationLine, Action.VIEW_ALLOCATION, _line_by_key)
findable(Reservation, Action.VIEW_RESERVATIONS, reservation_by_key)

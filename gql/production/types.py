"""Materials, stages and inspections as objects, and where an order shows them."""

import datetime as dt
from decimal import Decimal
from typing import Any

import strawberry

from domain.production import (
    InspectionKind,
    InspectionResult,
    StageState,
    countdown,
    defect_rate,
    stage_days_late,
    stage_state,
)
from domain.roles import Action
from gql.context import Info, RequestContext
from gql.language import LocaleArgument, pick
from gql.limits import SIZE
from gql.nodes import Node, findable, found_by, global_id
from gql.permissions import ForOurPeople, Needs
from gql.tasks.types import Clock, Task
from persistence.tables import InspectionRow, MaterialPurchaseRow, ProductionStageRow


@strawberry.type(description="A material that an order needs (O11).")
class MaterialPurchase(Node):
    """Needed, ordered and received of one material from one supplier."""

    material: str = strawberry.field(description="What.")
    supplier: str = strawberry.field(description="From whom; empty while nobody is chosen.")
    unit: str = strawberry.field(description="Counted in what.")
    needed: Decimal = strawberry.field(description="How much is needed.")
    ordered: Decimal = strawberry.field(description="How much is ordered.")
    received: Decimal = strawberry.field(description="How much has come.")
    needed_on: dt.date | None = strawberry.field(description="When it is needed.")
    ordered_on: dt.date | None = strawberry.field(description="When it was ordered.")
    confirmed_on: dt.date | None = strawberry.field(description="When the supplier confirmed it.")
    expected_on: dt.date | None = strawberry.field(description="When it is expected.")
    received_on: dt.date | None = strawberry.field(description="When the last of it came.")
    note: str | None = strawberry.field(description="A note.")
    version: int = strawberry.field(description="Counts its changes.")

    @classmethod
    def of(cls, row: MaterialPurchaseRow) -> "MaterialPurchase":
        """The purchase of a row."""
        return cls(
            id=global_id("MaterialPurchase", row.id),
            material=row.material,
            supplier=row.supplier,
            unit=row.unit,
            needed=row.needed,
            ordered=row.ordered,
            received=row.received,
            needed_on=row.needed_on,
            ordered_on=row.ordered_on,
            confirmed_on=row.confirmed_on,
            expected_on=row.expected_on,
            received_on=row.received_on,
            note=row.note,
            version=row.version,
        )


purchase_by_key = found_by(MaterialPurchase.of, lambda load: load.purchase)


@strawberry.type(description="A stage of an order's production (O11).")
class ProductionStage(Node):
    """How far a stage is."""

    row: strawberry.Private[ProductionStageRow]
    stage: str = strawberry.field(description="Its lasting name for programs.")
    state: StageState = strawberry.field(description="Where it stands.")
    units_planned: int | None = strawberry.field(description="Units planned.")
    units_delivered: int = strawberry.field(description="Units delivered so far.")
    units_defective: int = strawberry.field(description="Defective units among them.")
    defect_rate: Decimal | None = strawberry.field(
        description="Defective of delivered units; null when nothing was delivered."
    )
    planned_on: dt.date | None = strawberry.field(description="The day it is to be complete.")
    completed_on: dt.date | None = strawberry.field(description="The day it was completed.")
    days_late: int | None = strawberry.field(
        description="Days after the planned day; 0 while in time, null where none is planned."
    )
    countdown: int | None = strawberry.field(
        description="Days left; negative when late, null when done or not planned."
    )
    exception: str | None = strawberry.field(description="What is in the way.")
    emergency_plan: str | None = strawberry.field(description="What the customer reads of it.")
    version: int = strawberry.field(description="Counts its changes.")

    @classmethod
    def of(cls, row: ProductionStageRow, today: dt.date) -> "ProductionStage":
        """The stage of a row, as it stands today."""
        return cls(
            id=global_id("ProductionStage", row.id),
            row=row,
            stage=row.stage,
            state=stage_state(row.exception, row.completed_on),
            units_planned=row.units_planned,
            units_delivered=row.units_delivered,
            units_defective=row.units_defective,
            defect_rate=defect_rate(row.units_delivered, row.units_defective),
            planned_on=row.planned_on,
            completed_on=row.completed_on,
            days_late=stage_days_late(row.planned_on, row.completed_on, today),
            countdown=countdown(row.planned_on, row.completed_on, today),
            exception=row.exception,
            emergency_plan=row.emergency_plan,
            version=row.version,
        )

    @strawberry.field(description="Its name.")
    def label(self, info: Info, locale: LocaleArgument = None) -> str:
        """The name in a language."""
        return pick(info, locale, self.row.label_en, self.row.label_zh)


@strawberry.type(description="A quality inspection (O12).")
class Inspection(Node):
    """Who comes when, and what came out."""

    row: strawberry.Private[InspectionRow]
    kind: InspectionKind = strawberry.field(description="Who inspects.")
    lot: str = strawberry.field(description="Which lot; empty for all of the order.")
    planned_on: dt.date = strawberry.field(description="The day it is booked for.")
    booked_at: dt.datetime = strawberry.field(description="When it was booked.")
    result: InspectionResult = strawberry.field(description="What came out.")
    inspected_on: dt.date | None = strawberry.field(description="The day it was held.")
    version: int = strawberry.field(description="Counts its changes.")

    @classmethod
    def of(cls, row: InspectionRow) -> "Inspection":
        """The inspection of a row."""
        return cls(
            id=global_id("Inspection", row.id),
            row=row,
            kind=row.kind,
            lot=row.lot,
            planned_on=row.planned_on,
            booked_at=row.booked_at,
            result=row.result,
            inspected_on=row.inspected_on,
            version=row.version,
        )

    @strawberry.field(description="The inspector.", extensions=[ForOurPeople()])
    async def inspector(self) -> str | None:
        """Whom we asked."""
        return self.row.inspector

    @strawberry.field(
        description="What is done about a failure, the same day.", extensions=[ForOurPeople()]
    )
    async def corrective_action(self) -> str | None:
        """Our own words."""
        return self.row.corrective_action

    @strawberry.field(description="A note.", extensions=[ForOurPeople()])
    async def note(self) -> str | None:
        """Our own words."""
        return self.row.note


inspection_by_key = found_by(Inspection.of, lambda load: load.inspection)


@strawberry.type(description="How the making of an order goes.")
class OrderProgress:
    """Fields of an order about materials, production, inspections, tasks and clocks."""

    row: strawberry.Private[Any]

    @strawberry.field(
        description="The materials it needs.",
        extensions=[Needs(Action.VIEW_PROGRESS)],
        metadata={SIZE: 10},
    )
    async def material_purchases(self, info: Info) -> list[MaterialPurchase]:
        """All its material purchases."""
        rows = await info.context.load.purchases_by_order.load(self.row.id)
        return [MaterialPurchase.of(row) for row in rows]

    @strawberry.field(
        description="The stages of its production, in their order.",
        extensions=[Needs(Action.VIEW_PROGRESS)],
        metadata={SIZE: 10},
    )
    async def production_stages(self, info: Info) -> list[ProductionStage]:
        """All its stages."""
        today, _ = await info.context.today()
        rows = await info.context.load.stages_by_order.load(self.row.id)
        return [ProductionStage.of(row, today) for row in rows]

    @strawberry.field(description="Its inspections, the first booked first.", metadata={SIZE: 3})
    async def inspections(self, info: Info) -> list[Inspection]:
        """All its inspections."""
        rows = await info.context.load.inspections_by_order.load(self.row.id)
        return [Inspection.of(row) for row in rows]

    @strawberry.field(
        description="What people have to do or did about it.",
        extensions=[Needs(Action.VIEW_TASKS)],
        metadata={SIZE: 5},
    )
    async def tasks(self, info: Info) -> list[Task]:
        """All its tasks."""
        today, _ = await info.context.today()
        rows = await info.context.load.tasks_by_order.load(self.row.id)
        return [Task.of(row, today) for row in rows]

    @strawberry.field(
        description="The time limits that run or ran for it.",
        extensions=[Needs(Action.VIEW_CLOCKS)],
        metadata={SIZE: 5},
    )
    async def clocks(self, info: Info) -> list[Clock]:
        """All its clocks."""
        rows = await info.context.load.clocks_by_order.load(self.row.id)
        return [Clock.of(row) for row in rows]


async def stage_by_key(context: RequestContext, key: int | None) -> ProductionStage | None:
    """The stage of a key, where there is one that may be seen."""
    row = None if key is None else await context.load.stage.load(key)
    today, _ = await context.today()
    return None if row is None else ProductionStage.of(row, today)


findable(MaterialPurchase, Action.VIEW_PROGRESS, purchase_by_key)
findable(ProductionStage, Action.VIEW_PROGRESS, stage_by_key)
findable(Inspection, Action.VIEW_ORDERS, inspection_by_key)

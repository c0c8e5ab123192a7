"""What people record of materials, production and inspections."""

import datetime as dt
from decimal import Decimal
from typing import Annotated

import strawberry

from domain import limits
from domain.production import InspectionKind, InspectionResult
from domain.roles import Action
from gql.acts import act_on_one
from gql.context import Info
from gql.input_changes import asked, changing, given
from gql.input_limits import at_most, between
from gql.mutations import KEY, REFUSALS, UserError
from gql.nodes import key_of
from gql.permissions import Needs
from gql.production.types import (
    Inspection,
    MaterialPurchase,
    ProductionStage,
    inspection_by_key,
    purchase_by_key,
    stage_by_key,
)
from services.production.inspections import (
    BookInspection,
    RecordInspection,
    book_inspection,
    record_inspection,
)
from services.production.purchases import RecordPurchase, record_purchase
from services.production.stages import RecordProgress, record_progress

VERSION = "Refused when the object has changed since this version."
ORDER = "The order's id."
QUANTITY = between(0, limits.MOST_MONEY)


@strawberry.input(description="Where a material of an order stands; what is left out stays.")
class MaterialPurchaseRecordInput:
    """A material of an order from a supplier."""

    order_id: strawberry.ID = strawberry.field(description=ORDER)
    material: str = strawberry.field(description="What.", metadata=at_most(limits.NAME))
    supplier: str | None = strawberry.field(
        default=None,
        description="From whom; none while nobody is chosen.",
        metadata=at_most(limits.NAME),
    )
    unit: str | None = changing("Counted in what.", null="empty", metadata=at_most(limits.UNIT))
    needed: Decimal | None = changing("How much is needed.", null=None, metadata=QUANTITY)
    ordered: Decimal | None = changing("How much is ordered.", null=None, metadata=QUANTITY)
    received: Decimal | None = changing("How much has come.", null=None, metadata=QUANTITY)
    needed_on: dt.date | None = changing("When it is needed.", null="undated")
    ordered_on: dt.date | None = changing(
        "When it was ordered; the supplier confirms within two weeks.", null="not ordered"
    )
    confirmed_on: dt.date | None = changing("When the supplier confirmed it.", null="not confirmed")
    expected_on: dt.date | None = changing("When it is expected.", null="undated")
    received_on: dt.date | None = changing("When the last of it came.", null="not received")
    note: str | None = changing("A note.", null="empty")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="News of a stage of production; what is left out stays.")
class ProductionProgressRecordInput:
    """A report of a stage."""

    order_id: strawberry.ID = strawberry.field(description=ORDER)
    stage: str = strawberry.field(
        description="The stage's lasting name; a new one is added.", metadata=at_most(limits.CODE)
    )
    label_en: str | None = changing(
        "Its name in English.", null="the lasting name again", metadata=at_most(limits.NAME)
    )
    label_zh: str | None = changing(
        "Its name in Chinese.", null="the lasting name again", metadata=at_most(limits.NAME)
    )
    position: int | None = changing("Its place among the stages.", null=None)
    units_planned: int | None = changing("Units planned.", null="unplanned")
    units_delivered: int = strawberry.field(
        default=0, description="Units since the last report; negative takes some back."
    )
    units_defective: int = strawberry.field(default=0, description="Defective units among them.")
    planned_on: dt.date | None = changing("The day it is to be complete.", null="unplanned")
    completed_on: dt.date | None = changing("The day it was completed.", null=None)
    exception: str | None = changing("What is in the way.", null="solved")
    emergency_plan: str | None = strawberry.field(
        default=None, description="What the customer is told; needed with an exception."
    )
    note: str | None = strawberry.field(default=None, description="A note of this report.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="An inspector who is to come.")
class InspectionBookInput:
    """A booking."""

    order_id: strawberry.ID = strawberry.field(description=ORDER)
    kind: InspectionKind = strawberry.field(description="Who inspects.")
    planned_on: dt.date = strawberry.field(
        description="The day; a week ahead, for a third party two."
    )
    lot: str | None = strawberry.field(
        default=None, description="Which lot.", metadata=at_most(limits.CODE)
    )
    inspector: str | None = strawberry.field(
        default=None, description="The inspector.", metadata=at_most(limits.NAME)
    )
    reason: str | None = strawberry.field(
        default=None, description="Why it is booked later than that."
    )
    note: str | None = strawberry.field(default=None, description="A note.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What came out of an inspection, or what is done about a failure.")
class InspectionRecordInput:
    """A result, a corrective action, or both."""

    id: strawberry.ID = strawberry.field(description="The inspection's id.")
    result: InspectionResult | None = strawberry.field(
        default=None, description="PASSED, FAILED or CANCELLED."
    )
    inspected_on: dt.date | None = strawberry.field(
        default=None, description="The day it was held; today where left out."
    )
    inspector: str | None = changing(
        "The inspector.", null="unknown", metadata=at_most(limits.NAME)
    )
    corrective_action: str | None = strawberry.field(
        default=None, description="What is done about a failure."
    )
    note: str | None = changing("A note.", null="empty")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="The purchase as it is now, or why nothing was done.")
class MaterialPurchaseRecordPayload:
    """The answer to `materialPurchaseRecord`."""

    material_purchase: MaterialPurchase | None = strawberry.field(description="The purchase.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type(description="The stage as it is now, or why nothing was done.")
class ProductionProgressRecordPayload:
    """The answer to `productionProgressRecord`."""

    production_stage: ProductionStage | None = strawberry.field(description="The stage.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type(description="The inspection as it is now, or why nothing was done.")
class InspectionPayload:
    """The answer of the mutations of inspections."""

    inspection: Inspection | None = strawberry.field(description="The inspection.")
    user_errors: list[UserError] = strawberry.field(description=REFUSALS)


@strawberry.type
class ProductionMutations:
    """Root fields that record the making of orders."""

    @strawberry.mutation(
        description="Record where a material of an order stands with a supplier.",
        extensions=[Needs(Action.RECORD_PURCHASES)],
    )
    async def material_purchase_record(
        self,
        info: Info,
        input: Annotated[
            MaterialPurchaseRecordInput, strawberry.argument(description="Which material.")
        ],
    ) -> MaterialPurchaseRecordPayload:
        """Record a purchase."""
        command = RecordPurchase(
            key_of(input.order_id, "Order", "orderId"),
            input.material,
            input.supplier or "",
            asked(input.unit),
            given(input.needed),
            given(input.ordered),
            given(input.received),
            asked(input.needed_on),
            asked(input.ordered_on),
            asked(input.confirmed_on),
            asked(input.expected_on),
            asked(input.received_on),
            asked(input.note),
            input.expected_version,
        )
        found, errors = await act_on_one(
            info,
            "materialPurchaseRecord",
            input.idempotency_key,
            command,
            record_purchase,
            purchase_by_key,
        )
        return MaterialPurchaseRecordPayload(material_purchase=found, user_errors=errors)

    @strawberry.mutation(
        description="Report how far a stage of production is. An exception goes to sales, the "
        "supervisor of customer service and the marketing director at once.",
        extensions=[Needs(Action.RECORD_PRODUCTION)],
    )
    async def production_progress_record(
        self,
        info: Info,
        input: Annotated[
            ProductionProgressRecordInput, strawberry.argument(description="Which stage.")
        ],
    ) -> ProductionProgressRecordPayload:
        """Record progress."""
        command = RecordProgress(
            key_of(input.order_id, "Order", "orderId"),
            input.stage,
            asked(input.label_en),
            asked(input.label_zh),
            given(input.position),
            asked(input.units_planned),
            input.units_delivered,
            input.units_defective,
            asked(input.planned_on),
            given(input.completed_on),
            asked(input.exception),
            input.emergency_plan,
            input.note,
            input.expected_version,
        )
        found, errors = await act_on_one(
            info,
            "productionProgressRecord",
            input.idempotency_key,
            command,
            record_progress,
            stage_by_key,
        )
        return ProductionProgressRecordPayload(production_stage=found, user_errors=errors)

    @strawberry.mutation(
        description="Book an inspection.", extensions=[Needs(Action.BOOK_INSPECTIONS)]
    )
    async def inspection_book(
        self,
        info: Info,
        input: Annotated[InspectionBookInput, strawberry.argument(description="Which one.")],
    ) -> InspectionPayload:
        """Book an inspection."""
        command = BookInspection(
            key_of(input.order_id, "Order", "orderId"),
            input.kind,
            input.planned_on,
            input.lot,
            input.inspector,
            input.reason,
            input.note,
        )
        found, errors = await act_on_one(
            info,
            "inspectionBook",
            input.idempotency_key,
            command,
            book_inspection,
            inspection_by_key,
        )
        return InspectionPayload(inspection=found, user_errors=errors)

    @strawberry.mutation(
        description="Record what came out of an inspection, or its corrective action.",
        extensions=[Needs(Action.RECORD_INSPECTIONS)],
    )
    async def inspection_record(
        self,
        info: Info,
        input: Annotated[InspectionRecordInput, strawberry.argument(description="Which one.")],
    ) -> InspectionPayload:
        """Record an inspection."""
        command = RecordInspection(
            key_of(input.id, "Inspection", "id"),
            input.result,
            input.inspected_on,
            asked(input.inspector),
            input.corrective_action,
            asked(input.note),
            input.expected_version,
        )
        found, errors = await act_on_one(
            info,
            "inspectionRecord",
            input.idempotency_key,
            command,
            record_inspection,
            inspection_by_key,
        )
        return InspectionPayload(inspection=found, user_errors=errors)

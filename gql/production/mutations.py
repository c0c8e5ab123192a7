"""What people record of materials, production and inspections."""

import strawberry

from domain.production import BookInspection, RecordInspection, RecordProgress, RecordPurchase
from gql import contract
from gql.mutations import REFUSALS, UserError
from gql.production.types import (
    Inspection,
    MaterialPurchase,
    ProductionStage,
    inspection_by_key,
    purchase_by_key,
    stage_by_key,
)
from services.production.inspections import book_inspection, record_inspection
from services.production.purchases import record_purchase
from services.production.stages import record_progress


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

    material_purchase_record = contract.mutation(
        RecordPurchase,
        MaterialPurchaseRecordPayload,
        contract.answers_with(
            MaterialPurchaseRecordPayload, "material_purchase", purchase_by_key, record_purchase
        ),
        argument="Which material.",
    )
    production_progress_record = contract.mutation(
        RecordProgress,
        ProductionProgressRecordPayload,
        contract.answers_with(
            ProductionProgressRecordPayload, "production_stage", stage_by_key, record_progress
        ),
        argument="Which stage.",
    )
    inspection_book = contract.mutation(
        BookInspection,
        InspectionPayload,
        contract.answers_with(InspectionPayload, "inspection", inspection_by_key, book_inspection),
        argument="Which one.",
    )
    inspection_record = contract.mutation(
        RecordInspection,
        InspectionPayload,
        contract.answers_with(
            InspectionPayload, "inspection", inspection_by_key, record_inspection
        ),
        argument="Which one.",
    )

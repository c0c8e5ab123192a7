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


_purchase = contract.answered_with(
    MaterialPurchaseRecordPayload, "material_purchase", purchase_by_key
)
_progress = contract.answered_with(
    ProductionProgressRecordPayload, "production_stage", stage_by_key
)
_inspection = contract.answered_with(InspectionPayload, "inspection", inspection_by_key)


@strawberry.type
class ProductionMutations:
    """Root fields that record the making of orders."""

    material_purchase_record = _purchase(RecordPurchase, record_purchase, "Which material.")
    production_progress_record = _progress(RecordProgress, record_progress, "Which stage.")
    inspection_book = _inspection(BookInspection, book_inspection, "Which one.")
    inspection_record = _inspection(RecordInspection, record_inspection, "Which one.")

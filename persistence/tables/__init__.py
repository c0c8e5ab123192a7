"""All tables; importing this package fills `metadata`."""

from persistence.tables.allocation import (
    AllocationLineRow,
    AllocationPlanPartRow,
    AllocationRunGoodsRow,
    AllocationRunReceiptRow,
    AllocationRunRow,
    GapWishRow,
    ReservationRow,
    ScenarioRow,
)
from persistence.tables.audit import AuditRow
from persistence.tables.base import Base
from persistence.tables.catalog import ProductRow, SkuRow
from persistence.tables.funding import (
    CustomerFundsRow,
    FundHoldRow,
    GuaranteeRow,
    LedgerPostingRow,
    LedgerTransactionRow,
    PaymentExtensionRow,
)
from persistence.tables.idempotency import IdempotencyKeyRow
from persistence.tables.installation import ImportRow, InstallationRow
from persistence.tables.master_data import (
    BusinessDayRow,
    MasterDataAreaRow,
    MasterDataChangeRow,
    PenaltyRow,
)
from persistence.tables.milestones import (
    MilestoneEventRow,
    MilestonePlanRow,
    MilestoneRow,
    MilestoneStepRow,
    MilestoneTemplateRow,
    MilestoneVendorDateRow,
)
from persistence.tables.order_process import (
    OrderChangeRow,
    OrderComplaintRow,
    OrderDoubtRow,
    OrderGateEntryRow,
    OrderOfferRow,
    OrderOpinionRow,
    OrderPickupRow,
    OrderProcessRow,
    OrderReviewRow,
    OrderSignatureRow,
)
from persistence.tables.orders import OrderEventRow, OrderLineRow, OrderRow
from persistence.tables.outbox import OutboxRow
from persistence.tables.parties import (
    CustomerContactRow,
    CustomerRow,
    PersonRoleRow,
    PersonRow,
    RegionRow,
    StoreRow,
    WarehouseRow,
)
from persistence.tables.policy import PolicyRow
from persistence.tables.pricing import PricePlanPriceRow, PricePlanRow
from persistence.tables.production import (
    InspectionRow,
    MaterialPurchaseRow,
    ProductionReportRow,
    ProductionStageRow,
)
from persistence.tables.shipments import ShipmentLineRow, ShipmentRow, TrackingEventRow
from persistence.tables.supply import (
    GoodsReceiptLineRow,
    GoodsReceiptRow,
    RegionReserveRow,
    StockMovementRow,
    StockRow,
    StoreStockRow,
)
from persistence.tables.tasks import ClockEventRow, ClockRow, TaskEventRow, TaskRow

metadata = Base.metadata

__all__ = [
    "AllocationLineRow",
    "AllocationPlanPartRow",
    "AllocationRunGoodsRow",
    "AllocationRunReceiptRow",
    "AllocationRunRow",
    "AuditRow",
    "Base",
    "BusinessDayRow",
    "ClockEventRow",
    "ClockRow",
    "CustomerContactRow",
    "CustomerFundsRow",
    "CustomerRow",
    "FundHoldRow",
    "GapWishRow",
    "GoodsReceiptLineRow",
    "GoodsReceiptRow",
    "GuaranteeRow",
    "IdempotencyKeyRow",
    "ImportRow",
    "InspectionRow",
    "InstallationRow",
    "LedgerPostingRow",
    "LedgerTransactionRow",
    "MasterDataAreaRow",
    "MasterDataChangeRow",
    "MaterialPurchaseRow",
    "MilestoneEventRow",
    "MilestonePlanRow",
    "MilestoneRow",
    "MilestoneStepRow",
    "MilestoneTemplateRow",
    "MilestoneVendorDateRow",
    "OrderChangeRow",
    "OrderComplaintRow",
    "OrderDoubtRow",
    "OrderEventRow",
    "OrderGateEntryRow",
    "OrderLineRow",
    "OrderOfferRow",
    "OrderOpinionRow",
    "OrderPickupRow",
    "OrderProcessRow",
    "OrderReviewRow",
    "OrderRow",
    "OrderSignatureRow",
    "OutboxRow",
    "PaymentExtensionRow",
    "PenaltyRow",
    "PersonRoleRow",
    "PersonRow",
    "PolicyRow",
    "PricePlanPriceRow",
    "PricePlanRow",
    "ProductRow",
    "ProductionReportRow",
    "ProductionStageRow",
    "RegionReserveRow",
    "RegionRow",
    "ReservationRow",
    "ScenarioRow",
    "ShipmentLineRow",
    "ShipmentRow",
    "SkuRow",
    "StockMovementRow",
    "StockRow",
    "StoreRow",
    "StoreStockRow",
    "TaskEventRow",
    "TaskRow",
    "TrackingEventRow",
    "WarehouseRow",
    "metadata",
]

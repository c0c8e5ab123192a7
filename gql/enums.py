"""Words of the domain as GraphQL enums; a test holds them against the words of the tables."""

from collections.abc import Sequence
from enum import Enum

import strawberry

_value = strawberry.enum_value


def names(asked: Sequence[Enum] | None) -> list[str]:
    """The words that a filter asks for, each once: a list of a thousand costs no more than one."""
    return list(dict.fromkeys(each.name for each in asked or ()))


@strawberry.enum(description="How orders are sorted.")
class OrderSort(Enum):
    """Sort keys of orders."""

    PLACED_AT_DESC = _value("PLACED_AT_DESC", description="Newest first.")
    PLACED_AT_ASC = _value("PLACED_AT_ASC", description="Oldest first.")
    ORDER_NUMBER_ASC = _value("ORDER_NUMBER_ASC", description="By number.")
    ORDER_NUMBER_DESC = _value("ORDER_NUMBER_DESC", description="By number, the last first.")
    STATUS_ASC = _value("STATUS_ASC", description="By status.")
    STATUS_DESC = _value("STATUS_DESC", description="By status, the last first.")


@strawberry.enum(description="Where a milestone stands today.")
class MilestoneState(Enum):
    """States of a milestone (M7)."""

    NOT_STARTED = _value("NOT_STARTED", description="Open, and not due soon.")
    DUE_SOON = _value("DUE_SOON", description="Open, and due within the days that the policy sets.")
    OVERDUE = _value("OVERDUE", description="Open, and its day has passed.")
    CLOSED_ON_TIME = _value("CLOSED_ON_TIME", description="Closed by its day.")
    CLOSED_LATE = _value("CLOSED_LATE", description="Closed after its day.")
    SKIPPED = _value("SKIPPED", description="Not needed for this order.")


@strawberry.enum(description="Where a shipment stands.")
class ShipmentStatus(Enum):
    """States of a shipment."""

    PICKING = _value("PICKING", description="Being picked in its warehouse.")
    DISPATCHED = _value("DISPATCHED", description="On its way.")
    DELIVERED = _value("DELIVERED", description="Arrived.")
    CANCELLED = _value("CANCELLED", description="Called off.")


@strawberry.enum(description="What became of money set aside for a shipment.")
class PaymentStatus(Enum):
    """States of a fund hold."""

    HELD = _value("HELD", description="Set aside until the goods are issued.")
    DEBITED = _value("DEBITED", description="Taken when the goods were issued.")
    RELEASED = _value("RELEASED", description="Given back.")


@strawberry.enum(description="What kind of customer it is.")
class CustomerKind(Enum):
    """Kinds of customers (P2)."""

    FRANCHISEE = _value("FRANCHISEE", description="Franchisee (加盟商).")
    DIRECT = _value("DIRECT", description="Direct region or store (直营).")
    JOINT = _value("JOINT", description="Joint region or store (联营).")
    DISTRIBUTOR = _value("DISTRIBUTOR", description="Distributor (经销商).")
    EXPORT = _value("EXPORT", description="Export customer.")


@strawberry.enum(description="How a customer is classed; class A ships under its agreement.")
class CustomerClass(Enum):
    """Classes of customers."""

    A = _value("A", description="Class A.")
    B = _value("B", description="Class B.")
    C = _value("C", description="Class C.")


@strawberry.enum(description="When a customer pays.")
class PaymentTerms(Enum):
    """Payment terms (P2)."""

    PREPAID = _value("PREPAID", description="Before the goods leave.")
    TT_DEPOSIT = _value("TT_DEPOSIT", description="Deposit by transfer, the rest later.")
    LC = _value("LC", description="By letter of credit.")
    OPEN_ACCOUNT = _value("OPEN_ACCOUNT", description="On open account.")
    DA = _value("DA", description="Documents against acceptance.")
    COD = _value("COD", description="On delivery.")
    MONTHLY = _value("MONTHLY", description="Month by month.")


@strawberry.enum(description="Whose store it is.")
class StoreKind(Enum):
    """Kinds of stores."""

    DIRECT = _value("DIRECT", description="Our own.")
    JOINT = _value("JOINT", description="Run jointly.")


@strawberry.enum(description="What a warehouse is for.")
class WarehouseKind(Enum):
    """Kinds of warehouses."""

    CENTRAL = _value("CENTRAL", description="Allocated from (总仓).")
    REGION = _value("REGION", description="A region's own.")


@strawberry.enum(description="When a product sells.")
class Season(Enum):
    """Seasons (P3)."""

    SPRING_SUMMER = _value("SPRING_SUMMER", description="Spring and summer.")
    AUTUMN_WINTER = _value("AUTUMN_WINTER", description="Autumn and winter.")
    NON_SEASONAL = _value("NON_SEASONAL", description="All year.")


@strawberry.enum(description="Where an allocation run stands.")
class AllocationRunStatus(Enum):
    """States of a run."""

    QUEUED = _value("QUEUED", description="Waits for a worker.")
    CLAIMED = _value("CLAIMED", description="A worker has it.")
    SOLVING = _value("SOLVING", description="Its plan is being computed.")
    PROPOSED = _value("PROPOSED", description="Has a plan that waits for approval.")
    COMMITTED = _value("COMMITTED", description="Its plan is carried out.")
    DISCARDED = _value("DISCARDED", description="Its plan was put aside.")
    CANCELLED = _value("CANCELLED", description="Called off before it began.")
    FAILED = _value("FAILED", description="Could not be finished; see error.")


@strawberry.enum(description="Why a run was started.")
class AllocationTrigger(Enum):
    """Triggers of a run."""

    GOODS_RECEIPT = _value("GOODS_RECEIPT", description="Goods arrived.")
    REQUEST = _value("REQUEST", description="Somebody asked.")
    ORDER = _value("ORDER", description="An order was confirmed, changed or imported.")
    PAYMENT = _value("PAYMENT", description="A payment came in.")
    RELEASE = _value("RELEASE", description="An order was released.")
    EXPIRY = _value("EXPIRY", description="A reservation lapsed.")


@strawberry.enum(description="The stages in which goods are shared out.")
class AllocationStage(Enum):
    """Stages of the allocation (A3-A6)."""

    FUNDED = _value("FUNDED", description="Franchisees' lines, as far as their funds go.")
    RESERVED = _value("RESERVED", description="The rest of those lines, reserved until paid.")
    OWN_REGIONS = _value(
        "OWN_REGIONS",
        description="Safety stocks and reserves of direct and joint regions.",
    )


@strawberry.enum(description="Why a claim was not filled.")
class AllocationReason(Enum):
    """Binding reasons (A9)."""

    BLOCKED = _value("BLOCKED", description="The customer is blocked until last month is paid.")
    SHIP_COMPLETE = _value("SHIP_COMPLETE", description="The order ships complete or not at all.")
    PACK = _value("PACK", description="The rest is less than a pack.")
    SUPPLY = _value("SUPPLY", description="No stock is left.")
    FUNDS = _value("FUNDS", description="The funds are used up.")
    CAPACITY = _value("CAPACITY", description="The warehouse can pick no more.")
    SHARE_CAP = _value("SHARE_CAP", description="One outlet's share of a SKU is capped.")
    MIN_VALUE = _value(
        "MIN_VALUE",
        description="The shipment would be below the order's minimum value.",
    )
    SIZE_RUN = _value("SIZE_RUN", description="Too few sizes for a size run.")
    COMMITTED = _value("COMMITTED", description="Room is kept for later lines of an order begun.")
    CUT_SHORT = _value("CUT_SHORT", description="A limit ended the search; more may be possible.")


@strawberry.enum(description="Where a reservation stands.")
class ReservationStatus(Enum):
    """States of a reservation (A5)."""

    ACTIVE = _value("ACTIVE", description="Locked until its day.")
    CONVERTED = _value("CONVERTED", description="Paid, and now an allocation.")
    EXPIRED = _value("EXPIRED", description="Lapsed unpaid.")
    RELEASED = _value("RELEASED", description="Given up.")


@strawberry.enum(description="What kind of thing happened to an order.")
class TimelineKind(Enum):
    """Kinds of timeline entries."""

    PLACED = _value("PLACED", description="The order was placed.")
    EVENT = _value("EVENT", description="A change of the order itself.")
    MILESTONE_EXPECTED = _value("MILESTONE_EXPECTED", description="A step is expected on that day.")
    MILESTONE_CLOSED = _value("MILESTONE_CLOSED", description="A step was closed.")
    MILESTONE_PASSED = _value(
        "MILESTONE_PASSED", description="A step that is a day in the calendar; the day has passed."
    )
    MILESTONE_MOVED = _value("MILESTONE_MOVED", description="A step's day moved.")
    MILESTONE_REOPENED = _value("MILESTONE_REOPENED", description="A step was opened again.")
    MILESTONE_SKIPPED = _value("MILESTONE_SKIPPED", description="A step was left out.")
    TASK_RAISED = _value("TASK_RAISED", description="A task was raised.")
    TASK_ENDED = _value("TASK_ENDED", description="A task was done or dropped.")
    CLOCK_REMINDED = _value("CLOCK_REMINDED", description="A reminder of a time limit.")
    CLOCK_BREACHED = _value("CLOCK_BREACHED", description="A time limit passed.")
    INSPECTION_EXPECTED = _value(
        "INSPECTION_EXPECTED", description="An inspection is booked for that day."
    )
    INSPECTION_HELD = _value("INSPECTION_HELD", description="An inspection passed or failed.")
    PAYMENT = _value(
        "PAYMENT",
        description="Money was set aside, taken, given back or lost; see amount.",
    )
    PENALTY = _value("PENALTY", description="A rule put a penalty on somebody.")
    PENALTY_WAIVED = _value("PENALTY_WAIVED", description="A penalty was waived.")
    RESERVED = _value("RESERVED", description="Goods were reserved.")
    RESERVATION_ENDED = _value("RESERVATION_ENDED", description="A reservation ended.")
    SHIPMENT_CREATED = _value(
        "SHIPMENT_CREATED",
        description="Goods were given to the order and are being picked.",
    )
    SHIPPED = _value("SHIPPED", description="A shipment left.")
    TRACKING = _value("TRACKING", description="The carrier said something.")
    DELIVERED = _value("DELIVERED", description="A shipment arrived.")


@strawberry.enum(description="Where a scenario stands.")
class ScenarioStatus(Enum):
    """States of a scenario."""

    DRAFT = _value("DRAFT", description="Made, not yet run.")
    QUEUED = _value("QUEUED", description="Waits for a worker.")
    DONE = _value("DONE", description="Has a comparison with its base.")
    FAILED = _value("FAILED", description="Could not be run; see error.")


@strawberry.enum(description="A season in which goods are shared out.")
class SellingSeason(Enum):
    """Selling seasons; a run has one."""

    SPRING_SUMMER = _value("SPRING_SUMMER", description="Spring and summer.")
    AUTUMN_WINTER = _value("AUTUMN_WINTER", description="Autumn and winter.")


@strawberry.enum(description="A key figure.")
class KpiCode(Enum):
    """Key figures (K1)."""

    FILL_RATE_UNITS = _value("FILL_RATE_UNITS", description="Units given of units wanted.")
    FILL_RATE_VALUE = _value("FILL_RATE_VALUE", description="Value given of value wanted.")
    ORDER_CYCLE_DAYS_MEAN = _value(
        "ORDER_CYCLE_DAYS_MEAN", description="Days from order to last dispatch, on average."
    )
    ORDER_CYCLE_DAYS_P50 = _value(
        "ORDER_CYCLE_DAYS_P50", description="Days that half of the orders did not exceed."
    )
    ORDER_CYCLE_DAYS_P90 = _value(
        "ORDER_CYCLE_DAYS_P90", description="Days that nine of ten orders did not exceed."
    )
    MILESTONE_ON_TIME_RATE = _value(
        "MILESTONE_ON_TIME_RATE", description="Milestones closed on time of those closed."
    )


@strawberry.enum(description="By what a key figure is told apart.")
class KpiGroup(Enum):
    """Dimensions of the fill rate."""

    STAGE = _value("STAGE", description="By stage of the allocation.")
    REGION = _value("REGION", description="By region.")
    TIER = _value("TIER", description="By tier of store.")
    CUSTOMER = _value("CUSTOMER", description="By customer.")
    MONTH = _value("MONTH", description="By month.")


@strawberry.enum(description="By what a scenario is compared with its base.")
class ComparisonGroup(Enum):
    """Dimensions of a comparison."""

    TOTAL = _value("TOTAL", description="All together.")
    FRANCHISEE = _value("FRANCHISEE", description="By franchisee.")
    REGION = _value("REGION", description="By region.")
    TIER = _value("TIER", description="By tier of store; RESERVE for the regions' reserves.")

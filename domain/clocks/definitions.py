"""Time limits of the order process as data (O16).

A clock starts with something that happens to an order, a case or a call, may be paused, and stops
when what it waits for is done; when its time is over first, that is a breach.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.errors import InvalidInput
from domain.messages import Message, msg
from domain.roles import Role

WORKING_DAYS = "WORKING_DAYS"
CALENDAR_DAYS = "CALENDAR_DAYS"
WORKING_MINUTES = "WORKING_MINUTES"
MINUTES = "MINUTES"
CLOCK_UNITS = (WORKING_DAYS, CALENDAR_DAYS, WORKING_MINUTES, MINUTES)
LONGEST_LIMIT = 1_000_000

# Variants of a limit, and the two profiles of an order (O16).
STANDARD = "STANDARD"
DOMESTIC = "DOMESTIC"
ABROAD = "ABROAD"
MADE_TO_ORDER = "MADE_TO_ORDER"
FROM_STOCK = "FROM_STOCK"
PROFILES = (MADE_TO_ORDER, FROM_STOCK)
# Saying that a task is done stops the clock that it stands for.
TASK_DONE = "taskDone"


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a clock runs until its breach, and when it reminds before that."""

    breach: int
    remind: int | None = None


@dataclass(frozen=True, slots=True)
class ClockDefinition:
    """A time limit: what it is called, whose it is, what it counts in, and how long it is.

    profiles: of which orders it is; starts, stops: the commands by which it does, by their names in
    the schema. Without them nothing in the order process begins it. limit_of: the policy setting
    that says how long it is, in place of limits of its own. also_told: who hears of its breach
    beside its owner.
    """

    code: str
    label: Message
    owner_role: str
    unit: str
    limits: Mapping[str, Limit] = field(default_factory=dict)
    profiles: tuple[str, ...] = PROFILES
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    limit_of: str | None = None
    also_told: tuple[str, ...] = ()

    @property
    def is_a_task(self) -> bool:
        """Whether a person has to say that it is done, because no command shows it."""
        return TASK_DONE in self.stops

    def limit(self, variant: str) -> Limit:
        """The limit of a variant. Raises InvalidInput."""
        found = self.limits.get(variant)
        if found is None:
            there = sorted(self.limits) or msg("clocks.THAT_OF", limit_of=self.limit_of)
            raise InvalidInput(
                msg("clocks.NO_LIMIT_FOR", code=self.code, variant=variant, there=there),
                field="variant",
            )
        return found


FIRST_CHECK = "FIRST_CHECK"
MISSING_INFORMATION = "MISSING_INFORMATION"
HANDOVER_TO_PLANNING = "HANDOVER_TO_PLANNING"
PRODUCTION_PLAN = "PRODUCTION_PLAN"
REVIEW = "REVIEW"
QUALITY_CHECK = "QUALITY_CHECK"
CORRECTIVE_ACTION = "CORRECTIVE_ACTION"
DISPATCH_AFTER_QUALITY = "DISPATCH_AFTER_QUALITY"
NOTICE_TO_CUSTOMER = "NOTICE_TO_CUSTOMER"
CONTRACT = "CONTRACT"
DEPOSIT = "DEPOSIT"
SAMPLE_CONFIRMATION = "SAMPLE_CONFIRMATION"
FINAL_PAYMENT = "FINAL_PAYMENT"
ORDER_WORKED = "ORDER_WORKED"
DISPATCH_FROM_STOCK = "DISPATCH_FROM_STOCK"
AFTER_SALES_ANSWER = "AFTER_SALES_ANSWER"
CUSTOMER_CONTACT = "CUSTOMER_CONTACT"


# Commands that start or stop clocks, by their names in the schema.
PLACE = "orderPlace"
CHECK = "orderCheck"
SUPPLY_INFORMATION = "orderSupplyInformation"
CHOOSE_OFFER = "orderOfferChoose"
APPROVE = "orderApprove"
OPEN_REVIEW = "orderReviewOpen"
DECIDE_REVIEW = "orderReviewDecide"
AGREE_CONDITIONS = "orderConditionsAgree"
SEND_CONFIRMATION = "orderConfirmationSend"
RECORD_DEPOSIT = "depositRecord"
SIGN_PRODUCTION_ORDER = "productionOrderSign"
SIGN_WORK_ORDER = "workOrderSign"
STOCK_IN = "orderStockIn"
SHIP = "orderShip"
DELIVER = "orderDeliver"
SETTLE = "orderSettle"
RECORD_PROGRESS = "productionProgressRecord"
RECORD_INSPECTION = "inspectionRecord"

_SALES = Role.SALES.value
_SALES_MANAGER = (Role.SALES_MANAGER.value,)
# Ours: who promised the order to the customer hears that another department is late.
_SALESPERSON = (_SALES,)

# The table of O16. The commands that change an order (a decided review, an answer to its
# conditions) start again what hangs on its content; the end of an order drops whatever runs.
_DOCUMENT_CLOCKS = (
    ClockDefinition(
        FIRST_CHECK,
        msg("time_limits.FIRST_CHECK"),
        _SALES,
        WORKING_DAYS,
        {STANDARD: Limit(1)},
        profiles=(MADE_TO_ORDER,),
        starts=(PLACE, SUPPLY_INFORMATION, CHOOSE_OFFER),
        stops=(CHECK, SUPPLY_INFORMATION),
        also_told=_SALES_MANAGER,
    ),
    ClockDefinition(
        MISSING_INFORMATION,
        msg("time_limits.MISSING_INFORMATION"),
        _SALES,
        WORKING_DAYS,
        {STANDARD: Limit(2)},
        starts=(CHECK,),
        stops=(SUPPLY_INFORMATION,),
        also_told=_SALES_MANAGER,
    ),
    ClockDefinition(
        HANDOVER_TO_PLANNING,
        msg("time_limits.HANDOVER_TO_PLANNING"),
        _SALES,
        WORKING_DAYS,
        {STANDARD: Limit(1)},
        profiles=(MADE_TO_ORDER,),
        starts=(CHECK, AGREE_CONDITIONS),
        stops=(OPEN_REVIEW, SUPPLY_INFORMATION, CHOOSE_OFFER),
        also_told=_SALES_MANAGER,
    ),
    # 2 working days for a regular order, 10 for a new product (O3); the review's lead owns it.
    ClockDefinition(
        REVIEW,
        msg("time_limits.REVIEW"),
        Role.PLANNING.value,
        WORKING_DAYS,
        starts=(OPEN_REVIEW,),
        stops=(DECIDE_REVIEW,),
        limit_of="orders.review_days",
        also_told=_SALESPERSON,
    ),
    ClockDefinition(
        CONTRACT,
        msg("time_limits.CONTRACT"),
        _SALES,
        WORKING_DAYS,
        {STANDARD: Limit(1)},
        also_told=_SALES_MANAGER,
    ),
    ClockDefinition(
        DEPOSIT,
        msg("time_limits.DEPOSIT"),
        Role.FINANCE.value,
        WORKING_DAYS,
        {STANDARD: Limit(7)},
        # Ours: until there are contracts, the confirmation is what asks for the deposit. A change
        # that makes the deposit larger asks again.
        starts=(SEND_CONFIRMATION, DECIDE_REVIEW, AGREE_CONDITIONS),
        stops=(RECORD_DEPOSIT, DECIDE_REVIEW, AGREE_CONDITIONS, SHIP),
        also_told=_SALESPERSON,
    ),
    ClockDefinition(
        PRODUCTION_PLAN,
        msg("time_limits.PRODUCTION_PLAN"),
        Role.PLANNING.value,
        WORKING_DAYS,
        {STANDARD: Limit(2)},
        profiles=(MADE_TO_ORDER,),
        # Ours: the production order is what planning gets, its signature under the work order
        # says that the plan is made.
        starts=(SIGN_PRODUCTION_ORDER,),
        stops=(SIGN_WORK_ORDER, DECIDE_REVIEW, AGREE_CONDITIONS, SHIP),
        also_told=_SALESPERSON,
    ),
    ClockDefinition(
        SAMPLE_CONFIRMATION,
        msg("time_limits.SAMPLE_CONFIRMATION"),
        _SALES,
        WORKING_DAYS,
        # 3 to 5 days at home, 7 to 10 abroad: reminded at the first, breached at the second.
        {DOMESTIC: Limit(5, 3), ABROAD: Limit(10, 7)},
        also_told=_SALES_MANAGER,
    ),
    ClockDefinition(
        QUALITY_CHECK,
        msg("time_limits.QUALITY_CHECK"),
        Role.QUALITY.value,
        WORKING_DAYS,
        {STANDARD: Limit(1)},
        starts=(RECORD_PROGRESS, DECIDE_REVIEW, AGREE_CONDITIONS),
        stops=(RECORD_INSPECTION, SHIP),
        also_told=_SALESPERSON,
    ),
    ClockDefinition(
        CORRECTIVE_ACTION,
        msg("time_limits.CORRECTIVE_ACTION"),
        Role.QUALITY.value,
        CALENDAR_DAYS,
        {STANDARD: Limit(0)},
        starts=(RECORD_INSPECTION,),
        stops=(RECORD_INSPECTION,),
        also_told=_SALESPERSON,
    ),
    ClockDefinition(
        DISPATCH_AFTER_QUALITY,
        msg("time_limits.DISPATCH_AFTER_QUALITY"),
        Role.LOGISTICS.value,
        WORKING_DAYS,
        {STANDARD: Limit(1)},
        starts=(RECORD_INSPECTION, DECIDE_REVIEW, AGREE_CONDITIONS),
        stops=(SHIP,),
        also_told=_SALESPERSON,
    ),
    ClockDefinition(
        FINAL_PAYMENT,
        msg("time_limits.FINAL_PAYMENT"),
        _SALES,
        WORKING_DAYS,
        {STANDARD: Limit(14, 10)},
        starts=(RECORD_PROGRESS, STOCK_IN, DECIDE_REVIEW, AGREE_CONDITIONS),
        # A change of the terms of payment may name another day.
        stops=(SETTLE, DECIDE_REVIEW, AGREE_CONDITIONS),
        also_told=(*_SALES_MANAGER, Role.FINANCE.value),
    ),
    # "At once", in hours that people work.
    ClockDefinition(
        NOTICE_TO_CUSTOMER,
        msg("time_limits.NOTICE_TO_CUSTOMER"),
        _SALES,
        WORKING_MINUTES,
        {STANDARD: Limit(60)},
        starts=(SHIP,),
        stops=(TASK_DONE, DELIVER),
        also_told=_SALES_MANAGER,
    ),
    ClockDefinition(
        ORDER_WORKED,
        msg("time_limits.ORDER_WORKED"),
        Role.ORDER_CLERK.value,
        WORKING_MINUTES,
        {STANDARD: Limit(240)},
        profiles=(FROM_STOCK,),
        starts=(PLACE, SUPPLY_INFORMATION, CHOOSE_OFFER),
        # An order that lacks something is not worked on, but asked about. A correction may make it
        # an order to be produced.
        stops=(APPROVE, CHECK, SUPPLY_INFORMATION),
        also_told=_SALESPERSON,
    ),
    ClockDefinition(
        DISPATCH_FROM_STOCK,
        msg("time_limits.DISPATCH_FROM_STOCK"),
        Role.LOGISTICS.value,
        WORKING_DAYS,
        {STANDARD: Limit(3)},
        profiles=(FROM_STOCK,),
        starts=(PLACE, SUPPLY_INFORMATION, DECIDE_REVIEW, AGREE_CONDITIONS),
        stops=(SHIP, CHECK, SUPPLY_INFORMATION),
        also_told=_SALESPERSON,
    ),
    ClockDefinition(
        AFTER_SALES_ANSWER,
        msg("time_limits.AFTER_SALES_ANSWER"),
        Role.AFTER_SALES.value,
        MINUTES,
        {STANDARD: Limit(24 * 60)},
        also_told=(Role.SERVICE_SUPERVISOR.value,),
    ),
    ClockDefinition(
        CUSTOMER_CONTACT,
        msg("time_limits.CUSTOMER_CONTACT"),
        Role.CUSTOMER_SERVICE.value,
        WORKING_MINUTES,
        {STANDARD: Limit(30)},
        also_told=(Role.SERVICE_SUPERVISOR.value,),
    ),
)

DOCUMENT_CLOCKS: Mapping[str, ClockDefinition] = {each.code: each for each in _DOCUMENT_CLOCKS}

# What begins to run when an order comes in. Made to order, each later clock begins with the command
# that ends the one before.
INTAKE_CLOCKS: Mapping[str, tuple[str, ...]] = {
    profile: tuple(
        each.code for each in _DOCUMENT_CLOCKS if PLACE in each.starts and profile in each.profiles
    )
    for profile in PROFILES
}

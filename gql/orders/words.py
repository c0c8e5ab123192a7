"""Words of an order's life as GraphQL enums; a test holds them against those of the rules."""

from enum import Enum

import strawberry

_value = strawberry.enum_value


@strawberry.enum(description="How an order came in (O1).")
class OrderChannel(Enum):
    """Channels of intake."""

    PHONE = _value("PHONE", description="By telephone.")
    EMAIL = _value("EMAIL", description="By e-mail.")
    LETTER = _value("LETTER", description="By letter.")
    VISIT = _value("VISIT", description="The customer came.")
    WEB = _value("WEB", description="Over the web.")
    FAX = _value("FAX", description="By fax.")
    SALESPERSON = _value("SALESPERSON", description="Through a salesperson.")
    ORDER_FAIR = _value("ORDER_FAIR", description="At an order fair (订货会).")
    WEEKLY_PLAN = _value("WEEKLY_PLAN", description="From the weekly plan.")
    TAKEN_OVER = _value("TAKEN_OVER", description="An import brought it; never of a new order.")


@strawberry.enum(description="How urgent an order is.")
class OrderUrgency(Enum):
    """Urgencies."""

    NORMAL = _value("NORMAL", description="As usual.")
    URGENT = _value("URGENT", description="Sooner than usual.")
    CRITICAL = _value("CRITICAL", description="Before all others.")


@strawberry.enum(description="Where an order's goods come from.")
class OrderFulfilment(Enum):
    """Ways to fulfil an order."""

    MADE_TO_ORDER = _value("MADE_TO_ORDER", description="Produced for it.")
    FROM_STOCK = _value("FROM_STOCK", description="Served from stock.")


@strawberry.enum(description="Why an order is not regular (O3).")
class Irregularity(Enum):
    """What makes an order non-regular."""

    CUSTOM_DESIGN = _value("CUSTOM_DESIGN", description="A design of the customer's own.")
    DISCONTINUED_PRODUCT = _value("DISCONTINUED_PRODUCT", description="No longer produced.")
    QUALITY_BEYOND_STANDARD = _value(
        "QUALITY_BEYOND_STANDARD", description="Quality above our standard."
    )
    TIGHT_DATE_WITH_PENALTY = _value(
        "TIGHT_DATE_WITH_PENALTY", description="A tight date with a penalty."
    )


@strawberry.enum(description="What is offered for units that stock does not cover (O1).")
class OfferKind(Enum):
    """Kinds of offers."""

    TRANSFER = _value("TRANSFER", description="From another warehouse.")
    SUBSTITUTE = _value("SUBSTITUTE", description="Another size or colour of the style.")
    BACKORDER = _value("BACKORDER", description="Later, when goods arrive.")


@strawberry.enum(description="What is reviewed (O3).")
class ReviewKind(Enum):
    """Kinds of reviews."""

    REGULAR = _value("REGULAR", description="A regular order.")
    NON_REGULAR = _value("NON_REGULAR", description="A non-regular order.")
    SPARE_PART = _value("SPARE_PART", description="An order of spare parts.")
    CHANGE = _value("CHANGE", description="A change of an order.")


@strawberry.enum(description="What a department says in a review.")
class ReviewVerdict(Enum):
    """Verdicts."""

    FEASIBLE = _value("FEASIBLE", description="It can be done as ordered.")
    CONDITIONAL = _value("CONDITIONAL", description="It can be done otherwise, or later.")
    NOT_FEASIBLE = _value("NOT_FEASIBLE", description="It cannot be done.")


@strawberry.enum(description="What comes of a review.")
class ReviewOutcome(Enum):
    """Outcomes."""

    ACCEPTED = _value("ACCEPTED", description="Accepted as ordered.")
    ACCEPTED_WITH_CONDITIONS = _value(
        "ACCEPTED_WITH_CONDITIONS", description="Accepted, if the customer agrees to conditions."
    )
    REJECTED = _value("REJECTED", description="Not accepted.")


@strawberry.enum(description="What the customer says when asked for a later date.")
class ExtensionAnswer(Enum):
    """Answers."""

    EXTENDS = _value("EXTENDS", description="Agrees to a later date.")
    INSISTS = _value("INSISTS", description="Insists on the date.")


@strawberry.enum(description="What kind of change it is (O4).")
class ChangeKind(Enum):
    """Kinds of changes."""

    ORDER_CHANGE = _value("ORDER_CHANGE", description="A change order (订单变更).")
    CONFIGURATION = _value(
        "CONFIGURATION",
        description="A modification request of the configuration (产品修改申请书).",
    )


@strawberry.enum(description="Where a change stands.")
class ChangeState(Enum):
    """States of a change."""

    REQUESTED = _value("REQUESTED", description="Asked for.")
    AGREED = _value("AGREED", description="Agreed to by the customer in writing.")
    UNDER_REVIEW = _value("UNDER_REVIEW", description="Being reviewed.")
    APPLIED = _value("APPLIED", description="Part of the order now.")
    REJECTED = _value("REJECTED", description="Not accepted.")
    WITHDRAWN = _value("WITHDRAWN", description="Called off.")


@strawberry.enum(description="What is recorded towards production's release (O6).")
class GateItem(Enum):
    """Papers, checks and approvals."""

    LC_RECEIVED = _value("LC_RECEIVED", description="The letter of credit is here.")
    LC_CHECKED = _value("LC_CHECKED", description="The letter was checked and is right.")
    LC_FAULT = _value("LC_FAULT", description="The letter has a fault.")
    LC_AMENDMENT_ASKED = _value(
        "LC_AMENDMENT_ASKED", description="The customer was asked to amend the letter."
    )
    CREDIT_APPROVED = _value("CREDIT_APPROVED", description="Delivery on credit was approved.")
    COST_SHEET = _value("COST_SHEET", description="The sheet of estimated costs.")
    CUSTOMER_ORDER = _value("CUSTOMER_ORDER", description="The customer's own order.")
    FACTORY_CONTRACT = _value("FACTORY_CONTRACT", description="The contract with the factory.")
    EXPORT_SIGNED = _value("EXPORT_SIGNED", description="A signature under the export papers.")


@strawberry.enum(description="Where the deposit of a special order stands today (O7).")
class DepositState(Enum):
    """States of a deposit."""

    NOT_SPECIAL = _value("NOT_SPECIAL", description="This is no special order.")
    NOT_EFFECTIVE = _value("NOT_EFFECTIVE", description="Signatures or money are lacking.")
    HELD = _value("HELD", description="Here; the goods are not in the warehouse yet.")
    OFFSET_OPEN = _value("OFFSET_OPEN", description="Picked up now, all of it offsets the price.")
    OFFSET_SUSPENDED = _value("OFFSET_SUSPENDED", description="Picked up now, a part is lost.")
    OFFSET_LAPSED = _value("OFFSET_LAPSED", description="The last day is over.")
    SETTLED = _value("SETTLED", description="Settled: offset, forfeited, or both.")

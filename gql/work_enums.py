"""Words of milestones, tasks and production as GraphQL enums; a test holds them against ours."""

from enum import Enum

import strawberry

_value = strawberry.enum_value


@strawberry.enum(description="What changed of a milestone.")
class MilestoneChangeKind(Enum):
    """Kinds of changes of a milestone (M4)."""

    STARTED = _value("STARTED", description="The order was confirmed, and the step is there.")
    ESTIMATED = _value("ESTIMATED", description="Somebody gave it a day.")
    PROJECTED = _value("PROJECTED", description="Its estimate followed what it hangs on.")
    VENDOR_DATE = _value("VENDOR_DATE", description="A vendor gave a date.")
    PLANNED_BACKWARD = _value("PLANNED_BACKWARD", description="Planned from the wanted date.")
    BEGUN = _value("BEGUN", description="Work on it began.")
    CLOSED = _value("CLOSED", description="It was closed.")
    REOPENED = _value("REOPENED", description="It was opened again.")
    SKIPPED = _value("SKIPPED", description="It was left out.")
    HANDED_ON = _value("HANDED_ON", description="It was given to somebody.")


@strawberry.enum(description="A day that estimates may hang on without being a step (M2).")
class AnchorEvent(Enum):
    """Events of an order's life."""

    ORDER_CONFIRMED = _value("ORDER_CONFIRMED", description="The customer confirmed the order.")
    TASK_CREATED = _value("TASK_CREATED", description="The task was created; closes step 1.")
    PROMISED_COMPLETION = _value(
        "PROMISED_COMPLETION", description="Completion promised to the customer."
    )
    PAYMENT_REQUEST_SENT = _value(
        "PAYMENT_REQUEST_SENT", description="Accounting sends the payment request."
    )
    PACKAGING_PROOF_SENT = _value(
        "PACKAGING_PROOF_SENT", description="The packaging proof (PDCA) is sent to the customer."
    )
    VENDOR_SAMPLES_PROMISED = _value(
        "VENDOR_SAMPLES_PROMISED", description="The vendor sends samples or images."
    )
    VENDOR_COMPLETION = _value(
        "VENDOR_COMPLETION", description="The last of the vendors' first completion dates."
    )
    FINAL_PAYMENT_REQUEST_SENT = _value(
        "FINAL_PAYMENT_REQUEST_SENT",
        description="Accounting sends the final payment request; closes step 10.",
    )
    CLOSING_TASK_SENT = _value(
        "CLOSING_TASK_SENT",
        description="The task to close goes to the sales manager; the date of step 16.",
    )
    ARRIVAL_EXPECTED = _value("ARRIVAL_EXPECTED", description="The carrier's expected arrival.")
    DELIVERY_DAY = _value("DELIVERY_DAY", description="The delivery day agreed.")


@strawberry.enum(description="A term of a contract that estimates rest on, in days.")
class ContractTerm(Enum):
    """Terms that rules may name."""

    DEPOSIT_DAYS = _value("deposit_days", description="From the request to the down payment.")
    FINAL_PAYMENT_DAYS = _value(
        "final_payment_days", description="From the final request to the payment."
    )
    PRODUCTION_DAYS = _value(
        "production_days", description="From the confirmation of the packaging to completion."
    )
    TRANSIT_DAYS = _value("transit_days", description="From dispatch to arrival.")


@strawberry.enum(description="Where a task stands today.")
class TaskState(Enum):
    """States of a task."""

    OPEN = _value("OPEN", description="To be done.")
    SNOOZED = _value("SNOOZED", description="Comes back on a later day.")
    DONE = _value("DONE", description="Done.")
    DROPPED = _value("DROPPED", description="Nothing is left to do.")


@strawberry.enum(description="Who inspects.")
class InspectionKind(Enum):
    """Kinds of inspections (O12)."""

    OWN = _value("OWN", description="Our own inspector.")
    CUSTOMER = _value("CUSTOMER", description="The customer, or somebody of theirs.")
    THIRD_PARTY = _value("THIRD_PARTY", description="A third party; booked two weeks ahead.")


@strawberry.enum(description="What came out of an inspection.")
class InspectionResult(Enum):
    """Results of inspections (O12)."""

    BOOKED = _value("BOOKED", description="Still to be held.")
    PASSED = _value("PASSED", description="Passed.")
    FAILED = _value("FAILED", description="Failed; corrected the same day.")
    CANCELLED = _value("CANCELLED", description="Called off.")


@strawberry.enum(description="Where a stage of production stands.")
class StageState(Enum):
    """States of a stage (O11)."""

    RUNNING = _value("RUNNING", description="Under way.")
    EXCEPTION = _value("EXCEPTION", description="Something is in the way.")
    DONE = _value("DONE", description="Done.")


@strawberry.enum(description="The form of a template's text.")
class TemplateForm(Enum):
    """Forms of templates."""

    TOML = _value("TOML", description="TOML.")
    JSON = _value("JSON", description="JSON.")

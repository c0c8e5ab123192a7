"""The words of milestones: where a step stands, what changed, what estimates hang on (M1-M7)."""

from typing import Any

from domain.vocabulary import Vocabulary, word


class MilestoneState(Vocabulary):
    """Where a milestone stands today."""

    NOT_STARTED = word("Not started", "未开始", "Open, and not due soon.")
    DUE_SOON = word("Due soon", "即将到期", "Open, and due within the days that the policy sets.")
    OVERDUE = word("Overdue", "逾期", "Open, and its day has passed.")
    CLOSED_ON_TIME = word("Closed on time", "按期完成", "Closed by its day.")
    CLOSED_LATE = word("Closed late", "逾期完成", "Closed after its day.")
    SKIPPED = word("Skipped", "已跳过", "Not needed for this order.")


class MilestoneChangeKind(Vocabulary):
    """What changed of a milestone."""

    STARTED = word("Step created", "建立节点", "The order was confirmed, and the step is there.")
    ESTIMATED = word("Estimated", "填写预计日期", "It was given a day.")
    PROJECTED = word("Projected", "推算预计日期", "Its estimate followed what it hangs on.")
    VENDOR_DATE = word("Vendor's date", "供应商给出日期", "A vendor gave a date.")
    PLANNED_BACKWARD = word("Planned backward", "倒排计划", "Planned from the wanted date.")
    BEGUN = word("Begun", "开始办理", "Work on it began.")
    CLOSED = word("Closed", "关闭", "It was closed.")
    REOPENED = word("Reopened", "重新打开", "It was opened again.")
    SKIPPED = word("Skipped", "跳过", "It was left out.")
    HANDED_ON = word("Handed on", "转交", "It was given to another owner.")


class AnchorEvent(Vocabulary):
    """A day that estimates may hang on without being a step (M2)."""

    ORDER_CONFIRMED = word("Order confirmed", "订单确认", "The customer confirmed the order.")
    TASK_CREATED = word("Task created", "任务创建", "The task was created; closes step 1.")
    PROMISED_COMPLETION = word(
        "Promised completion", "承诺完工日期", "Completion promised to the customer."
    )
    PAYMENT_REQUEST_SENT = word(
        "Payment request sent", "付款通知发出", "Accounting sends the payment request."
    )
    PACKAGING_PROOF_SENT = word(
        "Packaging proof sent", "包装样发出", "The packaging proof (PDCA) is sent to the customer."
    )
    VENDOR_SAMPLES_PROMISED = word(
        "Vendor's samples promised", "供应商样品日期", "The vendor sends samples or images."
    )
    VENDOR_COMPLETION = word(
        "Vendor's completion", "供应商完工日期", "The last of the vendors' first completion dates."
    )
    FINAL_PAYMENT_REQUEST_SENT = word(
        "Final payment request sent",
        "余款催收通知发出",
        "Accounting sends the final payment request; closes step 10.",
    )
    CLOSING_TASK_SENT = word(
        "Closing task sent",
        "结案任务发出",
        "The task to close goes to the sales manager; the date of step 16.",
    )
    ARRIVAL_EXPECTED = word("Expected arrival", "预计到货", "The carrier's expected arrival.")
    DELIVERY_DAY = word("Delivery day", "交货日", "The delivery day agreed.")


class ContractTerm(Vocabulary):
    """A term of a contract that estimates rest on, in days."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last: list[Any]) -> str:
        # Templates and policies name them in small letters.
        return name.lower()

    DEPOSIT_DAYS = word(
        "Days for the deposit", "定金付款期限（天）", "From the request to the down payment."
    )
    FINAL_PAYMENT_DAYS = word(
        "Days for the final payment", "余款付款期限（天）", "From the final request to the payment."
    )
    PRODUCTION_DAYS = word(
        "Days of production",
        "生产周期（天）",
        "From the confirmation of the packaging to completion.",
    )
    TRANSIT_DAYS = word("Days in transit", "运输天数", "From dispatch to arrival.")

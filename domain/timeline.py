"""What an order's timeline holds (O15)."""

from domain.vocabulary import Vocabulary, word


class TimelineKind(Vocabulary):
    """What kind of thing happened to an order."""

    PLACED = word("Order placed", "下单", "The order was placed.")
    EVENT = word("Order changed", "订单变动", "A change of the order itself.")
    MILESTONE_EXPECTED = word(
        "Milestone expected", "预计完成节点", "A step is expected on that day."
    )
    MILESTONE_CLOSED = word("Milestone closed", "节点完成", "A step was closed.")
    MILESTONE_PASSED = word(
        "Milestone passed",
        "节点日期已过",
        "A step that is a day in the calendar; the day has passed.",
    )
    MILESTONE_MOVED = word("Milestone moved", "节点日期变更", "A step's day moved.")
    MILESTONE_REOPENED = word("Milestone reopened", "节点重新打开", "A step was opened again.")
    MILESTONE_SKIPPED = word("Milestone skipped", "节点跳过", "A step was left out.")
    TASK_RAISED = word("Task raised", "新增待办", "A task was raised.")
    TASK_ENDED = word("Task ended", "待办办结", "A task was done or dropped.")
    CLOCK_REMINDED = word("Reminder", "时限提醒", "A reminder of a time limit.")
    CLOCK_BREACHED = word("Time limit passed", "超时", "A time limit passed.")
    INSPECTION_EXPECTED = word(
        "Inspection booked", "预约验货", "An inspection is booked for that day."
    )
    INSPECTION_HELD = word("Inspection held", "验货", "An inspection passed or failed.")
    PAYMENT = word(
        "Payment", "资金变动", "Money was set aside, taken, given back or lost; see amount."
    )
    PENALTY = word("Penalty", "扣款", "A rule charged a penalty to a person or region.")
    PENALTY_WAIVED = word("Penalty waived", "免除扣款", "A penalty was waived.")
    RESERVED = word("Reserved", "库存占用", "Goods were reserved.")
    RESERVATION_ENDED = word("Reservation ended", "占用结束", "A reservation ended.")
    SHIPMENT_CREATED = word(
        "Shipment created", "生成发货单", "Goods were given to the order and are being picked."
    )
    SHIPPED = word("Shipped", "发货", "A shipment left.")
    TRACKING = word("Tracking", "物流动态", "The carrier said something.")
    DELIVERED = word("Delivered", "送达", "A shipment arrived.")

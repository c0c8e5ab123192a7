"""The words of orders: where they stand, how they came in, what is said of them (O1-O15)."""

from domain.vocabulary import Vocabulary, word


class OrderStatus(Vocabulary):
    """Where an order stands."""

    RECEIVED = word("Received", "已接单", "Taken in, not yet confirmed.")
    NEEDS_INFO = word(
        "Needs information", "待补充信息", "Incomplete; it waits for what is missing."
    )
    UNDER_CHECK = word("Under check", "审核中", "Complete; prices are checked and approved.")
    UNDER_REVIEW = word("Under review", "评审中", "The departments review it.")
    AWAITING_CONFIRMATION = word(
        "Awaiting confirmation", "待客户回传", "Accepted; it waits for the customer's confirmation."
    )
    CONFIRMED = word("Confirmed", "已确认", "Confirmed; it competes for goods.")
    SHIPPED = word("Shipped", "已发货", "Everything has left.")
    DELIVERED = word("Delivered", "已送达", "Everything has arrived.")
    CLOSED = word("Closed", "已结案", "Done.")
    CANCELLED = word("Cancelled", "已取消", "Called off.")
    REJECTED = word("Rejected", "未通过评审", "Not accepted by its review.")


class ImportedStatus(Vocabulary):
    """Where an order stands that a file brings."""

    OPEN = word("Open", "未结", "Passed its review; competes for goods.")
    HELD = word("Held", "待补充信息", "Something is missing.")
    SHIPPED = word("Shipped", "已发货", "Everything has left.")
    DELIVERED = word("Delivered", "已送达", "Everything has arrived.")
    CLOSED = word("Closed", "已结案", "Done.")
    CANCELLED = word("Cancelled", "已取消", "Called off.")


class OrderChannel(Vocabulary):
    """How an order came in (O1)."""

    PHONE = word("Telephone", "电话", "By telephone.")
    EMAIL = word("E-mail", "邮件", "By e-mail.")
    LETTER = word("Letter", "信函", "By letter.")
    VISIT = word("Visit", "来访", "The customer came.")
    WEB = word("Web", "网络", "Over the web.")
    FAX = word("Fax", "传真", "By fax.")
    SALESPERSON = word("Salesperson", "销售员", "Through a salesperson.")
    ORDER_FAIR = word("Order fair", "订货会", "At an order fair (订货会).")
    WEEKLY_PLAN = word("Weekly plan", "周需求计划", "From the weekly plan.")
    TAKEN_OVER = word("Taken over", "期初导入", "An import brought it; never of a new order.")


class OrderUrgency(Vocabulary):
    """How urgent an order is."""

    NORMAL = word("Normal", "普通", "As usual.")
    URGENT = word("Urgent", "紧急", "Sooner than usual.")
    CRITICAL = word("Critical", "特急", "Before all others.")


class OrderFulfilment(Vocabulary):
    """Where an order's goods come from."""

    MADE_TO_ORDER = word("Made to order", "按单生产", "Produced for it.")
    FROM_STOCK = word("From stock", "现货", "Served from stock.")


class Irregularity(Vocabulary):
    """Why an order is not regular (O3)."""

    CUSTOM_DESIGN = word("Custom design", "需重新设计", "A design of the customer's own.")
    DISCONTINUED_PRODUCT = word("Discontinued product", "停产产品", "No longer produced.")
    QUALITY_BEYOND_STANDARD = word(
        "Quality beyond standard", "质量要求超出常规标准", "Quality above our standard."
    )
    TIGHT_DATE_WITH_PENALTY = word(
        "Tight date with penalty", "交期紧且有罚款条款", "A tight date with a penalty."
    )


class OfferKind(Vocabulary):
    """What is offered for units that stock does not cover (O1)."""

    TRANSFER = word("From another warehouse", "调拨")
    SUBSTITUTE = word(
        "Another size or colour", "换码换色（替代款）", "Another size or colour of the style."
    )
    BACKORDER = word("Later, when goods arrive", "到货后补发")


class ReviewKind(Vocabulary):
    """What is reviewed (O3)."""

    REGULAR = word("Regular order", "常规订单", "A regular order.")
    NON_REGULAR = word("Non-regular order", "非常规订单", "A non-regular order.")
    SPARE_PART = word("Spare parts", "配件订单", "An order of spare parts.")
    CHANGE = word("Change of an order", "订单变更", "A change of an order.")


class ReviewVerdict(Vocabulary):
    """What a department says in a review."""

    FEASIBLE = word("Feasible", "可行", "It can be done as ordered.")
    CONDITIONAL = word(
        "Feasible with conditions", "有条件可行", "It can be done otherwise, or later."
    )
    NOT_FEASIBLE = word("Not feasible", "不可行", "It cannot be done.")


class ReviewOutcome(Vocabulary):
    """What comes of a review."""

    ACCEPTED = word("Accepted", "同意承接", "Accepted as ordered.")
    ACCEPTED_WITH_CONDITIONS = word(
        "Accepted with conditions", "有条件承接", "Accepted, if the customer agrees to conditions."
    )
    REJECTED = word("Rejected", "不承接", "Not accepted.")


class ExtensionAnswer(Vocabulary):
    """What the customer says when asked for a later date."""

    EXTENDS = word("Agrees to a later date", "同意延期")
    INSISTS = word("Insists on the date", "坚持原交期")


class ChangeKind(Vocabulary):
    """What kind of change it is (O4)."""

    ORDER_CHANGE = word("Change order", "订单变更", "A change order (订单变更).")
    CONFIGURATION = word(
        "Modification request",
        "产品修改申请书",
        "A modification request of the configuration (产品修改申请书).",
    )


class ChangeState(Vocabulary):
    """Where a change stands."""

    REQUESTED = word("Requested", "已提出", "Asked for.")
    AGREED = word("Agreed", "客户已同意", "Agreed to by the customer in writing.")
    UNDER_REVIEW = word("Under review", "评审中", "Being reviewed.")
    APPLIED = word("Applied", "已生效", "Part of the order now.")
    REJECTED = word("Rejected", "未通过", "Not accepted.")
    WITHDRAWN = word("Withdrawn", "已撤回", "Called off.")


class GateItem(Vocabulary):
    """What is recorded towards production's release (O6)."""

    LC_RECEIVED = word("Letter of credit received", "已收到信用证", "The letter of credit is here.")
    LC_CHECKED = word(
        "Letter of credit checked", "信用证已审查", "The letter was checked and is right."
    )
    LC_FAULT = word("Letter of credit has a fault", "信用证有误", "The letter has a fault.")
    LC_AMENDMENT_ASKED = word(
        "Amendment of the letter asked for",
        "已要求改证",
        "The customer was asked to amend the letter.",
    )
    CREDIT_APPROVED = word(
        "Delivery on credit approved", "放账已批准", "Delivery on credit was approved."
    )
    COST_SHEET = word("Sheet of estimated costs", "出口合同审核表", "The sheet of estimated costs.")
    CUSTOMER_ORDER = word("Customer's order", "客户订单", "The customer's own order.")
    FACTORY_CONTRACT = word(
        "Contract with the factory", "工厂收购合同", "The contract with the factory."
    )
    EXPORT_SIGNED = word(
        "Export papers signed", "出口合同审核表已签批", "A signature under the export papers."
    )


class DepositState(Vocabulary):
    """Where the deposit of a special order stands today (O7)."""

    NOT_SPECIAL = word("Not a special order", "非特殊订单", "This is no special order.")
    NOT_EFFECTIVE = word("Not effective yet", "尚未生效", "Signatures or money are lacking.")
    HELD = word("Held", "已收，待入库", "Here; the goods are not in the warehouse yet.")
    OFFSET_OPEN = word(
        "Offsets the price in full", "可全额冲抵货款", "Picked up now, all of it offsets the price."
    )
    OFFSET_SUSPENDED = word(
        "Offsets the price in part", "仅可部分冲抵货款", "Picked up now, a part is lost."
    )
    OFFSET_LAPSED = word("Past the last day of pick-up", "已过最后提货日", "The last day is over.")
    SETTLED = word("Settled", "已结算", "Settled: offset, forfeited, or both.")


class MissingInformation(Vocabulary):
    """What an order lacks before it can be checked (O1)."""

    REQUIRED_ON = word("Wanted day", "要求交期")
    DELIVERY_ADDRESS = word("Delivery address", "收货地址")
    LINES = word("Lines", "订单明细")
    SKU = word("Product", "产品编号")
    SKU_UNKNOWN = word("Product is unknown", "产品编号不存在")
    UNITS = word("Units", "数量")
    UNIT_PRICE = word("Unit price", "单价")
    TOTAL_DIFFERS = word("Total differs", "合计金额不符")
    UNKNOWN = word("Not said", "未说明", "An import did not say what the order lacks.")


class ConfirmationDefect(Vocabulary):
    """What is wrong with a confirmation that came back (O5)."""

    SIGNATURE = word("Signature is missing", "缺签名")
    STAMP = word("Stamp is missing", "缺盖章")
    SPECIAL_REMARKS = word("Special remarks are unclear", "特殊要求备注不详")

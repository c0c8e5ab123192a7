"""Key figures and by what they are grouped (K1)."""

from domain.vocabulary import Vocabulary, word


class KpiCode(Vocabulary):
    """A key figure."""

    FILL_RATE_UNITS = word("Fill rate by units", "数量满足率", "Units given of units wanted.")
    FILL_RATE_VALUE = word("Fill rate by value", "金额满足率", "Value given of value wanted.")
    ORDER_CYCLE_DAYS_MEAN = word(
        "Order cycle, mean", "订单周期（平均天数）", "Days from order to last dispatch, on average."
    )
    ORDER_CYCLE_DAYS_P50 = word(
        "Order cycle, median",
        "订单周期（中位天数）",
        "Days that half of the orders did not exceed.",
    )
    ORDER_CYCLE_DAYS_P90 = word(
        "Order cycle, nine of ten",
        "订单周期（九成订单不超过的天数）",
        "Days that nine of ten orders did not exceed.",
    )
    MILESTONE_ON_TIME_RATE = word(
        "Milestones on time", "关键节点准时率", "Milestones closed on time of those closed."
    )


class KpiGroup(Vocabulary):
    """By what a key figure is told apart."""

    STAGE = word("Stage of the allocation", "分货阶段", "By stage of the allocation.")
    REGION = word("Region", "区域", "By region.")
    TIER = word("Store tier", "店铺级别", "By tier of store.")
    CUSTOMER = word("Customer", "客户", "By customer.")
    MONTH = word("Month", "月份", "By month.")

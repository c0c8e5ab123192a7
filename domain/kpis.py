"""What key figures are grouped by and counted in; the figures: `persistence.kpis.registry`."""

from domain.vocabulary import Vocabulary, word


class KpiGroup(Vocabulary):
    """By what a key figure is grouped."""

    STAGE = word("Stage of the allocation", "分货阶段", "By stage of the allocation.")
    REGION = word("Region", "区域", "By region.")
    TIER = word("Store tier", "店铺级别", "By tier of store.")
    CUSTOMER = word("Customer", "客户", "By customer.")
    MONTH = word("Month", "月份", "By month.")


class KpiUnit(Vocabulary):
    """What a key figure is counted in."""

    SHARE = word("Share", "比率", "A share from 0 to 1.")
    DAYS = word("Days", "天")


class KpiDirection(Vocabulary):
    """Which way a key figure gets better."""

    MORE_IS_BETTER = word("More is better", "越高越好")
    LESS_IS_BETTER = word("Less is better", "越低越好")

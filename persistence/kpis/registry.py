"""The registry of key figures: one row each, with all that is known of it (K1).

A row makes the word of the API with its labels, the formula that people read, and the SQL that
computes it. `tests/services/test_key_figures.py` holds each against figures computed by hand.
"""

from dataclasses import dataclass
from enum import auto
from typing import Any, Self

from domain.kpis import KpiDirection, KpiUnit
from domain.vocabulary import Vocabulary
from persistence.kpis.sources import CLOSED_STEPS, DISPATCHED_ORDERS, WISHES, Source


@dataclass(frozen=True)
class Share:
    """One aggregate divided by another; nothing where there is nothing to divide by."""

    numerator: str
    denominator: str


@dataclass(frozen=True)
class Measure:
    """One aggregate."""

    value: str


@dataclass(frozen=True)
class Definition:
    """What a figure is.

    formula: in English and Chinese. direction: which way is better. figure: over the rows of the
    source, each counted once.
    """

    formula: tuple[str, str]
    unit: KpiUnit
    direction: KpiDirection
    source: Source
    figure: Share | Measure


def kpi(
    english: str,
    chinese: str,
    description: str,
    *,
    formula: tuple[str, str],
    unit: KpiUnit,
    direction: KpiDirection,
    source: Source,
    figure: Share | Measure,
) -> Any:
    """A row of the registry, named as it is assigned."""
    definition = Definition(formula, unit, direction, source, figure)
    return auto(), english, chinese, description, definition


_FILL = (
    "units given (held for a shipment or issued) / units wanted, each wish counted once, by the day"
    " it was asked for: an order line's units when the order was placed, a gap's when a run found"
    " it; of one run: what it gave / what was open before it. By stage a reservation wants what its"
    " line was not given, and reserves; else it counts nothing.",
    "已给数量（已为发货锁定或已出库）÷需求数量，每项需求只计一次，计入提出之日：订单明细计入下单之日，"
    "缺口计入首次发现它的分货批次；单个批次：该批次给出的数量÷此前未满足的数量。按分货阶段查看时，"
    "占用锁定的需求为该明细未得到的数量，结果为其锁定的数量；其他情况下不计。",
)
_CYCLE = (
    "calendar days from placing the order to its last dispatch, in the company's time zone; orders"
    " dispatched in the month",
    "从下单到最后一次发货的自然日天数，按公司时区计算；计入发完货的月份",
)


class KpiCode(Vocabulary):
    """A key figure."""

    definition: Definition

    def __new__(
        cls,
        name: str,
        english: str = "",
        chinese: str = "",
        description: str = "",
        definition: Definition | None = None,
    ) -> Self:
        """A figure with its definition."""
        # An enum's own `__new__` looks members up; it makes none.
        member = str.__new__(cls, name)
        member._value_ = name
        member.english, member.chinese, member.description = english, chinese, description
        if definition is not None:
            member.definition = definition
        return member

    FILL_RATE_UNITS = kpi(
        "Fill rate by units",
        "数量满足率",
        "Units given of units wanted.",
        formula=_FILL,
        unit=KpiUnit.SHARE,
        direction=KpiDirection.MORE_IS_BETTER,
        source=WISHES,
        figure=Share("sum(given)", "sum(wanted)"),
    )
    FILL_RATE_VALUE = kpi(
        "Fill rate by value",
        "金额满足率",
        "Value given of value wanted.",
        formula=(f"{_FILL[0]} Value: units x unit price", f"{_FILL[1]}金额：数量×单价"),
        unit=KpiUnit.SHARE,
        direction=KpiDirection.MORE_IS_BETTER,
        source=WISHES,
        figure=Share(
            "rounded_amount(sum(given * price), currency)",
            "rounded_amount(sum(wanted * price), currency)",
        ),
    )
    ORDER_CYCLE_DAYS_MEAN = kpi(
        "Order cycle, mean",
        "订单周期（平均天数）",
        "Days from order to last dispatch, on average.",
        formula=_CYCLE,
        unit=KpiUnit.DAYS,
        direction=KpiDirection.LESS_IS_BETTER,
        source=DISPATCHED_ORDERS,
        figure=Measure("round(avg(days), 2)"),
    )
    ORDER_CYCLE_DAYS_P50 = kpi(
        "Order cycle, median",
        "订单周期（中位天数）",
        "Days that half of the orders did not exceed.",
        formula=_CYCLE,
        unit=KpiUnit.DAYS,
        direction=KpiDirection.LESS_IS_BETTER,
        source=DISPATCHED_ORDERS,
        # One of the days that occurred, never between two.
        figure=Measure("percentile_disc(0.5) WITHIN GROUP (ORDER BY days)"),
    )
    ORDER_CYCLE_DAYS_P90 = kpi(
        "Order cycle, nine of ten",
        "订单周期（九成订单不超过的天数）",
        "Days that nine of ten orders did not exceed.",
        formula=_CYCLE,
        unit=KpiUnit.DAYS,
        direction=KpiDirection.LESS_IS_BETTER,
        source=DISPATCHED_ORDERS,
        figure=Measure("percentile_disc(0.9) WITHIN GROUP (ORDER BY days)"),
    )
    MILESTONE_ON_TIME_RATE = kpi(
        "Milestones on time",
        "关键节点准时率",
        "Milestones closed on time of those closed.",
        formula=(
            "steps closed on or before the expected day / steps closed that had one",
            "在预计日期当天或之前关闭的节点数÷有预计日期的已关闭节点数",
        ),
        unit=KpiUnit.SHARE,
        direction=KpiDirection.MORE_IS_BETTER,
        source=CLOSED_STEPS,
        figure=Share("count(*) FILTER (WHERE is_on_time)", "count(*)"),
    )

"""What the demonstration prints of a run and of the months, as wide as the terminal."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from rich.console import Console

from cli.language import Speaker
from cli.tables import Column, figures, heading, print_table, sentence
from domain.allocation import STAGES, reasons_in_words
from domain.messages import msg
from domain.money import written
from domain.seasons import Season
from domain.sentences import Money
from persistence.kpis.registry import KpiCode
from services.allocation.report import MOST_CUSTOMERS, CustomerShare, RunReport
from services.kpis import Figure, FillRate, share
from services.stock import FreeGoods


def run_report(
    out: Console,
    report: RunReport,
    free: FreeGoods,
    reserved_until: dt.datetime | None,
    say: Speaker,
) -> None:
    """What arrived, who got what by stage, region and tier, what was refused and why, what is left.

    reserved_until: on the company's clock; None where the run reserved nothing.
    """
    _arrival(out, report, say)
    _stages(out, report, say)
    _customers(out, report.customers, say)
    if reserved_until is not None:
        ends = reserved_until.strftime("%Y-%m-%d %H:%M")
        sentence(
            out,
            say(
                f"What is reserved is kept until {ends}; unpaid, it is then shared out again.",
                f"占用锁定至{ends}；到期未打款即释放并重新分货。",
            ),
        )
    _regions(out, report, say)
    _tiers(out, report.tiers, say)
    _refusals(out, report, say)
    _left_over(out, free, say)
    for warning in report.warnings:
        sentence(out, say.text(msg("cli.WARNING", warning=warning)), style="yellow")


def key_figures(out: Console, found: Sequence[Figure], say: Speaker) -> None:
    """The last months' key figures."""
    heading(out, say("Key figures by month", "月度指标"))
    columns = (
        Column(say("month", "月份")),
        figures(say("fill, units", "数量满足率")),
        figures(say("fill, value", "金额满足率")),
        figures(say("orders dispatched", "发完订单数")),
        figures(say("days P50", "天数 P50")),
        figures(say("days P90", "天数 P90")),
        figures(say("steps closed", "节点完成数")),
        figures(say("on time", "按期完成率")),
    )
    by_month: dict[str, dict[KpiCode, Figure]] = {}
    for figure in found:
        by_month.setdefault(figure.key, {})[figure.code] = figure
    print_table(out, columns, [_month(key, by_month[key]) for key in sorted(by_month)[-6:]])


def _month(key: str, found: Mapping[KpiCode, Figure]) -> tuple[str, ...]:
    def rate(code: KpiCode) -> str:
        return percent(found[code].value) if code in found else ""

    def days(code: KpiCode) -> str:
        return str(found[code].value) if code in found else ""

    def count(code: KpiCode) -> str:
        return f"{found[code].count:,}" if code in found else ""

    return (
        key,
        rate(KpiCode.FILL_RATE_UNITS),
        rate(KpiCode.FILL_RATE_VALUE),
        count(KpiCode.ORDER_CYCLE_DAYS_P50),
        days(KpiCode.ORDER_CYCLE_DAYS_P50),
        days(KpiCode.ORDER_CYCLE_DAYS_P90),
        count(KpiCode.MILESTONE_ON_TIME_RATE),
        rate(KpiCode.MILESTONE_ON_TIME_RATE),
    )


def percent(rate: Decimal | None) -> str:
    """A share as per cent with one decimal."""
    return "" if rate is None else f"{rate * 100:.1f} %"


def _arrival(out: Console, report: RunReport, say: Speaker) -> None:
    season = say(*Season(report.season).labels)
    heading(
        out,
        say(
            f"Allocation run {report.run_id}, season {report.season} ({season})",
            f"分货批次 {report.run_id}，季节 {report.season}（{season}）",
        ),
    )
    for arrived in report.arrivals:
        warehouse = say(*arrived.warehouse)
        sentence(
            out,
            say(
                f"Goods receipt {arrived.receipt_number} at {warehouse}:"
                f" {arrived.units:,} units of {arrived.skus:,} SKUs.",
                f"收货单 {arrived.receipt_number}，{warehouse}："
                f"{arrived.skus:,}个SKU共{arrived.units:,}件。",
            ),
        )
    unproven = report.unproven_levels
    sentence(
        out,
        say(
            f"{report.claims:,} claims in {report.levels:,} levels,"
            f" {f'{unproven} of them not proven optimal' if unproven else 'all proven optimal'}:"
            f" {report.pieces:,} pieces given.",
            f"{report.claims:,}个需求行，{report.levels:,}个优先层级，"
            f"{f'其中{unproven}个未证明最优' if unproven else '全部证明最优'}："
            f"共分出{report.pieces:,}件。",
        ),
    )


def _stages(out: Console, report: RunReport, say: Speaker) -> None:
    heading(out, say("By stage", "按阶段"))
    columns = (
        Column(say("stage", "阶段")),
        figures(say("wanted", "需求数量")),
        figures(say("given", "分得数量")),
        figures(say("fill", "满足率")),
        figures(say("value given", "分得金额")),
    )
    rows = [
        (
            f"{fill.key} {say(*STAGES[int(fill.key)].labels)} {STAGES[int(fill.key)]}",
            f"{fill.units_wanted:,}",
            f"{fill.units_given:,}",
            percent(fill.units_rate),
            Money(written(fill.value_given, fill.currency), fill.currency).text(say.language),
        )
        for fill in report.stages
    ]
    print_table(out, columns, rows)


def _customers(out: Console, customers: Sequence[CustomerShare], say: Speaker) -> None:
    if not customers:
        return
    heading(out, say("Customers, in rank order", "客户（按优先级）"))
    columns = (
        figures(say("rank", "优先级")),
        Column(say("customer", "客户")),
        figures(say("ordered", "需求数量")),
        figures(say("shipped", "发货")),
        figures(say("reserved", "占用锁定")),
        figures(say("value shipped", "发货金额")),
        Column(say("why not more", "未满足原因")),
    )
    rows = [
        (
            str(customer.rank),
            f"{customer.code} {say(*customer.name)}",
            f"{customer.ordered:,}",
            f"{customer.shipped:,}",
            f"{customer.reserved:,}",
            f"{written(customer.value, customer.currency):,f}",
            say(*reasons_in_words(sorted(customer.reasons))),
        )
        for customer in sorted(customers, key=lambda each: (each.rank, each.code))
    ]
    print_table(out, columns, rows)
    if len(customers) == MOST_CUSTOMERS:
        sentence(
            out,
            say(
                f"These are the {MOST_CUSTOMERS} with the largest orders; `kpis(groupBy: CUSTOMER)`"
                " in the API and `apportion runs` have more.",
                f"以上为订单量最大的{MOST_CUSTOMERS}家客户。",
            ),
        )


def _regions(out: Console, report: RunReport, say: Speaker) -> None:
    if not report.regions:
        return
    heading(out, say("Own regions, in the season's order", "直营及联营区域（按当季顺序）"))
    columns = (
        Column(say("region", "区域")),
        figures(say("stores want", "店铺需求")),
        figures(say("given", "分得")),
        figures(say("fill", "满足率")),
        figures(say("reserve wants", "备货需求")),
        figures(say("given", "分得")),
        figures(say("fill", "满足率")),
    )
    rows = []
    for region in report.regions:
        name = say(*region.name)
        rows.append(
            (
                name if region.code == name else f"{region.code} {name}",
                f"{region.stores_wanted:,}",
                f"{region.stores_given:,}",
                percent(share(region.stores_given, region.stores_wanted)),
                f"{region.reserve_wanted:,}",
                f"{region.reserve_given:,}",
                percent(share(region.reserve_given, region.reserve_wanted)),
            )
        )
    print_table(out, columns, rows)


def _tiers(out: Console, tiers: Iterable[FillRate], say: Speaker) -> None:
    columns = (
        Column(say("tier", "店铺级别")),
        figures(say("wanted", "需求数量")),
        figures(say("given", "分得数量")),
        figures(say("fill", "满足率")),
    )
    rows = [
        (
            say("reserves of regions", "区域备货")
            if tier.key == "RESERVE"
            else say(f"stores of tier {tier.key}", f"{tier.key}类店铺"),
            f"{tier.units_wanted:,}",
            f"{tier.units_given:,}",
            percent(tier.units_rate),
        )
        for tier in tiers
    ]
    if rows:
        heading(out, say("By store tier", "按店铺级别"))
        print_table(out, columns, rows)


def _refusals(out: Console, report: RunReport, say: Speaker) -> None:
    if not report.refusals:
        return
    heading(out, say("Not given, and why", "未分得数量及原因"))
    columns = (
        Column(say("stage", "阶段")),
        figures(say("claims", "需求行")),
        figures(say("units", "数量")),
        Column(say("because", "原因")),
    )
    rows = [
        (
            f"{refusal.stage} {say(*STAGES[refusal.stage].labels)}",
            f"{refusal.claims:,}",
            f"{refusal.units:,}",
            say(*reasons_in_words(refusal.reasons))
            + say(f" ({', '.join(refusal.reasons)})", f"（{'、'.join(refusal.reasons)}）"),
        )
        for refusal in report.refusals
    ]
    print_table(out, columns, rows)


def _left_over(out: Console, free: FreeGoods, say: Speaker) -> None:
    """Where the goods lie that were given to nobody."""
    heading(out, say("Given to nobody, and where it lies", "未分出的货品及所在仓库"))
    if not free.units:
        sentence(out, say("Nothing is left.", "已全部分出。"))
        return
    columns = (
        Column(say("warehouse", "仓库")),
        Column("SKU"),
        Column(say("product", "产品")),
        figures(say("units free", "可用数量")),
    )
    rows = [
        (
            f"{each.warehouse} {say(*each.warehouse_name)}",
            each.sku,
            say(*each.product),
            f"{each.units:,}",
        )
        for each in free.most
    ]
    print_table(out, columns, rows)
    more = free.skus - len(free.most)
    if more:
        sentence(
            out,
            say(
                f"and {more:,} more SKUs; {free.units:,} units in all, listed by the API's"
                " `stock(filter: {onlyFree: true})`",
                f"另有{more:,}个SKU；合计{free.units:,}件，可用接口"
                " `stock(filter: {onlyFree: true})` 查询",
            ),
        )

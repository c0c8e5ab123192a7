"""`apportion orders`: a short list of orders, the newest first, with what is overdue."""

import asyncio
import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.text import Text

from cli.database import open_named
from cli.faults import BAD_INPUT, counted, print_json
from cli.language import LanguageOption, Speaker
from cli.tables import Column, console, figures, print_table, sentence
from domain.errors import DomainError
from domain.languages import in_both
from domain.messages import msg
from domain.money import written
from domain.orders.vocabularies import OrderStatus
from domain.principals import SYSTEM
from domain.sentences import Money
from persistence.milestones import queries as milestones
from persistence.orders import queries
from persistence.paging import PageRequest
from persistence.parties import queries as parties
from persistence.tables import CustomerRow, MilestoneRow, MilestoneStepRow, OrderRow
from services.parties.references import customer_key
from services.policy import current_policy
from services.settings import Settings

MOST_ORDERS = 200


@dataclass(frozen=True)
class _Found:
    rows: list[OrderRow]
    total: int
    customers: dict[int, CustomerRow]
    open_steps: dict[int, list[MilestoneRow]]
    steps: dict[int, MilestoneStepRow]
    today: dt.date
    zone: dt.tzinfo


def orders(
    status: Annotated[
        list[str] | None, typer.Option("--status", help="Only those of this status; repeatable.")
    ] = None,
    customer: Annotated[
        str | None, typer.Option("--customer", help="Only this customer's, by code.")
    ] = None,
    late: Annotated[bool, typer.Option("--late", help="Only those with an overdue step.")] = False,
    search: Annotated[
        str | None, typer.Option("--search", help="Part of an order's number or customer's name.")
    ] = None,
    first: Annotated[int, typer.Option(min=1, max=MOST_ORDERS, help="How many at most.")] = 20,
    lang: LanguageOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """List orders, the newest first, each with what is overdue or comes next."""
    say = Speaker(lang)
    statuses = tuple(each.upper() for each in status or ())
    unknown = [each for each in statuses if not OrderStatus.has(each)]
    if unknown:
        raise typer.BadParameter(
            say.text(msg("cli.NO_STATUS", status=unknown[0], allowed=[*map(str, OrderStatus)])),
            param_hint="--status",
        )
    try:
        found = asyncio.run(_read(statuses, customer, late, search, first, say))
    except DomainError as refused:
        typer.echo(say.text(refused.message), err=True)
        raise typer.Exit(BAD_INPUT) from None
    if as_json:
        print_json(_body(found, say))
    else:
        _show(found, say)


async def _read(
    statuses: tuple[str, ...],
    customer: str | None,
    late: bool,
    search: str | None,
    first: int,
    say: Speaker,
) -> _Found:
    async with (
        open_named(Settings(), say) as deps,
        deps.unit_of_work(SYSTEM) as uow,
    ):
        session = uow.session
        _, policy = await current_policy(uow)
        today = policy.local_date(uow.now)
        question = queries.OrderQuestion(
            statuses=statuses,
            customer_id=await customer_key(uow, customer),
            overdue_on=today,
            is_overdue=True if late else None,
            search=search,
        )
        page = await queries.orders(session, question, queries.NEWEST_FIRST, PageRequest(first))
        rows = list(page.rows)
        return _Found(
            rows,
            await queries.count_orders(session, question),
            await parties.customers_by_id(session, [row.customer_id for row in rows]),
            await milestones.to_be_done_by_order(session, [row.id for row in rows], today),
            await milestones.all_steps(session),
            today,
            policy.zone,
        )


def _show(found: _Found, say: Speaker) -> None:
    columns = (
        Column(say("order", "订单号")),
        Column(say("status", "状态")),
        Column(say("customer", "客户")),
        Column(say("placed", "下单日期")),
        Column(say("promised", "承诺交期")),
        figures(say("total", "金额")),
        Column(say("overdue, or what comes next", "逾期或下一节点")),
    )
    rows = [
        (
            row.order_number,
            say(*row.status.labels),
            f"{found.customers[row.customer_id].code} {_name(found, row, say)}",
            row.placed_at.astimezone(found.zone).date().isoformat(),
            "" if row.promised_on is None else row.promised_on.isoformat(),
            Money(written(row.total, row.currency), row.currency).text(say.language),
            _next(found, row, say),
        )
        for row in found.rows
    ]
    out = console()
    print_table(out, columns, rows)
    more = found.total - len(rows)
    if more:
        sentence(
            out,
            say(
                f"{len(rows):,} of {found.total:,} orders; --first, --status, --customer, --late"
                " and --search choose others.",
                f"共{found.total:,}个订单，列出{len(rows):,}个；可用 --first、--status、"
                "--customer、--late、--search 选择。",
            ),
        )


def _name(found: _Found, row: OrderRow, say: Speaker) -> str:
    customer = found.customers[row.customer_id]
    return say(*in_both(customer.name, customer.name_zh))


def _next(found: _Found, row: OrderRow, say: Speaker) -> Text:
    todo = found.open_steps[row.id]
    late = [each for each in todo if each.due_on < found.today]
    if not todo:
        return Text("")
    first = todo[0]
    step = found.steps[first.step_id]
    label = say(step.label_en, step.label_zh)
    owner = say(*first.owner_role.labels)
    if not late:
        when = "" if first.due_on == dt.date.max else f" {first.due_on}"
        return Text(say(f"{label}{when} ({owner})", f"{label}{when}（{owner}）"))
    days = (found.today - first.due_on).days
    many = len(late) - 1
    return Text.assemble(
        (say(f"OVERDUE by {counted(days, 'day')}: ", f"逾期{days}天："), "bold red"),
        say(f"{label} ({owner})", f"{label}（{owner}）"),
        "" if not many else say(f" and {many} more", f"，另有{many}项"),
    )


def _body(found: _Found, say: Speaker) -> dict[str, Any]:
    """As the API names it."""
    return {
        "totalCount": found.total,
        "nodes": [
            {
                "orderNumber": row.order_number,
                "status": row.status,
                "customer": {
                    "code": found.customers[row.customer_id].code,
                    "name": _name(found, row, say),
                },
                "placedAt": row.placed_at.isoformat(),
                "promisedOn": None if row.promised_on is None else row.promised_on.isoformat(),
                "total": {"amount": str(row.total), "currency": row.currency},
                "overdue": [
                    {
                        "number": found.steps[each.step_id].number,
                        "label": found.steps[each.step_id].label_en,
                        "ownerRole": each.owner_role,
                        "daysLate": (found.today - each.due_on).days,
                    }
                    for each in found.open_steps[row.id]
                    if each.due_on < found.today
                ],
            }
            for row in found.rows
        ],
    }

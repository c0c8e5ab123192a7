"""`apportion explain ORDER`: what became of its goods, why not more, what would change that."""

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console

from allocator import CounterfactualChange, Explanation
from cli.database import open_named
from cli.faults import BAD_INPUT, counted, print_json
from cli.language import LanguageOption, Speaker
from cli.tables import Column, console, figures, heading, indented, print_table, sentence
from domain.allocation import AllocationReason, claim_in_words
from domain.errors import DomainError
from domain.messages import Message
from domain.money import from_minor, written
from domain.policy import Policy
from domain.principals import SYSTEM
from domain.sentences import Money
from services.allocation.order_outcome import (
    ClaimOutcome,
    LineOutcome,
    OrderOutcome,
    order_outcome,
)
from services.policy import current_policy
from services.settings import Settings

MOST_WINNERS_SHOWN = 8
# Where the customer of an order that is still to be checked did not say.
UNSAID = "-"

# What the rule of a level looked at, in words.
VALUES = {
    "rank": ("rank", "优先级"),
    "reserve_rank": ("reserve rank", "占用优先级"),
    "launch": ("launch rank", "上市优先级"),
    "product": ("product", "产品"),
}


def explain(
    order: Annotated[str, typer.Argument(help="The order's number.")],
    lang: LanguageOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """What became of an order's goods: shipped, being picked, reserved or not given, and why."""
    say = Speaker(lang)
    try:
        outcome, policy = asyncio.run(_read(order, say))
    except DomainError as refused:
        typer.echo(say.text(refused.message), err=True)
        raise typer.Exit(BAD_INPUT) from None
    if as_json:
        print_json(_body(outcome, say))
    else:
        _show(console(), outcome, policy, say)


async def _read(number: str, say: Speaker) -> tuple[OrderOutcome, Policy]:
    async with open_named(Settings(), say) as deps:
        async with deps.unit_of_work(SYSTEM) as uow:
            _, policy = await current_policy(uow)
        return await order_outcome(number, deps), policy


def _show(out: Console, outcome: OrderOutcome, policy: Policy, say: Speaker) -> None:
    order = outcome.order
    status, name = say(*order.status.labels), say(*outcome.customer_name)
    heading(
        out,
        say(
            f"Order {order.order_number} of {outcome.customer} {name}: {order.status} ({status})",
            f"订单{order.order_number}，{outcome.customer} {name}：{order.status}（{status}）",
        ),
    )
    columns = (
        figures(say("line", "行号")),
        Column("SKU"),
        Column(say("product", "产品")),
        figures(say("ordered", "订购")),
        figures(say("shipped", "已发货")),
        figures(say("being picked", "拣货中")),
        figures(say("reserved", "占用锁定")),
        figures(say("not given", "未分得")),
        Column(say("reserved until", "占用到期")),
    )
    rows = [
        (
            str(line.line_no),
            line.sku or UNSAID,
            say(*line.product) if line.product else UNSAID,
            UNSAID if line.ordered is None else f"{line.ordered:,}",
            f"{line.shipped:,}",
            f"{line.held:,}",
            f"{line.reserved:,}",
            f"{line.open:,}",
            _until(line, policy),
        )
        for line in outcome.lines
    ]
    print_table(out, columns, rows)
    if outcome.more_lines:
        more = outcome.more_lines
        sentence(out, say(f"({more:,} more lines left out)", f"（另有{more:,}行未列出）"))
    for line in outcome.lines:
        _show_line(out, line, order.currency, say)
    if outcome.unsearched:
        sentence(
            out,
            say(
                f"(What would change the last {counted(outcome.unsearched, 'claim')} was not"
                " searched: each takes many solves.)",
                f"（最后{outcome.unsearched}个需求行未计算如何改变：每行需多次求解。）",
            ),
        )


def _until(line: LineOutcome, policy: Policy) -> str:
    if line.reserved_until is None:
        return ""
    return line.reserved_until.astimezone(policy.zone).strftime("%Y-%m-%d %H:%M")


def _show_line(out: Console, line: LineOutcome, currency: str, say: Speaker) -> None:
    if not line.open and not line.reserved:
        return
    sku = line.sku or UNSAID
    heading(out, say(f"Line {line.line_no}, {sku}", f"第{line.line_no}行，{sku}"))
    if not line.claims:
        sentence(
            out,
            say("No run has shared out goods for it yet.", "尚无分货批次处理该行。"),
        )
    for claim in line.claims:
        for text in _of_claim(claim, currency, say):
            sentence(out, text) if not text.startswith("  ") else indented(out, text.strip())


def _of_claim(claim: ClaimOutcome, currency: str, say: Speaker) -> Iterator[str]:
    found = claim.explanation
    if isinstance(found, Message):
        yield say.text(found)
        return
    given = say(*claim_in_words(claim.stage, found.wanted, found.given, found.reasons))
    yield say(f"Run {claim.run_id}, {given}.", f"分货批次{claim.run_id}，{given}。")
    turn = say(", ", "，").join(
        f"{say(*VALUES.get(name, (name, name)))} {value}" for name, value in found.values
    )
    yield "  " + say(
        f"Its turn: {turn}; level {found.position + 1}.",
        f"顺序：{turn}；第{found.position + 1}优先层级。",
    )
    if AllocationReason.SUPPLY in found.reasons and found.winners:
        yield "  " + _winners(found, say)
    for change in found.changes:
        yield "  " + _change(change, currency, say)


def _winners(found: Explanation, say: Speaker) -> str:
    units: dict[str, int] = {}
    for winner in found.winners:
        units[winner.outlet] = units.get(winner.outlet, 0) + winner.units
    shown = list(units.items())[:MOST_WINNERS_SHOWN]
    names = say(", ", "、").join(f"{outlet} {given:,}" for outlet, given in shown)
    more = len(units) - len(shown) + found.more_winners
    return say(
        f"Given before it or beside it: {names}{f' and {more} more' if more else ''}"
        f" ({found.winners_pieces:,} pieces in all).",
        f"先于或同级分得：{names}{f'，另有{more}个' if more else ''}"
        f"（共{found.winners_pieces:,}件）。",
    )


def _change(change: CounterfactualChange, currency: str, say: Speaker) -> str:
    """What would change it, in a sentence; each was shown by a solve."""
    amount = change.amount
    money = Money(written(from_minor(amount, currency), currency), currency).text(say.language)
    share = f"{amount / 10_000:g} %"
    condition = {
        AllocationReason.FUNDS: (f"with {money} more funds", f"可用资金及信用增加{money}"),
        AllocationReason.SUPPLY: (
            f"with {counted(amount, 'piece')} more of {change.subject}",
            f"{change.subject}增加{amount:,}件",
        ),
        "UNBLOCK": (f"once {change.subject} is no longer blocked", f"{change.subject}解除暂停发货"),
        AllocationReason.CAPACITY: (
            f"with {counted(amount, 'piece')} more to pick at {change.subject}",
            f"{change.subject}拣货能力增加{amount:,}件",
        ),
        AllocationReason.SHARE_CAP: (
            f"with the share cap {share} higher",
            f"单店分货上限提高{share}",
        ),
    }[change.what]
    full = (", all that whole packs allow", "，整包装可满足") if change.fills else ("", "")
    least = (
        ("; nothing less does", "，少于此数不行")
        if change.proven_least
        else ("; the least that was found", "，为目前找到的最小值")
    )
    if change.what == "UNBLOCK":
        least = ("", "")
    return say(
        f"It would get {counted(change.gives, 'unit')} {condition[0]}{full[0]}{least[0]}.",
        f"若{condition[1]}，可分得{change.gives:,}件{full[1]}{least[1]}。",
    )


def _body(outcome: OrderOutcome, say: Speaker) -> dict[str, Any]:
    """As the API names it."""
    return {
        "orderNumber": outcome.order.order_number,
        "status": outcome.order.status,
        "customer": {"code": outcome.customer, "name": say(*outcome.customer_name)},
        "moreLines": outcome.more_lines,
        "unsearched": outcome.unsearched,
        "lines": [
            {
                "lineNo": line.line_no,
                "sku": line.sku,
                "unitsOrdered": line.ordered,
                "unitsShipped": line.shipped,
                "unitsHeld": line.held,
                "unitsReserved": line.reserved,
                "unitsOpen": line.open,
                "reservedUntil": (
                    None if line.reserved_until is None else line.reserved_until.isoformat()
                ),
                "claims": [_claim_body(claim, say) for claim in line.claims],
            }
            for line in outcome.lines
        ],
    }


def _claim_body(claim: ClaimOutcome, say: Speaker) -> dict[str, Any]:
    found = claim.explanation
    if isinstance(found, Message):
        unknown = say.text(found)
        return {"allocationRun": claim.run_id, "stage": claim.stage, "unknown": unknown}
    return {
        "allocationRun": claim.run_id,
        "stage": claim.stage,
        "claim": found.claim_id,
        "unitsWanted": found.wanted,
        "units": found.given,
        "reasons": list(found.reasons),
        "position": found.position,
        "values": dict(found.values),
        "changes": [
            {
                "what": change.what,
                "subject": change.subject,
                "amount": change.amount,
                "gives": change.gives,
                "fills": change.fills,
                "provenLeast": change.proven_least,
            }
            for change in found.changes
        ],
    }

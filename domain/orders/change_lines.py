"""The lines of a change order: their prices, what they become, what goods hold them (O4)."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from domain.messages import Message, msg
from domain.money import shown
from domain.orders.context import Context, Goods
from domain.orders.deposits import units_picked_up
from domain.orders.entries import Change, Line, LineChange, entry, following
from domain.orders.order import Order
from domain.orders.prices import Article, right_price
from domain.orders.refusals import OrderRefused, Reason, refuse


def priced(
    facts: Order,
    wanted: tuple[LineChange, ...],
    articles: Mapping[str, Article],
    currency: str,
    context: Context,
) -> tuple[tuple[LineChange, ...], tuple[Line, ...]]:
    """What a change makes of the lines, and the lines that take the place of swapped ones.

    Another SKU is another line: the old one is dropped, so that whatever was asked, reserved or
    given for it stays said of its own SKU, and a run that has seen the old line gives it nothing.
    A line with another SKU, and under another currency every line, costs what the price plan says
    today, unless a price is named. Refused with every line that has none.
    """
    _make_sense(facts, wanted, articles)
    _refuse(_against_goods(facts, wanted, context))
    named = {each.line_no: each for each in wanted}
    reasons: list[Reason] = []
    found, swapped = [], list[Line]()
    for line in facts.lines:
        change = named.get(line.no, LineChange(line.no))
        other_sku = change.sku not in (None, line.sku)
        # 0 units of a line are none of it.
        gone = change.drop or change.units == 0 or line.dropped_by is not None
        if (other_sku or currency != facts.currency) and not gone and change.unit_price is None:
            sku = change.sku or line.sku
            price = _price(articles.get(sku or ""), currency, context)
            if price is None:
                reasons.append(
                    _no_price(msg("orders.LINE_NAMED", no=line.no, sku=sku), currency, "lines")
                )
            change = replace(change, unit_price=price)
        if other_sku and not gone:
            no = following(facts.lines) + len(swapped)
            swapped.append(replace(_after(line, change, 0), no=no))
            found.append(LineChange(line.no, drop=True))
        elif gone and line.no in named:
            found.append(LineChange(line.no, drop=True))
        elif line.no in named or change != LineChange(line.no):
            found.append(replace(change, sku=None))
    _refuse(reasons)
    return tuple(found), tuple(swapped)


def _refuse(reasons: list[Reason]) -> None:
    if reasons:
        raise OrderRefused(tuple(reasons))


def price_of_new(
    line: Line, articles: Mapping[str, Article], currency: str, context: Context
) -> Decimal:
    """The price of a line that is added: the one named, else the price plan's."""
    if line.unit_price is not None:
        return line.unit_price
    price = _price(articles.get(line.sku or ""), currency, context)
    if price is None:
        raise OrderRefused((_no_price(str(line.sku), currency, "addLines"),))
    return price


def _price(article: Article | None, currency: str, context: Context) -> Decimal | None:
    return None if article is None else right_price(article, currency, context.today)


def _no_price(what: Message | str, currency: str, field: str) -> Reason:
    return Reason(
        "PRICE_MISSING",
        "O4",
        msg("orders.NO_PRICE_IN_CURRENCY", what=what, currency=currency),
        field,
    )


def _make_sense(
    facts: Order, wanted: tuple[LineChange, ...], articles: Mapping[str, Article]
) -> None:
    if len({each.line_no for each in wanted}) != len(wanted):
        raise refuse("LINE_TWICE", "O4", msg("orders.LINE_ONCE"), "lines")
    for change in wanted:
        line = entry(facts.lines, change.line_no)
        where = msg("orders.LINE", no=change.line_no)
        if line is None:
            raise refuse("NO_SUCH_LINE", "O4", msg("orders.NO_LINE", no=change.line_no), "lines")
        if line.dropped_by is not None:
            raise refuse(
                "NO_SUCH_LINE",
                "O4",
                msg("orders.LINE_DROPPED", line=where, change=line.dropped_by),
                "lines",
            )
        if change == LineChange(change.line_no):
            raise refuse("NOTHING_SAID", "O4", msg("orders.SAY_WHAT_CHANGES", line=where), "lines")
        if change.drop and change != LineChange(change.line_no, drop=True):
            raise refuse(
                "BAD_LINE",
                "O4",
                msg("orders.DROPPED_AND_CHANGED", line=where),
                "lines",
            )
        if change.units is not None and change.units < 0:
            raise refuse(
                "BAD_LINE", "O4", msg("orders.LINE_UNITS", line=where, units=change.units), "lines"
            )
        if change.unit_price is not None and change.unit_price < 0:
            raise refuse("BAD_AMOUNT", "O4", msg("orders.NEGATIVE_PRICE", line=where), "lines")
        if change.sku is not None and change.sku != line.sku and change.sku not in articles:
            raise refuse(
                "NO_SUCH_SKU",
                "O4",
                msg("orders.NO_PRODUCT_FOR_LINE", line=where, sku=change.sku),
                "lines",
            )


def lines_after(lines: tuple[Line, ...], change: Change) -> tuple[Line, ...]:
    """The lines as a change makes them; one that is dropped stays, with no units."""
    wanted = {each.line_no: each for each in change.lines}
    return (
        *(
            _after(line, wanted[line.no], change.no) if line.no in wanted else line
            for line in lines
        ),
        *change.added,
    )


def _after(line: Line, change: LineChange, change_no: int) -> Line:
    if change.drop:
        return replace(line, units=0, dropped_by=change_no)
    return replace(
        line,
        sku=change.sku or line.sku,
        units=line.units if change.units is None else change.units,
        unit_price=line.unit_price if change.unit_price is None else change.unit_price,
        specification=change.specification or line.specification,
    )


def check_against_goods(facts: Order, change: Change, context: Context) -> None:
    """Refuse to take away units that are given out by now, with the units of every line."""
    reasons = _against_goods(facts, change.lines, context)
    _refuse(reasons + _picked_up(facts, lines_after(facts.lines, change)))


def _against_goods(facts: Order, wanted: tuple[LineChange, ...], context: Context) -> list[Reason]:
    reasons = []
    for each in wanted:
        line = entry(facts.lines, each.line_no)
        if line is not None:
            reasons += _of_line(line, each, context.of_line(line.no), facts.currency)
    return reasons


def _of_line(line: Line, wanted: LineChange, goods: Goods, currency: str) -> list[Reason]:
    bound = goods.shipped + goods.held + goods.reserved
    left = (line.units or 0) - bound
    rest = msg("orders.LOWER_TO", bound=bound) if left else msg("orders.LEAVE_AS_IT_IS")
    found = []
    if bound and wanted.drop:
        found.append(
            _given_out(
                msg(
                    "orders.CANNOT_BE_DROPPED",
                    no=line.no,
                    goods=_goods_in_words(line, goods),
                    rest=rest,
                )
            )
        )
    elif bound and wanted.sku not in (None, line.sku):
        found.append(
            _given_out(
                msg(
                    "orders.CANNOT_BECOME",
                    no=line.no,
                    sku=wanted.sku,
                    goods=_goods_in_words(line, goods),
                    was=line.sku,
                    rest=rest,
                    sku2=wanted.sku,
                )
            )
        )
    elif wanted.units is not None and wanted.units < bound:
        found.append(
            _given_out(
                msg(
                    "orders.CANNOT_BE_UNITS",
                    no=line.no,
                    units=wanted.units,
                    goods=_goods_in_words(line, goods),
                    rest=rest,
                )
            )
        )
    if goods.shipped and wanted.unit_price not in (None, line.unit_price):
        found.append(
            Reason(
                "UNITS_SHIPPED",
                "O4",
                msg(
                    "orders.UNITS_LEFT_AT",
                    no=line.no,
                    shipped=goods.shipped,
                    price=shown(line.unit_price or Decimal(0), currency),
                ),
                "lines",
            )
        )
    return found


def _goods_in_words(line: Line, goods: Goods) -> Message:
    """`of its 10 units 4 are shipped, 3 being picked, 2 reserved`, of what there is."""
    parts = (
        (goods.shipped, msg("orders.GOODS_SHIPPED")),
        (goods.held, msg("orders.BEING_PICKED")),
        (goods.reserved, msg("orders.GOODS_RESERVED")),
    )
    (units, first), *more = [(units, word) for units, word in parts if units]
    others = [msg("orders.UNITS_OF_GOODS", units=units, goods=word) for units, word in more]
    given = msg("orders.OF_ITS_UNITS", ordered=line.units, units=units, goods=first)
    return msg("common.TEXT", text=[given, *others])


def _picked_up(facts: Order, after: tuple[Line, ...]) -> list[Reason]:
    """A pick-up names no line: what stays as it was must cover all that was picked up."""
    picked_up = units_picked_up(facts)
    kept = 0
    for line in after:
        was = entry(facts.lines, line.no)
        if was is not None and was.sku == line.sku:
            kept += min(was.units or 0, line.units or 0)
    if kept >= picked_up:
        return []
    return [_given_out(msg("orders.PICKED_UP_ALREADY", picked_up=picked_up, kept=kept))]


def _given_out(message: Message) -> Reason:
    return Reason("UNITS_GIVEN_OUT", "O4", message, "lines")

"""What a goods receipt can be (A2)."""

from domain.commands import command, described, part
from domain.limits import CODE, Text
from domain.messages import msg
from domain.objections import Objection
from domain.roles import Action
from domain.vocabulary import Vocabulary, word


class StockMovementKind(Vocabulary):
    """Why stock on hand changed."""

    OPENING = word("Opening stock", "期初库存")
    RECEIPT = word("Goods receipt", "收货")
    ISSUE = word("Goods issue", "发货过账")
    ADJUSTMENT = word("Adjustment", "库存调整")


@part("GoodsReceiptLineInput")
class ReceiptLine:
    """Units of one SKU that arrived."""

    sku: str = described("The SKU, by code.")
    units: int = described("How many units; at least 1.")


@command(
    "goodsReceive",
    Action.RECEIVE_GOODS,
    title=("Record a goods receipt", "登记收货"),
    history=("Goods received", "已收货"),
    input_description="Goods that arrived.",
)
class ReceiveGoods:
    """Record goods that arrived; at a central warehouse this starts an allocation."""

    receipt_number: str = described(
        "The delivery's own number; it is recorded once.", limit=Text(CODE)
    )
    warehouse: str = described("Where they arrived, by code.")
    lines: tuple[ReceiptLine, ...] = described("What arrived.")


# Beyond any real delivery, and far inside the allocator's limit of 10^12 pieces of a SKU.
MOST_UNITS_RECEIVED = 1_000_000_000
MOST_RECEIPT_LINES = 20_000


def object_to_units_received(units: int) -> Objection | None:
    """A line of a receipt is of one unit at least."""
    if 1 <= units <= MOST_UNITS_RECEIVED:
        return None
    return Objection(
        msg("values.NO_UNITS_RECEIVED"), msg("values.WHOLE_NUMBER_TO", most=MOST_UNITS_RECEIVED)
    )


def object_to_receipt_lines(lines: int) -> Objection | None:
    """A receipt has lines, and not more than are taken at once."""
    if 1 <= lines <= MOST_RECEIPT_LINES:
        return None
    return Objection(
        msg("values.HAS_LINES", lines=lines), msg("values.RECEIPT_LINES", most=MOST_RECEIPT_LINES)
    )

"""The timeline's entries of money: what was set aside, taken, given back, lost; penalties (O15)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.funding import FundsTransactionKind
from domain.penalties import PenaltyRule
from domain.timeline import TimelineKind
from services.timeline.entries import TimelineEntry

_MOVEMENTS: Mapping[str, tuple[str, str]] = {
    FundsTransactionKind.HOLD: ("Money set aside for the goods", "资金已占用"),
    FundsTransactionKind.HOLD_RELEASE: ("Money that was set aside given back", "占用资金已释放"),
    FundsTransactionKind.GOODS_ISSUE: (
        "Goods paid from the customer's funds",
        "发货过账，已冲减资金",
    ),
    FundsTransactionKind.DEPOSIT_RELEASE: (
        "Deposit credited to the customer's funds",
        "定金已冲抵货款",
    ),
    FundsTransactionKind.FORFEIT: ("Deposit forfeited", "定金已扣除"),
}


def of_movements(found: Sequence[Any]) -> Iterator[TimelineEntry]:
    """What the ledger says of an order and its shipments."""
    for each in found:
        details = {} if each.shipment_number is None else {"shipmentNumber": each.shipment_number}
        yield TimelineEntry(
            f"money:{each.id}",
            each.at,
            TimelineKind.PAYMENT,
            _MOVEMENTS[each.kind],
            each.actor,
            details,
            shipment_id=each.shipment_id,
            amount=(each.amount, each.currency),
        )


def of_penalties(found: Sequence[Any]) -> Iterator[TimelineEntry]:
    """What rules put on a person or region for this order; for our people only."""
    for each in found:
        rule: PenaltyRule = each.rule
        details = {
            name: value
            for name, value in (("person", each.person), ("region", each.region))
            if value is not None
        }
        amount = (each.amount, each.currency)
        yield TimelineEntry(
            f"penalty:{each.id}",
            each.raised_at,
            TimelineKind.PENALTY,
            (f"Penalty: {rule.phrase}", f"扣款：{rule.chinese}"),
            each.raised_by,
            details,
            amount=amount,
        )
        if each.waived_at is not None:
            yield TimelineEntry(
                f"penalty-waived:{each.id}",
                each.waived_at,
                TimelineKind.PENALTY_WAIVED,
                (f"Penalty waived: {rule.phrase}", f"扣款已免除：{rule.chinese}"),
                each.waived_by,
                {**details, "reason": each.waive_reason},
                amount=amount,
            )

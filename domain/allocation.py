"""What allocation means to the business: stages, whose turn it is, and the words of a refusal."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from domain.policy import AUTUMN_WINTER, NON_SEASONAL, SPRING_SUMMER

FUNDED, RESERVED, OWN_REGIONS = 1, 2, 3

STAGE_NAMES: Mapping[int, tuple[str, str]] = {
    FUNDED: ("Funded franchisees", "有款加盟商"),
    RESERVED: ("Reserved for payment", "占用锁定待打款"),
    OWN_REGIONS: ("Own regions", "直营及联营"),
}

# The allocator's short words for seasons.
SEASON_CODES: Mapping[str, str] = {SPRING_SUMMER: "SS", AUTUMN_WINTER: "AW", NON_SEASONAL: "NS"}

# Why a claim was not filled, as a person would say it (A9).
REASON_TEXTS: Mapping[str, tuple[str, str]] = {
    "BLOCKED": ("the customer is blocked until last month is paid", "上月货款未结清，暂停发货"),
    "SHIP_COMPLETE": ("the order ships complete or not at all", "要求整单发货，现无法配齐"),
    "PACK": ("the rest is less than a pack", "余量不足一个包装"),
    "SUPPLY": ("no stock left", "库存不足"),
    "FUNDS": ("funds are used up", "资金及信用余额不足"),
    "CAPACITY": ("the warehouse can pick no more", "仓库拣货能力已满"),
    "SHARE_CAP": ("one outlet's share of a SKU is capped", "超出单店分货上限"),
    "MIN_VALUE": ("below the order's minimum value", "未达最低发货金额"),
    "SIZE_RUN": ("too few sizes for a size run", "尺码不齐"),
    "COMMITTED": ("kept for later lines of an order begun", "为已开始配货的订单预留"),
    "CUT_SHORT": ("the search was cut short by a limit", "计算因时限提前结束"),
}


def reasons_in_words(reasons: Iterable[str]) -> tuple[str, str]:
    """Why a claim was not filled, in English and Chinese; empty where it was."""
    texts = [REASON_TEXTS[reason] for reason in reasons]
    return ", ".join(en for en, _ in texts), "、".join(zh for _, zh in texts)


def claim_in_words(stage: int, wanted: int, given: int, reasons: Iterable[str]) -> tuple[str, str]:
    """What a claim was given and why not more, as a sentence in English and Chinese (A9)."""
    en, zh = STAGE_NAMES[stage]
    sentence = f"{en}: wants {wanted}, given {given}", f"{zh}：需求{wanted}件，分得{given}件"
    why = reasons_in_words(reasons)
    if not why[0]:
        return sentence
    return f"{sentence[0]}; {why[0]}", f"{sentence[1]}；原因：{why[1]}"


def ranks_by_funds(available: Mapping[str, Decimal]) -> dict[str, int]:
    """Ranks of franchisees under policy FUNDS: larger funds first, equal funds tie (A3)."""
    amounts = sorted(set(available.values()), reverse=True)
    place = {amount: position for position, amount in enumerate(amounts, start=1)}
    return {franchisee: place[amount] for franchisee, amount in available.items()}

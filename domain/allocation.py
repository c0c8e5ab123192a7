"""What allocation means to the business: stages, whose turn it is, and the words of a refusal."""

from collections.abc import Mapping
from decimal import Decimal

from domain.policy import AUTUMN_WINTER, NON_SEASONAL, SPRING_SUMMER

FUNDED, RESERVED, OWN_REGIONS = 1, 2, 3

STAGE_NAMES: Mapping[int, tuple[str, str]] = {
    FUNDED: ("Funded franchisees", "有款加盟商"),
    RESERVED: ("Reserved for payment", "占用库存待打款"),
    OWN_REGIONS: ("Own regions", "直营及联营"),
}

# The allocator's short words for seasons.
SEASON_CODES: Mapping[str, str] = {SPRING_SUMMER: "SS", AUTUMN_WINTER: "AW", NON_SEASONAL: "NS"}

# Why a claim was not filled, as a person would say it (A9).
REASON_TEXTS: Mapping[str, tuple[str, str]] = {
    "BLOCKED": ("the customer is blocked until last month is paid", "上月未结清,暂停发货"),
    "SHIP_COMPLETE": ("the order ships complete or not at all", "整单发货,未能满足"),
    "PACK": ("the rest is less than a pack", "不足一箱"),
    "SUPPLY": ("no stock left", "库存不足"),
    "FUNDS": ("funds are used up", "资金不足"),
    "CAPACITY": ("the warehouse can pick no more", "仓库拣货能力已满"),
    "SHARE_CAP": ("one outlet's share of a SKU is capped", "超出单店上限"),
    "MIN_VALUE": ("below the order's minimum value", "未达最低发货金额"),
    "SIZE_RUN": ("too few sizes for a size run", "尺码不齐"),
    "COMMITTED": ("kept for later lines of an order begun", "为已开始的订单保留"),
    "CUT_SHORT": ("the search was cut short by a limit", "计算因时限提前结束"),
}


def ranks_by_funds(available: Mapping[str, Decimal]) -> dict[str, int]:
    """Ranks of franchisees under policy FUNDS: larger funds first, equal funds tie (A3)."""
    amounts = sorted(set(available.values()), reverse=True)
    place = {amount: position for position, amount in enumerate(amounts, start=1)}
    return {franchisee: place[amount] for franchisee, amount in available.items()}

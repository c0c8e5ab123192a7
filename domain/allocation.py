"""What allocation means to the business: stages, whose turn it is, and the words of a refusal."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from domain.commands import command, described
from domain.roles import Action
from domain.seasons import Season
from domain.vocabulary import Vocabulary, word


@command(
    "allocationRequest",
    Action.REQUEST_ALLOCATION,
    title=("Request an allocation", "发起分货"),
    history=("Allocation requested", "已发起分货"),
    input_description="A run asked for.",
)
class RequestAllocation:
    """Queue an allocation run; follow it with `allocationProgress`.

    It takes all free goods that open claims want, so nothing more is said.
    """


@command(
    "allocationCancel",
    Action.CANCEL_ALLOCATION,
    title=("Cancel an allocation", "取消分货"),
    history=("Allocation cancelled", "已取消分货"),
    input_description="A run called off.",
)
class CancelAllocation:
    """Call off a run that waits or is being solved; it then writes nothing."""

    run_id: int = described("The run's id.", name="id", id_of="AllocationRun")


class AllocationRunStatus(Vocabulary):
    """Where an allocation run stands."""

    QUEUED = word("Queued", "排队中", "Waits for a worker.")
    CLAIMED = word("Claimed", "准备中", "A worker has it.")
    SOLVING = word("Solving", "计算中", "Its plan is being computed.")
    PROPOSED = word("Proposed", "待批准", "Has a plan that waits for approval.")
    COMMITTED = word("Carried out", "已执行", "Its plan is carried out.")
    DISCARDED = word("Discarded", "已弃用", "Its plan was put aside.")
    CANCELLED = word("Cancelled", "已取消", "Called off before it began.")
    FAILED = word("Failed", "失败", "Could not be finished; see error.")


class AllocationTrigger(Vocabulary):
    """Why a run was started."""

    GOODS_RECEIPT = word("Goods receipt", "到货", "Goods arrived.")
    REQUEST = word("Asked for", "人工发起", "A person asked.")
    ORDER = word("Order", "订单变动", "An order was confirmed, changed or imported.")
    PAYMENT = word("Payment", "收到打款", "A payment came in.")
    RELEASE = word(
        "Goods given back", "库存释放", "Units that were held or reserved were given back."
    )
    EXPIRY = word("Reservations lapsed", "占用到期释放", "A reservation lapsed.")


class AllocationStage(Vocabulary):
    """The stages in which goods are shared out."""

    FUNDED = word(
        "Funded franchisees", "有款加盟商", "Franchisees' lines, as far as their funds go."
    )
    RESERVED = word(
        "Reserved for payment", "占用锁定待打款", "The rest of those lines, reserved until paid."
    )
    OWN_REGIONS = word(
        "Own regions", "直营及联营", "Safety stocks and reserves of direct and joint regions."
    )

    @property
    def number(self) -> int:
        """Its place: plans and the allocator name stages by it."""
        return list(AllocationStage).index(self) + 1


class AllocationReason(Vocabulary):
    """Why a claim was not filled."""

    BLOCKED = word("The customer is blocked until last month is paid", "上月货款未结清，暂停发货")
    SHIP_COMPLETE = word("The order ships complete or not at all", "要求整单发货，现无法配齐")
    PACK = word("The rest is less than a pack", "余量不足一个包装")
    SUPPLY = word("No stock left", "库存不足", "No stock is left.")
    FUNDS = word("Funds are used up", "资金及信用余额不足", "The funds are used up.")
    CAPACITY = word("The warehouse can pick no more", "仓库拣货能力已满")
    SHARE_CAP = word("One outlet's share of a SKU is capped", "超出单店分货上限")
    MIN_VALUE = word(
        "Below the order's minimum value",
        "未达最低发货金额",
        "The shipment would be below the order's minimum value.",
    )
    SIZE_RUN = word("Too few sizes for a size run", "尺码不齐")
    COMMITTED = word(
        "Kept for later lines of an order begun",
        "为已开始配货的订单预留",
        "Room is kept for later lines of an order begun.",
    )
    CUT_SHORT = word(
        "The search was cut short by a limit",
        "计算因时限提前结束",
        "A limit ended the search; more may be possible.",
    )


class ReservationStatus(Vocabulary):
    """Where a reservation stands."""

    ACTIVE = word("Active", "占用中", "Locked until its day.")
    CONVERTED = word("Paid and allocated", "已打款转分货", "Paid, and now an allocation.")
    EXPIRED = word("Expired", "占用到期已释放", "Lapsed unpaid.")
    RELEASED = word("Released", "已释放", "Given up.")


class PlanPart(Vocabulary):
    """What is kept of a run's plan beside its lines."""

    REFUSED = word("Refused claims", "未满足的需求行")
    LEVELS = word("Levels of fill", "各优先级满足情况")


STAGES: Mapping[int, AllocationStage] = {each.number: each for each in AllocationStage}
FUNDED, RESERVED, OWN_REGIONS = STAGES

# The allocator's short words for seasons.
SEASON_CODES: Mapping[str, str] = {
    Season.SPRING_SUMMER: "SS",
    Season.AUTUMN_WINTER: "AW",
    Season.NON_SEASONAL: "NS",
}


def reasons_in_words(reasons: Iterable[str]) -> tuple[str, str]:
    """Why a claim was not filled, in English and Chinese; empty where it was."""
    found = [AllocationReason(reason) for reason in reasons]
    return ", ".join(each.phrase for each in found), "、".join(each.chinese for each in found)


def claim_in_words(stage: int, wanted: int, given: int, reasons: Iterable[str]) -> tuple[str, str]:
    """What a claim was given and why not more, as a sentence in English and Chinese (A9)."""
    en, zh = STAGES[stage].labels
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

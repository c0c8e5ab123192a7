"""What can be asked of the policy: a change from a day on, and calling one off (P5, P7)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from domain.commands import command, described
from domain.roles import Action
from domain.seasons import SellingSeason

_WHY = "Why; kept with the version."
_EXPECTED = "Refused when another version will be in force on that day."


@command(
    "policyUpdate",
    Action.CHANGE_POLICY,
    subject="Policy",
    title=("Change settings", "更改政策设置"),
    history=("Settings changed", "已更改政策设置"),
    input_description="Settings to change.",
)
class UpdatePolicy:
    """ADMIN changes settings of the policy from a day on (P7).

    changes: settings by name with their values as JSON.
    """

    changes: Mapping[str, Any] = described(
        "Settings by name with their new values; the others stay.", name="settings"
    )
    valid_from: dt.date | None = described(
        "The first day on which they hold; none = at once.", default=None
    )
    reason: str | None = described(_WHY, default=None)
    expected_version: int | None = described(_EXPECTED, default=None)


@command(
    "regionOrderSet",
    Action.SET_CHANNEL_RANKS,
    subject="Policy",
    title=("Set the order of regions", "设定区域顺序"),
    history=("Order of regions set", "已设定区域顺序"),
    input_description="The order of regions in a season.",
)
class SetRegionOrder:
    """PRODUCT or CHANNEL sets the order in which a season serves regions (P5, P7)."""

    season: SellingSeason = described("The season.")
    regions: tuple[str, ...] = described("Regions by code, the first served first.")
    valid_from: dt.date | None = described(
        "The first day on which it holds; none = at once.", default=None
    )
    reason: str | None = described(_WHY, default=None)
    expected_version: int | None = described(_EXPECTED, default=None)


@command(
    "policyWithdraw",
    Action.VIEW_POLICY,
    subject="Policy",
    title=("Call a planned version off", "撤回计划的政策版本"),
    history=("Planned version called off", "已撤回计划的政策版本"),
    input_description="A planned version to call off.",
)
class WithdrawPolicy:
    # The mutation's description is one line, and longer than a line here.
    __doc__ = (
        "Call a planned version off before its day: a new version takes its settings back, there"
        " and in later ones. ADMIN, and for an order of regions who sets it (P7)."
    )

    version: int = described("The version's number.")
    reason: str = described("Why; kept with the version that says so.")

"""Departments at work on master data: who sets what, and the days around the fixed clock's."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

from domain.master_data.areas import Area
from domain.master_data.commands import (
    CreditLimit,
    CustomerRank,
    CustomerTerms,
    GuaranteeQuota,
    NewValue,
    ProductRank,
    RankCustomers,
    RankProducts,
    RegionReserve,
    SafetyStock,
    SetCreditLimits,
    SetGuaranteeQuotas,
    SetPaymentTerms,
    SetRegionReserves,
    SetSafetyStock,
    SetStoreTiers,
    SetValues,
    StoreTier,
)
from domain.principals import Principal
from domain.roles import Role
from domain.seasons import SellingSeason
from services.bootstrap import Dependencies
from services.master_data import Entered, set_master_data
from tests.services.test_allocation import ask

# The fixed clock's day in Shanghai, and the days around it.
TODAY = dt.date(2013, 11, 29)
TOMORROW = TODAY + dt.timedelta(days=1)


def who(role: Role) -> Principal:
    return Principal(f"{role.lower()}@example", frozenset({role}))


# How a value of each area is set: the command of a list, and an item of it.
SETTING: dict[Area, tuple[Callable[..., SetValues], Callable[..., Any]]] = {
    Area.PRODUCT_RANK: (RankProducts, ProductRank),
    Area.SPRING_SUMMER_PLAN: (
        partial(RankProducts, season=SellingSeason.SPRING_SUMMER),
        ProductRank,
    ),
    Area.AUTUMN_WINTER_PLAN: (
        partial(RankProducts, season=SellingSeason.AUTUMN_WINTER),
        ProductRank,
    ),
    Area.CUSTOMER_RANK: (RankCustomers, CustomerRank),
    Area.RESERVE_RANK: (partial(RankCustomers, among_unfunded=True), CustomerRank),
    Area.CREDIT_LIMIT: (SetCreditLimits, CreditLimit),
    Area.PAYMENT_TERMS: (SetPaymentTerms, CustomerTerms),
    Area.STORE_TIER: (SetStoreTiers, StoreTier),
    Area.SAFETY_STOCK: (SetSafetyStock, SafetyStock),
    Area.REGION_RESERVE: (SetRegionReserves, RegionReserve),
    Area.GUARANTEE_QUOTA: (SetGuaranteeQuotas, GuaranteeQuota),
}


async def put(
    deps: Dependencies,
    role: Role,
    area: Area,
    *changes: NewValue,
    valid_from: dt.date | None = None,
    reason: str | None = None,
) -> Entered:
    command, item = SETTING[area]
    items = tuple(
        item(*new.object, new.value, expected_version=new.expected_version) for new in changes
    )
    async with deps.unit_of_work(who(role)) as uow:
        return await set_master_data(command(items, valid_from=valid_from, reason=reason), uow)


async def rank_of(deps: Dependencies, customer: str) -> int:
    return int((await ask(deps, f"SELECT rank FROM customers WHERE code = '{customer}'"))[0][0])

"""Permission is asked at the use case: whoever calls it, the API or not, is held to the table."""

import datetime as dt
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from domain.allocation import CancelAllocation, RequestAllocation
from domain.calendar import RemoveBusinessDay, SetBusinessDay
from domain.currencies import CurrencyCode
from domain.errors import InvalidInput, NotAllowed
from domain.funding import ConfirmFunds, RecordPayment
from domain.master_data.commands import (
    CreditLimit,
    CustomerRank,
    CustomerTerms,
    GuaranteeQuota,
    ProductRank,
    RankCustomers,
    RankProducts,
    RegionReserve,
    ReplaceLaunchPlan,
    SafetyStock,
    SetCreditLimits,
    SetGuaranteeQuotas,
    SetPaymentTerms,
    SetRegionReserves,
    SetSafetyStock,
    SetStoreTiers,
    StoreTier,
    WithdrawValues,
)
from domain.messages import msg
from domain.orders.commands.fulfilment import Cancel
from domain.orders.commands.intake import Place
from domain.orders.vocabularies import OrderChannel
from domain.parties.customers import CreateCustomer, EraseContact, UpdateCustomer
from domain.parties.people import AddPerson, UpdatePerson
from domain.parties.vocabularies import CustomerKind, PaymentTerms
from domain.penalties import WaivePenalty
from domain.pricing import CreatePricePlan, NewPrice, SetPrices
from domain.principals import SYSTEM, Principal
from domain.production import (
    BookInspection,
    InspectionKind,
    RecordInspection,
    RecordProgress,
    RecordPurchase,
)
from domain.roles import MAY, Role
from domain.scenarios import CreateScenario, RunScenario
from domain.seasons import SellingSeason
from domain.supply import ReceiptLine, ReceiveGoods
from persistence.unit_of_work import UnitOfWork
from services.allocation.request import cancel_allocation, request_allocation
from services.calendar.changes import remove_business_day, set_business_day
from services.commands import OnOne, row_of
from services.funding import confirm_funds, record_payment
from services.master_data import replace_launch_plan, set_master_data, withdraw_master_data
from services.orders.commands import act_on_order
from services.orders.place import place_order
from services.parties.customers import create_customer, erase_contact, update_customer
from services.parties.people import add_person, update_person
from services.penalties import waive_penalty
from services.pricing import create_price_plan, set_prices
from services.production.inspections import book_inspection, record_inspection
from services.production.purchases import record_purchase
from services.production.stages import record_progress
from services.scenarios.use_cases import create_scenario, request_scenario_run
from services.supply import receive_goods

DAY = dt.date(2013, 12, 7)
USE_CASES: list[tuple[Callable[[Any, UnitOfWork], Awaitable[Any]], object]] = [
    (place_order, Place("F1", OrderChannel.PHONE)),
    (act_on_order, OnOne(1, Cancel("no longer wanted"))),
    (receive_goods, ReceiveGoods("GR-1", "C", (ReceiptLine("TEE-40", 1),))),
    (request_allocation, RequestAllocation()),
    (cancel_allocation, CancelAllocation(1)),
    (create_scenario, CreateScenario("try")),
    (request_scenario_run, RunScenario(1)),
    (create_price_plan, CreatePricePlan("WINTER", "Winter", CurrencyCode("CNY"))),
    (set_prices, SetPrices("WINTER", (NewPrice("TEE-40", Decimal(9)),))),
    (waive_penalty, WaivePenalty(1, "by agreement")),
    (record_payment, RecordPayment("F1", Decimal(100), "slip 1")),
    (set_business_day, SetBusinessDay(DAY, True, "make-up day")),
    (remove_business_day, RemoveBusinessDay(DAY)),
    (record_purchase, RecordPurchase(1, "cotton")),
    (record_progress, RecordProgress(1, "SEWING")),
    (book_inspection, BookInspection(1, InspectionKind.OWN, DAY)),
    (record_inspection, RecordInspection(1)),
    (create_customer, CreateCustomer("N1", "New", CustomerKind.FRANCHISEE)),
    (update_customer, UpdateCustomer("F1")),
    (erase_contact, EraseContact(1)),
    (add_person, AddPerson("li", (Role.SALES,))),
    (update_person, UpdatePerson("li", active=False)),
    (set_master_data, RankProducts((ProductRank("TEE", 1),))),
    (set_master_data, RankCustomers((CustomerRank("F1", 1),))),
    (set_master_data, SetStoreTiers((StoreTier("S1", "A"),))),
    (set_master_data, SetCreditLimits((CreditLimit("F1", None),))),
    (set_master_data, SetPaymentTerms((CustomerTerms("F1", PaymentTerms.COD),))),
    (set_master_data, SetGuaranteeQuotas((GuaranteeQuota("li", None),))),
    (set_master_data, SetSafetyStock((SafetyStock("S1", "TEE-40", 1),))),
    (set_master_data, SetRegionReserves((RegionReserve("airport", "TEE-40", 1),))),
    (replace_launch_plan, ReplaceLaunchPlan(SellingSeason.SPRING_SUMMER, ())),
    (withdraw_master_data, WithdrawValues((1,), "a slip")),
    (confirm_funds, ConfirmFunds()),
]


def unopened(principal: Principal) -> UnitOfWork:
    """A transaction that was never begun: whoever is let through fails on it."""
    return UnitOfWork(None, principal, dt.datetime(2013, 12, 2, tzinfo=dt.UTC))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("use_case", "command"), USE_CASES, ids=[row_of(command).name for _, command in USE_CASES]
)
async def test_a_use_case_asks_for_the_permission_of_its_command(
    use_case: Callable[[Any, UnitOfWork], Awaitable[Any]], command: object
) -> None:
    """P1: exactly the roles of the table get as far as the database; nothing was written before."""
    may = MAY[row_of(command).action]
    for role in Role:
        refused = pytest.raises(RuntimeError if role in may else NotAllowed)
        with refused:
            await use_case(command, unopened(Principal(role.lower(), frozenset({role}))))
    with pytest.raises(RuntimeError, match="only inside its"):
        await use_case(command, unopened(SYSTEM))


async def test_no_text_of_a_person_reads_as_the_system_s_own() -> None:
    """O15: whoever brings it, the shell too; also within a part of a command."""
    words = msg("orders.IS_REJECTED").kept
    reads_so = [
        (act_on_order, OnOne(1, Cancel(f"  {words}"))),
        (record_progress, RecordProgress(1, words)),
        (receive_goods, ReceiveGoods("GR-1", "C", (ReceiptLine(words, 1),))),
    ]
    for use_case, command in reads_so:
        with pytest.raises(InvalidInput, match="must not begin with"):
            await use_case(command, unopened(SYSTEM))  # type: ignore[operator]  # each has its own

"""A company's numbers and role lists for an order's way, held as data (O1-O7).

Defaults are those of the documents. Role lists name roles of `domain.roles`; per cents are whole
numbers of hundredths.
"""

import re
from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, field_validator
from pydantic.dataclasses import dataclass

from domain.messages import msg
from domain.policy.faults import must_be
from domain.policy.forms import (
    CONFIG,
    Amount,
    Days,
    Names,
    RoleName,
    Roles,
    list_of,
    one_of,
    over,
)

ORDER, DEPOSIT = "ORDER", "DEPOSIT"

_CURRENCY = re.compile("[A-Z]{3}")


def _review_days() -> dict[str, int]:
    return {"REGULAR": 2, "NON_REGULAR": 10, "SPARE_PART": 2, "CHANGE": 2}


def _reviewers() -> dict[str, Roles]:
    return {
        "REGULAR": ("PRODUCTION",),
        "NON_REGULAR": ("ENGINEERING", "QUALITY", "PRODUCTION"),
        "SPARE_PART": ("PRODUCTION",),
        "CHANGE": ("ENGINEERING", "PRODUCTION"),
    }


def _deciders() -> dict[str, Roles]:
    # D2 lets the deputy stand in for the general manager.
    return {
        "REGULAR": ("PLANNING",),
        "NON_REGULAR": ("GENERAL_MANAGER", "DEPUTY_GM"),
        "SPARE_PART": ("PLANNING",),
        "CHANGE": ("PLANNING",),
    }


def _currency(value: str) -> str:
    if not _CURRENCY.fullmatch(value):
        raise must_be(msg("policy.CURRENCY"))
    return value


def _rate(value: object) -> object:
    # A float is not what was written.
    if isinstance(value, float | bool):
        raise must_be(msg("policy.RATE_AS_TEXT"))
    return value


def _above_nothing(rate: Decimal) -> Decimal:
    if rate <= 0:
        raise must_be(msg("policy.RATE"))
    return rate


Reviewed = Annotated[str, one_of(tuple(_review_days()))]
ReviewDays = Annotated[Mapping[Reviewed, Days], over(_review_days())]
Reviewers = Annotated[Mapping[Reviewed, Roles], over(_reviewers())]
Deciders = Annotated[Mapping[Reviewed, Roles], over(_deciders())]
Fulfilments = Annotated[tuple[str, ...], list_of(msg("policy.FULFILMENTS")), Names.FULFILMENTS]
PaymentTerms = Annotated[tuple[str, ...], list_of(msg("policy.PAYMENT_TERMS")), Names.PAYMENT_TERMS]
Currency = Annotated[str, AfterValidator(_currency)]
Rate = Annotated[Amount, BeforeValidator(_rate), AfterValidator(_above_nothing)]


@dataclass(frozen=True, config=CONFIG)
class OrderPolicy:
    """One version of the rules' numbers and lists for orders."""

    # O2: whom a doubt goes to, one after the other.
    doubt_chain: Roles = ("SALES_MANAGER", "SALES_SUPERVISOR", "GENERAL_MANAGER")
    # O2: how far a price may lie from the plan before it is doubted, in per cent.
    price_tolerance_percent: Amount = Decimal(0)
    # O3
    review_lead: RoleName = "PLANNING"
    review_days: ReviewDays = field(default_factory=_review_days)
    reviewers: Reviewers = field(default_factory=_reviewers)
    deciders: Deciders = field(default_factory=_deciders)
    refusers: Roles = ("GENERAL_MANAGER", "DEPUTY_GM")
    materials_signers: Roles = ("ENGINEERING", "PURCHASING")
    # Who goes through a review, and who needs a word about materials: what is to be produced. An
    # order served from stock goes from its approvals straight to the confirmation.
    reviewed: Fulfilments = ("MADE_TO_ORDER",)
    materials_stated_for: Fulfilments = ("MADE_TO_ORDER",)
    # O4
    configuration_signers: Roles = ("SALES_MANAGER", "DEPUTY_GM")
    # O5
    production_order_signers: Roles = ("SALES_ADMIN", "PRODUCTION")
    work_order_signers: Roles = ("SALES", "PLANNING", "ENGINEERING", "WAREHOUSE", "PRODUCTION")
    # O6
    lc_lead_days: Days = 30
    lc_checkers: Roles = ("SALES", "DOCUMENT_CLERK")
    credit_approver: RoleName = "SALES_MANAGER"
    export_signers: Roles = ("SALES", "SALES_MANAGER", "SALES_ADMIN")
    export_large_signer: RoleName = "GENERAL_MANAGER"
    # In the company's currency; what one unit of another is worth in it, from the day on which this
    # version of the policy holds.
    export_large_amount: Amount = Decimal(500_000)
    exchange_rates: Mapping[Currency, Rate] = field(default_factory=dict)
    tt_deposit_percent: Amount = Decimal(30)
    # O16: terms whose price is due when production is complete; the others name a day of their own.
    paid_on_completion: PaymentTerms = ("PREPAID", "TT_DEPOSIT")
    # O7
    special_signers: Roles = ("SALES_MANAGER", "DEPUTY_GM")
    special_deposit_percent: Amount = Decimal(30)
    pickup_days: Days = 7
    late_pickup_days: Days = 15
    late_forfeit_percent: Amount = Decimal(10)
    lapsed_forfeit_percent: Amount = Decimal(30)
    forfeit_base: Annotated[str, one_of((ORDER, DEPOSIT))] = ORDER
    # O13: days within which a complaint is answered.
    complaint_days: Days = 1

    @field_validator("late_pickup_days")
    @classmethod
    def _not_before_pickup(cls, days: int, info: ValidationInfo) -> int:
        pickup = info.data.get("pickup_days", days)
        if days < pickup:
            raise must_be(msg("policy.AFTER_PICKUP", days=pickup))
        return days

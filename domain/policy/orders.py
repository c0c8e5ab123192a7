"""A company's numbers and role lists for the life of an order, held as data (O1-O7).

Defaults are those of the documents. Role lists name roles of `domain.roles`; per cents are whole
numbers of hundredths.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from typing import Any, Self

from domain.errors import InvalidInput
from domain.limits import MOST_MONEY, MOST_POLICY_DAYS

ORDER, DEPOSIT = "ORDER", "DEPOSIT"

Roles = tuple[str, ...]
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


@dataclass(frozen=True)
class OrderPolicy:
    """One version of the rules' numbers and lists for orders."""

    # O2: whom a doubt goes to, one after the other.
    doubt_chain: Roles = ("SALES_MANAGER", "SALES_SUPERVISOR", "GENERAL_MANAGER")
    # O2: how far a price may lie from the plan before it is doubted, in per cent.
    price_tolerance_percent: Decimal = Decimal(0)
    # O3
    review_lead: str = "PLANNING"
    review_days: Mapping[str, int] = field(default_factory=_review_days)
    reviewers: Mapping[str, Roles] = field(default_factory=_reviewers)
    deciders: Mapping[str, Roles] = field(default_factory=_deciders)
    refusers: Roles = ("GENERAL_MANAGER", "DEPUTY_GM")
    materials_signers: Roles = ("ENGINEERING", "PURCHASING")
    # Who goes through a review, and who needs a word about materials: what is to be produced. An
    # order served from stock goes from its approvals straight to the confirmation.
    reviewed: tuple[str, ...] = ("MADE_TO_ORDER",)
    materials_stated_for: tuple[str, ...] = ("MADE_TO_ORDER",)
    # O4
    configuration_signers: Roles = ("SALES_MANAGER", "DEPUTY_GM")
    # O5
    production_order_signers: Roles = ("SALES_ADMIN", "PRODUCTION")
    work_order_signers: Roles = ("SALES", "PLANNING", "ENGINEERING", "WAREHOUSE", "PRODUCTION")
    # O6
    lc_lead_days: int = 30
    lc_checkers: Roles = ("SALES", "DOCUMENT_CLERK")
    credit_approver: str = "SALES_MANAGER"
    export_signers: Roles = ("SALES", "SALES_MANAGER", "SALES_ADMIN")
    export_large_signer: str = "GENERAL_MANAGER"
    # In the company's currency; what one unit of another is worth in it, from the day on which this
    # version of the policy holds.
    export_large_amount: Decimal = Decimal(500_000)
    exchange_rates: Mapping[str, Decimal] = field(default_factory=dict)
    tt_deposit_percent: Decimal = Decimal(30)
    # O16: terms whose price is due when production is complete; the others name a day of their own.
    paid_on_completion: tuple[str, ...] = ("PREPAID", "TT_DEPOSIT")
    # O7
    special_signers: Roles = ("SALES_MANAGER", "DEPUTY_GM")
    special_deposit_percent: Decimal = Decimal(30)
    pickup_days: int = 7
    late_pickup_days: int = 15
    late_forfeit_percent: Decimal = Decimal(10)
    lapsed_forfeit_percent: Decimal = Decimal(30)
    forfeit_base: str = ORDER
    # O13: days within which a complaint is answered.
    complaint_days: int = 1

    def __post_init__(self) -> None:
        if self.forfeit_base not in (ORDER, DEPOSIT):
            raise InvalidInput(
                f"forfeit_base is {self.forfeit_base!r}; it must be ORDER or DEPOSIT.",
                field="orders.forfeit_base",
            )
        kinds = set(_review_days())
        for name in ("review_days", "reviewers", "deciders"):
            if set(getattr(self, name)) != kinds:
                raise InvalidInput(
                    f"{name} needs an entry for each of {', '.join(sorted(kinds))}.",
                    field=f"orders.{name}",
                )
        for item in fields(self):
            value = getattr(self, item.name)
            for number in value.values() if isinstance(value, Mapping) else (value,):
                _hold_to_limits(item.name, number)
        for currency, rate in self.exchange_rates.items():
            if not _CURRENCY.fullmatch(currency) or rate <= 0:
                raise InvalidInput(
                    f"exchange_rates has {currency} = {rate}; it needs a currency of three capital"
                    " letters and what one unit is worth, more than 0.",
                    field="orders.exchange_rates",
                )
        if self.late_pickup_days < self.pickup_days:
            raise InvalidInput(
                "late_pickup_days cannot be before pickup_days.", field="orders.late_pickup_days"
            )

    def to_body(self) -> dict[str, Any]:
        """The numbers and lists as JSON values."""
        return {item.name: _plain(getattr(self, item.name)) for item in fields(self)}

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """From JSON or TOML values; what is not named keeps its default."""
        defaults = cls()
        values: dict[str, Any] = {}
        for name, value in body.items():
            if not hasattr(defaults, name):
                raise InvalidInput(
                    f"Unknown policy setting {name!r} of orders.", field=f"orders.{name}"
                )
            if name == "exchange_rates":
                values[name] = _rates(value)
            else:
                values[name] = _like(name, getattr(defaults, name), value)
        return cls(**values)


def _hold_to_limits(name: str, number: object) -> None:
    """Refuse a number below nothing, or so large that days or sums would pass their ends."""
    if not isinstance(number, int | Decimal):
        return
    most = MOST_POLICY_DAYS if isinstance(number, int) else MOST_MONEY
    # Without an order, and so in no range: Decimal("NaN").
    if not Decimal(number).is_finite() or not 0 <= number <= most:
        raise InvalidInput(
            f"{name} is {number!s:.40}; it must be from 0 to {most:,}.", field=f"orders.{name}"
        )


def _rates(value: object) -> dict[str, Decimal]:
    """The rates of the currencies that a company names; no currency has one by default."""
    if not isinstance(value, Mapping):
        raise InvalidInput(
            "exchange_rates must be a table of currencies.", field="orders.exchange_rates"
        )
    rates = {}
    for currency, rate in value.items():
        if isinstance(rate, float | bool):
            raise InvalidInput(
                f"exchange_rates has {currency} = {rate!r}; write the rate as a text, such as"
                ' "7.12".',
                field="orders.exchange_rates",
            )
        rates[str(currency)] = _decimal("exchange_rates", rate)
    return rates


def _decimal(name: str, value: object) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise InvalidInput(
            f"{name} is {value!r}, which it cannot be.", field=f"orders.{name}"
        ) from None


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return value


def _like(name: str, default: object, value: Any) -> object:
    """`value` in the type of the default; refused when it cannot be that."""
    wrong = InvalidInput(f"{name} is {value!r}, which it cannot be.", field=f"orders.{name}")
    if isinstance(default, Mapping):
        if not isinstance(value, Mapping):
            raise wrong
        merged = dict(default)
        for key, each in value.items():
            if key not in merged:
                raise wrong
            merged[key] = _like(name, merged[key], each)
        return merged
    if isinstance(default, tuple):
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise wrong
        return tuple(value)
    if isinstance(default, Decimal):
        return _decimal(name, value)
    if type(value) is not type(default):
        raise wrong
    return value

"""The forms of values that settings have, each with what it must be in words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import Enum, auto
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from domain.limits import MOST_MONEY, MOST_POLICY_DAYS
from domain.messages import Message, msg
from domain.policy.faults import must_be
from domain.roles import Role

# Settings that do not exist are refused, and defaults are held to the same rules.
CONFIG = ConfigDict(extra="forbid", validate_default=True)


def whole(least: int, most: int, key: str = "policy.WHOLE") -> BeforeValidator:
    """A whole number from the least to the most, both included; key: how that is said."""

    def check(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise must_be(msg(key, least=least, most=most))
        return value

    return BeforeValidator(check)


def one_of(words: Iterable[str]) -> BeforeValidator:
    """One of these words."""
    # As programs write them.
    listed = [str(word) for word in words]

    def check(value: object) -> object:
        if not isinstance(value, str) or value not in listed:
            raise not_one_of(listed)
        return value

    return BeforeValidator(check)


def not_one_of(words: Sequence[str]) -> PydanticCustomError:
    """The error of a word that is none of these; of a key, that it is no setting."""
    form = msg("policy.ONE_OF", words=words)
    context = {"form": form, "is_shown": True, "among": words}
    return PydanticCustomError("must_be", "must_be", context)


def list_of(
    form: Message, fits: Callable[[str], bool] | None = None, *, once: bool = False
) -> BeforeValidator:
    """A list of texts that fit. once: none twice, and at least one."""

    def check(value: object) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(
            isinstance(each, str) and (fits is None or fits(each)) for each in value
        ):
            raise must_be(form, is_shown=False)
        if once and (not value or len(set(value)) != len(value)):
            raise must_be(form, is_shown=False)
        return tuple(value)

    return BeforeValidator(check)


def over(defaults: Mapping[str, Any]) -> BeforeValidator:
    """A table that need not say what stays as it is by default."""

    def check(value: object) -> object:
        return {**defaults, **value} if isinstance(value, Mapping) else value

    return BeforeValidator(check)


def _amount(value: object) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= MOST_MONEY:
        raise must_be(msg("policy.AMOUNT", most=MOST_MONEY))
    return amount


class Names(Enum):
    """Marks a setting by what its words name; whether they exist is checked where it comes in."""

    ROLES = auto()
    FULFILMENTS = auto()
    PAYMENT_TERMS = auto()


# A customer is no role of the company's own.
OWN_ROLES = frozenset(role.value for role in Role) - {Role.CUSTOMER.value}
OwnRoles = Annotated[tuple[str, ...], list_of(msg("policy.OWN_ROLES"), OWN_ROLES.__contains__)]
Days = Annotated[int, whole(0, MOST_POLICY_DAYS)]
Amount = Annotated[Decimal, BeforeValidator(_amount)]
Texts = Annotated[tuple[str, ...], list_of(msg("policy.TEXTS"), bool)]
RoleName = Annotated[str, Names.ROLES]
Roles = Annotated[tuple[str, ...], list_of(msg("policy.ROLES")), Names.ROLES]

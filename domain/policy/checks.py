"""What a policy's settings must agree with besides each other: currencies, roles, regions, tiers.

`Policy` itself refuses what it cannot be read from. These checks stand at the doors by which
settings come in: what was kept before is read as it is.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

from domain.calendar import knows_country
from domain.currencies import object_to_currency
from domain.messages import Message, msg
from domain.money import object_to_amount
from domain.objections import Objection
from domain.orders.vocabularies import OrderFulfilment
from domain.parties.vocabularies import PaymentTerms
from domain.penalties import PenaltyRule
from domain.policy.faults import InvalidSettings, SettingFault
from domain.policy.forms import OWN_ROLES, Names
from domain.policy.model import Policy
from domain.policy.orders import OrderPolicy

# What the words of a setting name, and what is said of one that names nothing.
_NAMED: Mapping[Names, tuple[frozenset[str], Message]] = {
    Names.ROLES: (OWN_ROLES, msg("policy.NO_ROLE")),
    Names.FULFILMENTS: (frozenset(OrderFulfilment), msg("policy.NO_FULFILMENT")),
    Names.PAYMENT_TERMS: (frozenset(PaymentTerms), msg("policy.NO_TERMS")),
}


@dataclass(frozen=True)
class Surroundings:
    """What the company has, where it is known; None is not asked about.

    tiers: those that its stores have. templates: codes of milestone templates.
    """

    regions: Collection[str] | None = None
    tiers: Collection[str] | None = None
    templates: Collection[str] | None = None


def settings_faults(
    policy: Policy, surroundings: Surroundings, before: Policy | None = None
) -> Iterator[SettingFault]:
    """Everything that is wrong with the settings that differ from `before`; with all by default."""
    for fault in _faults(policy, surroundings):
        asked = [name for name in (fault.setting, fault.rests_on) if name is not None]
        if before is None or any(_value(before, each) != _value(policy, each) for each in asked):
            yield fault


def check_settings(
    policy: Policy, surroundings: Surroundings, before: Policy | None = None
) -> None:
    """Refuse settings that cannot be. Raises InvalidSettings with every fault there is."""
    faults = list(settings_faults(policy, surroundings, before))
    if faults:
        raise InvalidSettings(faults)


def _faults(policy: Policy, known: Surroundings) -> Iterator[SettingFault]:
    objection = object_to_currency(policy.currency)
    if objection is not None:
        yield SettingFault("currency", policy.currency, objection)
    if not knows_country(policy.calendar_country):
        objection = Objection(msg("policy.NO_CALENDAR"), msg("policy.COUNTRY_CODE"))
        yield SettingFault("calendar_country", policy.calendar_country, objection)
    for season, order in policy.region_order.items():
        yield from _regions(f"region_order.{season}", order, known.regions)
    for tier in known.tiers or ():
        if tier not in policy.tiers:
            objection = Objection(msg("policy.TIER_IN_USE"), msg("policy.KEEP_TIER"))
            yield SettingFault("tiers", tier, objection)
    if known.templates is not None:
        chosen = {"schedule.milestone_template": policy.schedule.milestone_template} | {
            f"schedule.milestone_template_for.{kind}": code
            for kind, code in policy.schedule.milestone_template_for.items()
        }
        for setting, code in chosen.items():
            yield from _word(setting, code, known.templates, msg("policy.NO_TEMPLATE"))
    yield from _amounts(policy)
    yield from _of_orders(policy.orders)


def _regions(
    setting: str, order: tuple[str, ...], known: Collection[str] | None
) -> Iterator[SettingFault]:
    for place, region in enumerate(order):
        if region in order[:place]:
            twice = Objection(msg("policy.TWICE"), msg("policy.REGION_ONCE"))
            yield SettingFault(setting, region, twice)
        elif known is not None and region not in known:
            objection = Objection(msg("policy.NO_REGION"), msg("policy.ADD_REGION"))
            yield SettingFault(setting, region, objection)


def _amounts(policy: Policy) -> Iterator[SettingFault]:
    amounts = {
        "default_credit_limit": policy.default_credit_limit,
        "orders.export_large_amount": policy.orders.export_large_amount,
    }
    for rule, amount in policy.penalty_amounts.items():
        setting = f"penalty_amounts.{rule}"
        yield from _word(setting, rule, [*PenaltyRule], msg("policy.NO_PENALTY"))
        amounts[setting] = amount
    for setting, amount in amounts.items():
        objection = object_to_amount(amount, policy.currency)
        if objection is not None:
            yield SettingFault(setting, str(amount), objection, rests_on="currency")


def _of_orders(orders: OrderPolicy) -> Iterator[SettingFault]:
    for currency in orders.exchange_rates:
        objection = object_to_currency(currency)
        if objection is not None:
            yield SettingFault("orders.exchange_rates", currency, objection)
    for name, hint in get_type_hints(OrderPolicy, include_extras=True).items():
        for names in _names(hint):
            for word in _words(getattr(orders, name)):
                yield from _word(f"orders.{name}", word, *_NAMED[names])


def _names(hint: Any) -> Iterator[Names]:
    """What the words of a setting name, by its type."""
    yield from (each for each in getattr(hint, "__metadata__", ()) if isinstance(each, Names))
    for within in get_args(hint):
        yield from _names(within)


def _words(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        return [word for words in value.values() for word in words]
    return (value,) if isinstance(value, str) else value


def _word(
    setting: str, word: str, allowed: Collection[str], problem: Message
) -> Iterator[SettingFault]:
    if word not in allowed:
        remedy = msg("policy.TAKE_ONE", words=sorted(map(str, allowed)))
        yield SettingFault(setting, word, Objection(problem, remedy))


def _value(policy: Policy, setting: str) -> Any:
    """What a policy says under a setting's name; None where it says nothing."""
    value: Any = policy
    for name in setting.split("."):
        value = value.get(name) if isinstance(value, Mapping) else getattr(value, name)
    return value

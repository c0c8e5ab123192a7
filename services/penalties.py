"""Penalties are raised by rules, once per case, and waived with a reason (P8)."""

from dataclasses import dataclass
from decimal import Decimal

from domain import limits
from domain.errors import InvalidInput, NotFound, WrongState, require_version
from domain.messages import msg
from domain.money import rounded
from domain.penalties import PenaltyRule, WaivePenalty, amount_of, check_reason
from persistence import penalties
from persistence.audit import record
from persistence.unit_of_work import UnitOfWork
from services.commands import row_of, use_case
from services.parties.references import person_key, region_key
from services.policy import current_policy


@dataclass(frozen=True)
class RaisePenalty:
    """What a rule found: exactly one of person and region bears it.

    case: what makes it this case and no other; see `domain.penalties`.
    amount: in the company's currency; None takes the policy's for the rule.
    """

    rule: PenaltyRule
    case: str
    person: str | None = None
    region: str | None = None
    order_id: int | None = None
    amount: Decimal | None = None
    note: str | None = None


@dataclass(frozen=True)
class Raised:
    """The case's penalty, and whether this call raised it."""

    penalty_id: int
    new: bool


async def raise_penalty(command: RaisePenalty, uow: UnitOfWork) -> Raised:
    """Raise a case's penalty, or find the one raised before, waived or not.

    Called by rules, in the transaction of whoever made them apply; so no role is asked for.
    Raises NotFound, InvalidInput.
    """
    if (command.person is None) == (command.region is None):
        raise InvalidInput(msg("penalties.ON_WHOM"), field="person")
    if not 1 <= len(command.case) <= limits.NAME:
        raise InvalidInput(msg("penalties.CASE_LENGTH"), field="case")
    session = uow.session
    person_id = await person_key(uow, command.person)
    region_id = await region_key(uow, command.region)
    _, policy = await current_policy(uow)
    amount = amount_of(command.rule, policy) if command.amount is None else command.amount
    # The policy may date from before it was held to its currency's minor unit.
    amount = rounded(amount, policy.currency)
    penalty_id = await penalties.add_penalty(
        session,
        rule=command.rule,
        case_key=command.case,
        person_id=person_id,
        region_id=region_id,
        order_id=command.order_id,
        amount=amount,
        currency=policy.currency,
        note=command.note,
        raised_at=uow.now,
        raised_by=uow.actor,
    )
    if penalty_id is None:
        known = await penalties.penalty_of_case(session, command.rule, command.case)
        if known is None:
            raise LookupError(f"the penalty of case {command.case!r} vanished")
        return Raised(known, new=False)
    await record(
        uow,
        "penaltyRaise",
        "Penalty",
        penalty_id,
        after={
            "rule": command.rule,
            "case": command.case,
            "person": command.person,
            "region": command.region,
            "amount": str(amount),
            "currency": policy.currency,
        },
        reason=command.note,
    )
    return Raised(penalty_id, new=True)


async def region_manager(uow: UnitOfWork, region: str) -> str | None:
    """Who bears what falls on a region's manager; None where no such person is known."""
    return await penalties.region_manager(uow.session, region)


@use_case
async def waive_penalty(command: WaivePenalty, uow: UnitOfWork) -> int:
    """Let a penalty off; its key. Raises NotFound, Stale, or WrongState where it was before."""
    reason = check_reason(command.reason)
    row = await penalties.penalty_for_update(uow.session, command.penalty_id)
    if row is None:
        raise NotFound("penalty", str(command.penalty_id), field="id")
    if row.waived_at is not None:
        raise WrongState(
            msg("penalties.WAIVED_BEFORE", person=row.waived_by, day=row.waived_at.date())
        )
    require_version("penalty", command.expected_version, row.version)
    await penalties.waive(uow.session, row.id, uow.actor, uow.now, reason)
    await record(
        uow,
        row_of(command).name,
        "Penalty",
        row.id,
        before={"amount": str(row.amount), "waived": False},
        after={"amount": str(row.amount), "waived": True},
        reason=reason,
    )
    return row.id

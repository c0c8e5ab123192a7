"""How a mutation answers: with the changed object, or with what the business says no to."""

import datetime as dt
from decimal import Decimal
from typing import Any, TypeVar

import strawberry

from domain.errors import DomainError, FaultyItems, InsufficientFunds, NotAllowed, NotFound, Stale
from domain.messages import Message
from domain.milestones.guards import AlreadyClosed, PredecessorsOpen
from domain.milestones.template_schema import InvalidTemplate
from domain.orders.refusals import OrderRefused
from domain.policy.faults import InvalidSettings
from gql.context import Info
from gql.language import in_words, said_in_words
from gql.scalars import Money
from persistence.retry import retrying
from services.commands import UseCase, once_per_key
from services.idempotency import Outcome


@strawberry.interface(description="A refusal: the business says no, and nothing was changed.")
class UserError:
    """What was wrong, for programs and for people."""

    code: str = strawberry.field(description="A lasting word for programs, such as NOT_FOUND.")
    said: strawberry.Private[Message]
    message: str = strawberry.field(resolver=said_in_words, description="A sentence for people.")
    field: str | None = strawberry.field(description="The input at fault, where one is.")


@strawberry.type(description="A refusal with nothing more to say.")
class Refusal(UserError):
    """The plain refusal."""


@strawberry.type(description="Something that was named does not exist, or may not be seen.")
class NotFoundError(UserError):
    """An unknown name."""

    key: str = strawberry.field(description="What was named.")


@strawberry.type(description="The object has changed since it was read.")
class StaleVersionError(UserError):
    """Another person was first."""

    expected_version: int = strawberry.field(description="The version the client had.")
    actual_version: int = strawberry.field(description="The version there is.")


@strawberry.type(description="The available funds do not cover an amount.")
class InsufficientFundsError(UserError):
    """Money is lacking."""

    missing: Money = strawberry.field(description="How much is lacking.")


@strawberry.type(description="One reason against a command on an order.")
class RefusalReason:
    """A reason with its rule."""

    code: str = strawberry.field(description="A lasting word for programs, such as DOUBT_OPEN.")
    rule: str = strawberry.field(description="The rule behind it, such as O2.")
    said: strawberry.Private[Message]
    message: str = strawberry.field(resolver=said_in_words, description="A sentence for people.")


@strawberry.type(description="The rules of orders say no; all reasons are given at once.")
class OrderRefusal(UserError):
    """A command on an order that was refused."""

    reasons: list[RefusalReason] = strawberry.field(
        description="Every reason; `code` is the first."
    )


def _remedy(self: "ItemError", info: Info) -> str:
    return in_words(info, self.mend)


@strawberry.type(description="One item of a list cannot be taken; so none of the list was.")
class ItemError(UserError):
    """What is wrong with an item; each fault is an error of its own."""

    index: int = strawberry.field(description="Which item of the list; 0 is the first.")
    mend: strawberry.Private[Message]
    remedy: str = strawberry.field(resolver=_remedy, description="What to do about it.")


@strawberry.type(description="Another person closed the milestone first (M4).")
class AlreadyClosedError(UserError):
    """Who was first, and when."""

    closed_by: str = strawberry.field(description="Who closed it.")
    closed_on: dt.date = strawberry.field(description="With which date.")
    closed_at: dt.datetime | None = strawberry.field(description="When that was recorded.")


@strawberry.type(description="The milestone waits for others (M4).")
class PredecessorsOpenError(UserError):
    """What has to be closed before."""

    waiting_for: list[int] = strawberry.field(description="The numbers of those steps.")


def _faults(self: "InvalidTemplateError", info: Info) -> list[str]:
    return [in_words(info, fault) for fault in self.found]


@strawberry.type(description="A template that can't be used (M1).")
class InvalidTemplateError(UserError):
    """All faults of a template."""

    found: strawberry.Private[tuple[Message, ...]]
    faults: list[str] = strawberry.field(
        resolver=_faults, description="Every fault, each with its place."
    )


USER_ERRORS = (
    OrderRefusal,
    Refusal,
    NotFoundError,
    StaleVersionError,
    InsufficientFundsError,
    ItemError,
    AlreadyClosedError,
    PredecessorsOpenError,
    InvalidTemplateError,
)
Request = TypeVar("Request")

REFUSALS = "Why nothing was done; empty when it was."
KEY = "Sent again with the same input, it acts once and gives the first answer."


def user_errors(error: DomainError) -> list[UserError]:
    """All that is in the way: an error for each reason, or each faulty item or setting."""
    if isinstance(error, FaultyItems):
        return [
            ItemError(
                code=fault.code,
                said=fault.message,
                field=fault.field,
                index=fault.index,
                mend=fault.remedy,
            )
            for fault in error.faults
        ]
    if isinstance(error, InvalidSettings):
        return [
            Refusal(code=error.code, said=fault.message, field=fault.field)
            for fault in error.faults
        ]
    return [user_error(each) for each in (error, *error.also)]


def user_error(error: DomainError) -> UserError:
    """The one table from domain errors to types of the schema."""
    code, said, field = error.code, error.message, error.field
    match error:
        case NotFound():
            return NotFoundError(code=code, said=said, field=field, key=error.key)
        case Stale():
            return StaleVersionError(
                code=code,
                said=said,
                field=field,
                expected_version=error.expected,
                actual_version=error.actual,
            )
        case OrderRefused():
            reasons = [
                RefusalReason(code=each.code, rule=each.rule, said=each.message)
                for each in error.reasons
            ]
            return OrderRefusal(code=code, said=said, field=field, reasons=reasons)
        case AlreadyClosed():
            return AlreadyClosedError(
                code=code,
                said=said,
                field=field,
                closed_by=error.closed_by,
                closed_on=error.closed_on,
                closed_at=error.closed_at,
            )
        case PredecessorsOpen():
            return PredecessorsOpenError(
                code=code, said=said, field=field, waiting_for=list(error.waiting_for)
            )
        case InvalidTemplate():
            return InvalidTemplateError(code=code, said=said, field=field, found=error.faults)
        case InsufficientFunds():
            missing = Money.of(Decimal(error.missing), error.currency)
            return InsufficientFundsError(code=code, said=said, field=field, missing=missing)
    return Refusal(code=code, said=said, field=field)


def user_error_of(code: str, said: Message, field: str | None) -> UserError:
    """A refusal that was kept with the outcome of a mutation, such as one of many."""
    return Refusal(code=code, said=said, field=field)


async def carried_out(
    info: Info,
    use_case: UseCase[Request, Any],
    request: Request,
    key: str | None,
    *,
    one_instant: bool = False,
) -> tuple[Outcome, list[UserError]]:
    """Carry out a command in one transaction, once per key; its outcome, or the refusals.

    What is forbidden is no refusal but an error of the request, like an unreadable field.
    """
    outcome: Outcome = {}
    try:
        async for attempt in retrying():
            with attempt:
                async with info.context.uow(one_instant=one_instant) as uow:
                    outcome = await once_per_key(use_case, request, uow, key)
    except NotAllowed:
        raise
    except DomainError as error:
        return {}, user_errors(error)
    # What was read before the change must not be shown after it.
    info.context.clear_cache()
    return outcome, []

"""Why a claim of a past run got what it got: its run's snapshot solved again, and asked."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from weakref import WeakKeyDictionary

from allocator import Displaced, Explanation, OutOfTime, Winner
from domain.errors import DomainError, NotFound, WrongState
from domain.messages import msg
from domain.principals import SYSTEM
from persistence.allocation.plan_lines import PlanLine, lines_of_claims
from persistence.allocation.runs import run_by_id
from persistence.parties.customers import currency_of
from persistence.tables import AllocationRunRow
from persistence.unit_of_work import UnitOfWork, set_principal
from services.allocation.solving import explain_claim
from services.solvers import run_in_worker

# Together less than a request may last, so that whoever asks learns why there is no answer.
WAIT_S = 10.0
TIME_LIMIT_S = 15.0

Named = TypeVar("Named", Winner, Displaced)
# One explanation at a time in a process, so that explaining never takes more than one processor.
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


class TryAgain(DomainError):
    """Nothing is wrong with the question, but it has to wait for others."""

    code = "UNAVAILABLE"


class TookTooLong(DomainError):
    """The answer was not found in the time that there is for it."""

    code = "TIMEOUT"


@dataclass(frozen=True)
class LineToExplain:
    """A claim with what its explanation rests on.

    currency: in whose minor units its amounts are. only_own: nobody else may be named.
    """

    claim: str
    units: int
    fingerprint: str
    snapshot: bytes
    deterministic_limit: int | None
    currency: str
    only_own: bool


async def line_to_explain(run_id: int, claim: str, uow: UnitOfWork) -> LineToExplain:
    """Read what explaining a claim of a committed run needs.

    Raises NotFound for a claim that the principal may not see, as for one that there is not.
    """
    principal = uow.principal
    # Plan and snapshot hold everybody's claims and stay in here.
    await set_principal(uow.session, SYSTEM)
    found = await lines_of_claims(uow.session, run_id, [claim])
    lines = [
        line
        for line in found.get(claim, [])
        if principal.sees_all or line.customer_id == principal.customer_id
    ]
    run = await run_by_id(uow.session, run_id)
    payers = [line.customer_id for line in lines if line.customer_id is not None]
    currency = await currency_of(uow.session, payers[0]) if payers else ""
    await set_principal(uow.session, principal)
    if not lines:
        raise NotFound("line of an allocation run", claim, field="claim")
    if run is None:
        raise NotFound("snapshot of allocation run", str(run_id), field="id")
    return to_explain(run, lines, currency, only_own=not principal.sees_all)


def to_explain(
    run: AllocationRunRow, lines: Sequence[PlanLine], currency: str, *, only_own: bool
) -> LineToExplain:
    """A claim by its lines, and what its run was decided on. Raises NotFound or WrongState where
    that is not kept."""
    if run.fingerprint is None:
        raise NotFound("snapshot of allocation run", str(run.id), field="id")
    if run.snapshot is None:
        raise WrongState(msg("allocation.SNAPSHOT_GONE", run=run.id))
    return LineToExplain(
        lines[0].claim,
        sum(line.units for line in lines),
        run.fingerprint,
        run.snapshot,
        run.options.get("deterministic_limit"),
        currency,
        only_own=only_own,
    )


async def explained(line: LineToExplain, *, counterfactuals: bool = True) -> Explanation:
    """The explanation of a claim, with what would change its fate, each verified by a solve.

    Solved in a child of this process, one at a time: two who ask about one run have it solved once.
    A customer's own claim comes without the names of others. Raises WrongState where this version
    of the solver gives the claim something else, TryAgain where others are explained for too long,
    TookTooLong where this one is.
    """
    turn = _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock())
    try:
        async with asyncio.timeout(WAIT_S):
            await turn.acquire()
    except TimeoutError:
        raise TryAgain(msg("allocation.OTHERS_EXPLAINED")) from None
    try:
        found: Explanation = await run_in_worker(
            explain_claim,
            line.fingerprint,
            line.snapshot,
            line.deterministic_limit,
            line.claim,
            counterfactuals,
            time_limit_s=TIME_LIMIT_S,
            about=line.fingerprint,
        )
    except OutOfTime:
        raise TookTooLong(
            msg("allocation.EXPLAINED_TOO_LONG", claim=line.claim, seconds=TIME_LIMIT_S)
        ) from None
    finally:
        turn.release()
    if found.given != line.units:
        raise WrongState(
            msg("allocation.OTHER_RESULT", claim=line.claim, units=line.units, given=found.given)
        )
    return _without_others(found) if line.only_own else found


def _without_others(found: Explanation) -> Explanation:
    def unnamed(one: Named) -> Named:
        return one if one.outlet == found.outlet else replace(one, claim_id="", outlet="")

    return replace(
        found,
        winners=tuple(unnamed(one) for one in found.winners),
        displaced=tuple(unnamed(one) for one in found.displaced),
    )

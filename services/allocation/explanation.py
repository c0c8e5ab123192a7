"""Why a claim of a past run got what it got: its run's snapshot solved again, and asked."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from allocator import Displaced, Explanation, Plan, Tables, Winner, explain, problem_from, solve
from domain.errors import NotFound, WrongState
from domain.principals import SYSTEM
from persistence.allocation.runs import run_by_id
from persistence.queries.allocation import given_to_claim
from persistence.unit_of_work import UnitOfWork, set_principal

Named = TypeVar("Named", Winner, Displaced)


@dataclass(frozen=True)
class LineToExplain:
    """A claim with what its explanation rests on. only_own: nobody else may be named."""

    claim: str
    units: int
    fingerprint: str
    snapshot: bytes
    only_own: bool


async def line_to_explain(run_id: int, claim: str, uow: UnitOfWork) -> LineToExplain:
    """Read what explaining a claim of a committed run needs.

    Raises NotFound for a claim that the principal may not see, as for one that there is not.
    """
    units = await given_to_claim(uow.session, run_id, claim)
    if units is None:
        raise NotFound("line of an allocation run", claim, field="claim")
    # The claim is the principal's to see. The snapshot holds everybody's and stays in here.
    await set_principal(uow.session, SYSTEM)
    run = await run_by_id(uow.session, run_id)
    await set_principal(uow.session, uow.principal)
    if run is None or run.snapshot is None or run.fingerprint is None:
        raise NotFound("snapshot of allocation run", str(run_id), field="id")
    return LineToExplain(claim, units, run.fingerprint, run.snapshot, not uow.principal.sees_all)


def explained(line: LineToExplain, *, counterfactuals: bool = True) -> Explanation:
    """The explanation of a claim, with what would change its fate, each verified by a solve.

    Computes for a while: call it in a thread. A customer's own claim comes without the names of
    others. Raises WrongState where this version of the solver gives the claim something else.
    """
    plan = _last_plan(line.fingerprint, _Snapshot(line.snapshot))
    found = explain(plan.problem, plan, line.claim, counterfactuals=counterfactuals)
    if found.given != line.units:
        raise WrongState(
            f"Claim {line.claim} was given {line.units} units; this version gives {found.given}."
        )
    return _without_others(found) if line.only_own else found


class _Snapshot:
    """Bytes that the cache does not compare: the fingerprint says all about them."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Snapshot)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=1)
def _last_plan(fingerprint: str, snapshot: _Snapshot) -> Plan:
    """The plan of a snapshot. Whoever reads a run asks about several of its lines."""
    return solve(problem_from(Tables.from_bytes(snapshot.content)))


def _without_others(found: Explanation) -> Explanation:
    def unnamed(one: Named) -> Named:
        return one if one.outlet == found.outlet else replace(one, claim_id="", outlet="")

    return replace(
        found,
        winners=tuple(unnamed(one) for one in found.winners),
        displaced=tuple(unnamed(one) for one in found.displaced),
    )

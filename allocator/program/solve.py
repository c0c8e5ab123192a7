"""One level, solved by the program: T, then G, then D."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from allocator.limits import WORK_FOR_ANY_PLAN, SearchLimits
from allocator.problem import Problem
from allocator.program import cp_sat, goals
from allocator.program.incumbent import handed_out
from allocator.program.rules import RULES, Rule
from allocator.program.variables import Packs, Question
from allocator.state import State

# How many times as many claims are looked at together, behind some that got all or nothing.
LOOK_AHEAD = 4


@dataclass(frozen=True)
class Answer:
    """Packs per claim of the level and, for orders started, per later line (a proof, no decision).

    bound: no plan gives more pieces at this level; equal to what is given when `proven`.
    """

    here: dict[int, int]
    later: dict[int, int]
    proven: bool
    bound: int


def solve_level(
    problem: Problem,
    state: State,
    question: Question,
    limits: SearchLimits,
    rules: Sequence[Rule] = RULES,
) -> Answer:
    """The best plan for the claims of one level, everything earlier held.

    Where no time is left, or a search found less, the plan is one that takes no search.
    """

    def without_search() -> dict[int, int] | None:
        return handed_out(problem, state, question, only_goods=rules is not RULES)

    if limits.seconds_left() == 0:
        plan = without_search()
        if plan is not None:
            return _unsearched(problem, state, question, plan)
    model = cp_model.CpModel()
    packs = Packs(model, problem, state, question)
    for rule in rules:
        rule(model, problem, packs)
    known = _plan_known_before(packs)
    search = _Search(packs, limits, known, without_search)
    pieces = goals.PiecesGiven(packs)
    most_pieces = search.maximise(pieces)
    if not search.proven:
        most_pieces = search.offer(without_search(), pieces)
    # Freeze what a goal won, so that the next can only choose among equals.
    model.add(pieces.total >= most_pieces)
    bound = most_pieces if search.proven else search.bound(pieces)
    fairness = goals.Fairness(packs)
    model.add(fairness.total >= search.maximise(fairness))
    _settle_ties(packs, search, pieces, bound)
    # What a cut search left open may have grown since.
    bound = max(bound, pieces.value(search.plan))
    here = {claim: search.plan[claim] for claim in question.here}
    later = {claim: search.plan[claim] for claim in question.later if search.plan[claim]}
    return Answer(here, later, search.proven, bound)


def _unsearched(problem: Problem, state: State, question: Question, plan: dict[int, int]) -> Answer:
    """A plan found without a search is proven only where every claim has all it can take."""
    c = problem.claims
    most = {i: question.most.get(i, int(state.most[i])) for i in question.here}
    here = {i: plan[i] for i in question.here}
    later = {i: plan[i] for i in question.later if plan[i]}
    bound = sum(n * int(c.pack_pieces[i]) for i, n in most.items())
    return Answer(here, later, here == most, bound)


def _settle_ties(
    packs: Packs, search: _Search, pieces: goals.PiecesGiven, most_pieces: int
) -> None:
    """D: the claims by ascending id, in batches; no search where its outcome is known.

    No plan gives more than `most_pieces`, so a claim has no more than fits into what those before
    it leave of them. Where the plan gives that much, it is fixed. Behind a batch that got all or
    nothing the same is likely of many claims: one search on their sum shows whether it is so.
    Where a search was cut short the level is unproven, and the rest of D is not sought: a level
    whose searches are all cut would take as many limits as it has batches.
    """
    claims = [claim for claim in packs.question.here if packs.most[claim]]
    at, ahead, left = 0, 0, most_pieces

    def fix(how_many: int) -> None:
        nonlocal at, left
        for claim in claims[at : at + how_many]:
            packs.model.add(packs.given[claim] == search.plan[claim])
            left -= search.plan[claim] * pieces.pieces[claim]
        at += how_many

    while search.proven and at < len(claims):
        claim = claims[at]
        if search.plan[claim] == min(packs.most[claim], left // pieces.pieces[claim]):
            fix(1)
            continue
        if ahead:
            stretch = claims[at : at + ahead]
            total = search.maximise(goals.PacksGiven(packs, stretch))
            if total in (0, sum(packs.most[claim] for claim in stretch)):
                fix(len(stretch))
                ahead *= LOOK_AHEAD
            else:
                ahead = 0
            continue
        batch = goals.batch_of(packs, claims[at:])
        search.maximise(goals.FirstClaims(packs, batch))
        given = [search.plan[claim] for claim in batch]
        all_or_none = not any(given) or given == [packs.most[claim] for claim in batch]
        fix(len(batch))
        ahead = LOOK_AHEAD * len(batch) if all_or_none else 0


def _plan_known_before(packs: Packs) -> dict[int, int]:
    """Nothing but what orders started were promised: feasible, since its proof is."""
    return {claim: packs.state.promised.get(claim, 0) for claim in packs.claims}


class _Search:
    """Searches on one model, each starting from the best plan so far."""

    def __init__(
        self,
        packs: Packs,
        limits: SearchLimits,
        plan: dict[int, int],
        without_search: Callable[[], dict[int, int] | None],
    ) -> None:
        self.packs, self.limits, self.plan = packs, limits, plan
        self.without_search = without_search
        self.proven = True
        self.has_plan = False
        self._bound: float = float("inf")

    def maximise(self, goal: goals.Goal) -> int:
        """The goal's best value found; whether it is proven is remembered."""
        if self.has_plan and self.limits.seconds_left() == 0:
            self.proven, self._bound = False, float("inf")
            return goal.value(self.plan)
        model = self.packs.model
        while True:
            model.clear_hints()  # type: ignore[no-untyped-call]  # the library leaves it untyped
            for claim, variable in self.packs.given.items():
                model.add_hint(variable, self.plan[claim])
            model.maximize(goal.total)
            solver = cp_sat.new_solver(self.limits)
            status = solver.solve(model)
            if status in (cp_model.INFEASIBLE, cp_model.MODEL_INVALID):
                raise RuntimeError(f"A level's program is {solver.status_name(status)}: a defect.")
            is_optimal = status == cp_model.OPTIMAL
            if status != cp_model.UNKNOWN:
                found = {i: solver.value(v) for i, v in self.packs.given.items()}
                # The plan known before is only a hint until a search has found one.
                if not self.has_plan or is_optimal or goal.value(found) >= goal.value(self.plan):
                    self.plan = found
                if is_optimal and goal.has_overstated(solver.value):
                    continue
            elif not self.has_plan:
                self.plan = self.without_search() or self._any_plan()
            self.has_plan = True
            if not is_optimal:
                self.proven = False
                self.limits.note_cut(solver.deterministic_time)
            # A search that ended before it began knows no bound.
            knows = status != cp_model.UNKNOWN
            self._bound = solver.best_objective_bound if knows else float("inf")
            return goal.value(self.plan)

    def offer(self, plan: dict[int, int] | None, goal: goals.Goal) -> int:
        """Take a plan that keeps all rules where it is better; the goal's value now."""
        if plan is not None and goal.value(plan) > goal.value(self.plan):
            self.plan = plan
        return goal.value(self.plan)

    def _any_plan(self) -> dict[int, int]:
        """A plan that keeps all rules, found whatever the limits: orders started must be finished.

        It looks behind a deadline too, but not for ever.
        """
        model = self.packs.model
        model.clear_objective()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        solver = cp_sat.new_solver(self.limits.for_any_plan())
        status = solver.solve(model)
        if status == cp_model.UNKNOWN:
            raise RuntimeError(
                f"No plan of a level was found with {WORK_FOR_ANY_PLAN:g} units of work."
            )
        if status != cp_model.OPTIMAL:
            raise RuntimeError(f"A level's program is {solver.status_name(status)}: a defect.")
        return {i: solver.value(v) for i, v in self.packs.given.items()}

    def bound(self, goal: goals.PiecesGiven) -> int:
        """What the last search could not exclude; at most all that is wanted."""
        return int(min(self._bound, goal.most()))

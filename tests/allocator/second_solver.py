"""A second solver for the program's models: SCIP, through OR-Tools' MathOpt.

It takes the very model that CP-SAT takes, as data, and solves it as a mixed-integer program. SCIP
counts in floating point, so nothing large is put to it:

- A row with large factors is split by place value. With `a = B * high + low` for every factor, and
  likewise for the bound, `sum(a x) <= b` holds if and only if some whole number c, the carry, has
  `sum(low x) - low(b) <= B c` and `sum(high x) + c <= high(b)`.
- A large goal is split likewise: `sum(low x) = B c + rest` with `0 <= rest < B`, so the goal is
  `B (sum(high x) + c) + rest`, and is largest when first the bracket and then the rest is.
- Every answer is rounded, and every row and the goal are counted again in whole numbers; an answer
  that does not hold then is an error, not a plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from typing import Any
from unittest.mock import patch

from ortools.math_opt.python import mathopt
from ortools.sat.python import cp_model

from allocator.limits import SearchLimits
from allocator.program import cp_sat

# The base of the place values: factors below it, and sums that stay far inside what a tolerance of
# 10^-9 distinguishes, go to the solver as they are.
BASE = 1 << 10
SMALL_SUM = 1 << 20
UNBOUNDED = 1 << 62

Terms = list[tuple[int, Any]]  # factor, variable


@dataclass
class Tally:
    """What the second solver was asked."""

    programs: int = 0
    searches: int = 0
    split_rows: int = 0
    split_goals: int = 0
    largest: int = 0


class NotExactError(AssertionError):
    """The rounded answer breaks a row, or is not worth what the solver said."""


@dataclass
class ScipSolver:
    """Stands where CP-SAT's solver stands; limits are CP-SAT's, and are left aside."""

    tally: Tally
    parameters: Any = None
    objective_value: float = 0.0
    best_objective_bound: float = 0.0
    found: list[int] = field(default_factory=list)

    def solve(self, model: cp_model.CpModel) -> Any:
        self.tally.programs += 1
        proto = model.proto
        program = _Program(proto, self.tally)
        goal = [(-w, program.variables[v]) for v, w in _factors(proto.objective)]
        best = program.maximise(goal)
        if best is None:
            return cp_model.INFEASIBLE
        self.found = program.answer
        _check(proto, self.found, -best)
        objective = proto.objective
        if goal:
            scale = objective.scaling_factor or 1.0
            self.objective_value = scale * (-best + objective.offset)
            self.best_objective_bound = self.objective_value
        return cp_model.OPTIMAL

    def value(self, variable: Any) -> int:
        return self.found[variable.index]

    def status_name(self, status: Any) -> str:
        return str(status)


class _Program:
    """The model as rows of MathOpt, and goals maximised one after another."""

    def __init__(self, proto: Any, tally: Tally) -> None:
        self.tally, self.model = tally, mathopt.Model()
        self.answer: list[int] = []
        self.bounds: dict[Any, tuple[int, int]] = {}
        self.variables = [self._variable(*_bounds(one.domain)) for one in proto.variables]
        for row in proto.constraints:
            factors, low, high = _linear(row)
            terms = [(a, self.variables[v]) for v, a in factors]
            if row.enforcement_literal:
                self._add_where(terms, low, high, list(row.enforcement_literal))
            else:
                self._add(terms, low, high)

    def maximise(self, goal: Terms) -> int | None:
        """The largest value of the goal, to which it is then fixed; None if nothing is feasible."""
        self.tally.largest = max(self.tally.largest, *(abs(w) for w, _ in goal), 0)
        if self._span(goal) <= SMALL_SUM:
            value = self._search(goal)
            if value is not None and goal:
                self._add(goal, value, value)
            return value
        self.tally.split_goals += 1
        high, low = _digits(goal)
        least, most = self._reach(low)
        carry = self._variable(least // BASE, most // BASE)
        rest = self._variable(0, BASE - 1)
        self._put([*low, (-BASE, carry), (-1, rest)], 0, 0)
        above = self.maximise([*high, (1, carry)])
        below = None if above is None else self.maximise([(1, rest)])
        return None if above is None or below is None else BASE * above + below

    def _search(self, goal: Terms) -> int | None:
        self.tally.searches += 1
        self.model.maximize(mathopt.LinearSum([w * v for w, v in goal]))
        settings = mathopt.SolveParameters(
            threads=1, relative_gap_tolerance=0.0, absolute_gap_tolerance=0.0
        )
        settings.gscip.real_params["numerics/feastol"] = 1e-9
        hints = [mathopt.SolutionHint(variable_values=dict(self._known()))] if self.answer else []
        result = mathopt.solve(
            self.model,
            mathopt.SolverType.GSCIP,
            params=settings,
            model_params=mathopt.ModelSolveParameters(solution_hints=hints),
        )
        reason = result.termination.reason
        if reason == mathopt.TerminationReason.INFEASIBLE:
            return None
        if reason != mathopt.TerminationReason.OPTIMAL:
            raise NotExactError(f"SCIP ended with {reason}: {result.termination.detail}")
        values = result.variable_values()
        self.answer = [round(values[v]) for v in self.variables]
        return sum(w * round(values[v]) for w, v in goal)

    def _known(self) -> Iterator[tuple[Any, float]]:
        return zip(self.variables, map(float, self.answer), strict=True)

    def _variable(self, low: int, high: int) -> Any:
        made = self.model.add_integer_variable(lb=low, ub=high)
        self.bounds[made] = low, high
        return made

    def _reach(self, terms: Terms) -> tuple[int, int]:
        ends = [sorted((a * self.bounds[v][0], a * self.bounds[v][1])) for a, v in terms]
        return sum(low for low, _ in ends), sum(high for _, high in ends)

    def _span(self, terms: Terms) -> int:
        return sum(abs(a) * max(map(abs, self.bounds[v])) for a, v in terms)

    def _add_where(self, terms: Terms, low: int, high: int, literals: list[int]) -> None:
        """A row that holds where all literals are true: loose by what it can miss elsewhere."""
        least, most = self._reach(terms)
        for missed, bound, sign in ((most - high, high, 1), (low - least, low, -1)):
            if abs(bound) >= UNBOUNDED or missed <= 0:
                continue
            row, limit = [(sign * a, v) for a, v in terms], sign * bound
            for literal in literals:  # minus missed * (1 - literal)
                if literal >= 0:
                    row.append((missed, self.variables[literal]))
                    limit += missed
                else:
                    row.append((-missed, self.variables[~literal]))
            self._add(row, -UNBOUNDED, limit)

    def _add(self, terms: Terms, low: int, high: int) -> None:
        """A row, split by place value where it holds large factors."""
        terms = _merged(terms)
        self.tally.largest = max([self.tally.largest, *(abs(a) for a, _ in terms)])
        least, most = self._reach(terms)
        if least >= low and most <= high:
            return
        if all(abs(a) < BASE for a, _ in terms) or self._span(terms) <= SMALL_SUM:
            self._put(terms, low, high)
        elif low == high:
            self._split(terms, low, equal=True)
        else:
            if most > high:
                self._split(terms, high, equal=False)
            if least < low:
                self._split([(-a, v) for a, v in terms], -low, equal=False)

    def _split(self, terms: Terms, bound: int, *, equal: bool) -> None:
        self.tally.split_rows += 1
        high, low = _digits(terms)
        above, below = divmod(bound, BASE)
        least, most = self._reach(low)
        carry = self._variable((least - below) // BASE, -((below - most) // BASE))
        self._put([*low, (-BASE, carry)], below if equal else -UNBOUNDED, below)
        self._add([*high, (1, carry)], above if equal else -UNBOUNDED, above)

    def _put(self, terms: Terms, low: int, high: int) -> None:
        self.model.add_linear_constraint(
            expr=mathopt.LinearSum([a * v for a, v in terms]),
            lb=-inf if low <= -UNBOUNDED else low,
            ub=inf if high >= UNBOUNDED else high,
        )


def _merged(terms: Terms) -> Terms:
    total: dict[Any, int] = {}
    for a, v in terms:
        total[v] = total.get(v, 0) + a
    return [(a, v) for v, a in total.items() if a]


def _digits(terms: Terms) -> tuple[Terms, Terms]:
    """Each factor as BASE * high + low, with the sign of the factor on both."""
    high, low = [], []
    for a, v in terms:
        above, below = divmod(abs(a), BASE)
        sign = 1 if a > 0 else -1
        if above:
            high.append((sign * above, v))
        if below:
            low.append((sign * below, v))
    return high, low


def _bounds(domain: Any) -> tuple[int, int]:
    low, high = list(domain)  # one interval: the program states nothing else
    return int(low), int(high)


def _factors(linear: Any) -> list[tuple[int, int]]:
    return [(v, int(a)) for v, a in zip(linear.vars, linear.coeffs, strict=True)]


def _linear(row: Any) -> tuple[list[tuple[int, int]], int, int]:
    """(variable, factor) of a row, and its bounds. A clause, which is what a rule without variables
    becomes, is true when one of its literals is."""
    if row.has_linear():
        return _factors(row.linear), *_bounds(row.linear.domain)
    if not row.has_bool_or():
        raise TypeError("the program states rows and clauses only")
    literals = list(row.bool_or.literals)
    negated = sum(n < 0 for n in literals)
    return [(n, 1) if n >= 0 else (~n, -1) for n in literals], 1 - negated, UNBOUNDED


def _check(proto: Any, values: list[int], goal: int) -> None:
    """Every bound, every row and the goal, in whole numbers."""
    for one, value in zip(proto.variables, values, strict=True):
        low, high = _bounds(one.domain)
        if not low <= value <= high:
            raise NotExactError(f"{one.name} is {value}, outside {low} .. {high}")
    for row in proto.constraints:
        literals = list(row.enforcement_literal)
        if not all(values[n] if n >= 0 else not values[~n] for n in literals):
            continue
        factors, low, high = _linear(row)
        total = sum(a * values[v] for v, a in factors)
        if not low <= total <= high:
            raise NotExactError(f"a row is {total}, outside {low} .. {high}")
    total = sum(a * values[v] for v, a in _factors(proto.objective))
    if total != goal:
        raise NotExactError(f"the goal is {total}, not {goal}")


@contextmanager
def scip_in_place_of_cp_sat() -> Iterator[Tally]:
    """Within this block every program is solved by SCIP."""
    tally = Tally()

    def new_solver(limits: SearchLimits) -> ScipSolver:
        return ScipSolver(tally)

    with patch.object(cp_sat, "new_solver", new_solver):
        yield tally

"""What is best at a level: three goals, each among the plans that are best by those before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from ortools.sat.python import cp_model

from allocator.pack_worth import claim_worth, pack_worth
from allocator.program.variables import Expression, Packs

# Up to this many packs a claim has one variable per pack, which solves best by far; beyond, its
# fairness is bounded by lines.
STEPS_UP_TO = 1024
FIRST_LINES = 16
# A batch of claims is one number in a mixed radix.
BATCH_BELOW = 2**50


class Goal(Protocol):
    """Something to maximise: an expression of the model, and its true value for a plan."""

    total: Expression

    def value(self, plan: Mapping[int, int]) -> int: ...

    def has_overstated(self, value_of: Callable[[Any], int]) -> bool: ...


class PiecesGiven:
    """T: the pieces given at the level."""

    def __init__(self, packs: Packs) -> None:
        c = packs.problem.claims
        self.most_packs = {i: packs.most[i] for i in packs.question.here}
        self.pieces = {i: int(c.pack_pieces[i]) for i in packs.question.here}
        variables = [packs.given[i] for i in self.pieces]
        self.total = cp_model.LinearExpr.weighted_sum(variables, list(self.pieces.values()))

    def value(self, plan: Mapping[int, int]) -> int:
        return sum(plan[i] * pieces for i, pieces in self.pieces.items())

    def most(self) -> int:
        """All that is wanted, in whole packs."""
        return self.value(self.most_packs)

    def has_overstated(self, value_of: Callable[[Any], int]) -> bool:
        return False


class Fairness:
    """G: the sum of what each given pack is worth, the first pack of a claim the most.

    The worth of k packs is concave in k. A claim of few packs has a variable per pack; a claim of
    many has one bounded by lines that touch its curve, drawn where a solution wants to cheat.
    """

    def __init__(self, packs: Packs) -> None:
        self.packs = packs
        c, state = packs.problem.claims, packs.state
        self.bounded: dict[int, Any] = {}
        self.drawn: set[tuple[int, int]] = set()
        variables: list[Any] = []
        weights: list[int] = []
        for claim in packs.question.here:
            most = packs.most[claim]
            if not most:
                continue
            s = int(c.pack_pieces[claim])
            q = int(state.wanted[claim]) * int(c.unit_pieces[claim])
            if most <= STEPS_UP_TO:
                steps = [packs.model.new_bool_var(f"pack_{claim}_{j}") for j in range(1, most + 1)]
                packs.model.add(packs.given[claim] == sum(steps))
                variables += steps
                weights += [_worth(s, q, j) for j in range(1, most + 1)]
            else:
                top = self._curve(s, q, most)
                self.bounded[claim] = packs.model.new_int_var(0, top, f"worth_{claim}")
                variables.append(self.bounded[claim])
                weights.append(1)
                for part in range(FIRST_LINES + 1):
                    self._draw_line(claim, s, q, min(most - 1, most * part // FIRST_LINES))
        self.total = cp_model.LinearExpr.weighted_sum(variables, weights)

    @staticmethod
    def _curve(s: int, q: int, packs: int) -> int:
        return int(claim_worth(np.array([s]), np.array([q]), np.array([packs]))[0])

    def _draw_line(self, claim: int, s: int, q: int, at: int) -> bool:
        """Bound the worth by the line through `at` and `at + 1` packs. False if it was there."""
        if (claim, at) in self.drawn:
            return False
        self.drawn.add((claim, at))
        height, slope = self._curve(s, q, at), _worth(s, q, at + 1)
        given = self.packs.given[claim]
        self.packs.model.add(self.bounded[claim] <= height + slope * (given - at))
        return True

    def value(self, plan: Mapping[int, int]) -> int:
        c, state = self.packs.problem.claims, self.packs.state
        here = np.array(self.packs.question.here, dtype=np.int64)
        given = np.array([plan[i] for i in self.packs.question.here], dtype=np.int64)
        q = state.wanted[here] * c.unit_pieces[here]
        return int(claim_worth(c.pack_pieces[here], q, given).sum())

    def has_overstated(self, value_of: Callable[[Any], int]) -> bool:
        """Whether the solution claims more worth than a curve has; draws the lines that show it."""
        c, state = self.packs.problem.claims, self.packs.state
        drew = False
        for claim, bound in self.bounded.items():
            s, most = int(c.pack_pieces[claim]), self.packs.most[claim]
            q = int(state.wanted[claim]) * int(c.unit_pieces[claim])
            k = value_of(self.packs.given[claim])
            if value_of(bound) > self._curve(s, q, k):
                for at in (k - 1, k):
                    if 0 <= at < most:
                        drew |= self._draw_line(claim, s, q, at)
        return drew


def _worth(s: int, q: int, nth: int) -> int:
    return int(pack_worth(np.array([s]), np.array([q]), np.array([nth]))[0])


class FirstClaims:
    """D: a batch of claims as one number, largest when its first claim is, then its second."""

    def __init__(self, packs: Packs, claims: list[int]) -> None:
        self.claims, self.weights, weight = claims, [0] * len(claims), 1
        for at in reversed(range(len(claims))):
            self.weights[at] = weight
            weight *= packs.most[claims[at]] + 1
        variables = [packs.given[i] for i in claims]
        self.total = cp_model.LinearExpr.weighted_sum(variables, self.weights)

    def value(self, plan: Mapping[int, int]) -> int:
        return sum(plan[i] * w for i, w in zip(self.claims, self.weights, strict=True))

    def has_overstated(self, value_of: Callable[[Any], int]) -> bool:
        return False


class PacksGiven:
    """The packs that these claims are given together: shows at once whether all or none can be."""

    def __init__(self, packs: Packs, claims: Sequence[int]) -> None:
        self.claims = claims
        self.total = cp_model.LinearExpr.sum([packs.given[i] for i in claims])

    def value(self, plan: Mapping[int, int]) -> int:
        return sum(plan[i] for i in self.claims)

    def has_overstated(self, value_of: Callable[[Any], int]) -> bool:
        return False


def batch_of(packs: Packs, claims: Sequence[int]) -> list[int]:
    """The first of these claims, as many as stay far inside the solver's int64 as one number."""
    size = 1
    for at, claim in enumerate(claims):
        size *= packs.most[claim] + 1
        if at and size >= BATCH_BELOW:
            return list(claims[:at])
    return list(claims)

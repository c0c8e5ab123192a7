"""Sums of money as rows of the program, exact however much the lines would cost together.

The solver refuses a row whose terms, all at their most, leave int64. Amounts may: twelve thousand
lines of 9 x 10^14 cents do. Such a row is summed in blocks that fit, each block a variable.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import Any

from ortools.sat.python import cp_model

# A row stays a factor of eight inside int64, so that what the solver adds to it fits as well.
ROW_UP_TO = 2**60


@dataclass(frozen=True)
class Term:
    """`each` of something per unit of a variable that is 0 to `most`."""

    variable: Any
    each: int
    most: int

    @property
    def largest(self) -> int:
        return self.each * self.most


def bound_above(model: cp_model.CpModel, terms: list[Term], bound: int) -> None:
    """The sum of the terms, none of which is negative, is at most `bound` (>= 0)."""
    fitting = []
    for term in terms:
        if term.each > bound:
            model.add(term.variable == 0)
        elif term.each:
            fitting.append(term)
    if sum(term.largest for term in fitting) <= bound:
        return
    # Every sum is a multiple of what all terms have in common, so the bound may be rounded down.
    common = gcd(*(term.each for term in fitting))
    bound //= common
    fitting = [Term(term.variable, term.each // common, term.most) for term in fitting]
    while sum(term.largest for term in fitting) > ROW_UP_TO:
        fitting = [_capped_from_above(model, block, bound) for block in _blocks(fitting)]
    model.add(_total(fitting) <= bound)


def bound_below(model: cp_model.CpModel, terms: list[Term], bound: int, where: Any) -> None:
    """The sum of the terms, none of which is negative, reaches `bound` where `where` is 1."""
    if bound <= 0:
        return
    while sum(term.largest for term in terms) > ROW_UP_TO:
        terms = [_capped_from_below(model, block, bound) for block in _blocks(terms)]
    model.add(_total(terms) >= bound * where)


def _blocks(terms: list[Term]) -> list[list[Term]]:
    """The terms in as few rows as hold them one after another; each term fits into half a row."""
    blocks: list[list[Term]] = []
    size = ROW_UP_TO + 1
    for term in terms:
        if size + term.largest > ROW_UP_TO:
            blocks.append([])
            size = 0
        blocks[-1].append(term)
        size += term.largest
    return blocks


def _capped_from_above(model: cp_model.CpModel, block: list[Term], bound: int) -> Term:
    """The block's sum; no block may exceed what all may together."""
    most = min(bound, sum(term.largest for term in block))
    part = model.new_int_var(0, most, "spent_in_part")
    model.add(part == _total(block))
    return Term(part, 1, most)


def _capped_from_below(model: cp_model.CpModel, block: list[Term], bound: int) -> Term:
    """What the block contributes, at most its sum; more than the bound is never needed."""
    most = min(bound, sum(term.largest for term in block))
    part = model.new_int_var(0, most, "worth_of_part")
    model.add(part <= _total(block))
    return Term(part, 1, most)


def _total(terms: list[Term]) -> Any:
    return cp_model.LinearExpr.weighted_sum(
        [term.variable for term in terms], [term.each for term in terms]
    )

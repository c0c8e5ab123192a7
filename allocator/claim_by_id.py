"""A claim of a plan by its id, as a client names it."""

import numpy as np
import polars as pl

from allocator.claims import LETTERS, RESERVE, STORE
from allocator.plan import Plan
from allocator.problem import Problem


def find_claim(problem: Problem, plan: Plan, claim_id: str) -> int:
    """The number of a claim of the plan. Raises KeyError when there is none."""
    letter, _, rest = claim_id.partition(":")
    if letter not in LETTERS:
        raise KeyError(claim_id)
    kind = LETTERS.index(letter)
    numbers = np.flatnonzero(problem.claims.kind == kind)
    if kind == RESERVE:
        numbers = numbers[plan.wanted[numbers] > 0]
    source = problem.claims.source[numbers]
    t = problem.tables
    if kind <= RESERVE:
        hits = (t.order_lines["line_id"] == rest).to_numpy()
    else:
        frame = t.store_stock if kind == STORE else t.region_reserves
        owner = "store_id" if kind == STORE else "region_id"
        joined = frame.select(pl.concat_str([owner, "sku_id"], separator=":")).to_series()
        hits = (joined == rest).to_numpy()
    found = numbers[hits[source]] if len(numbers) else numbers
    if not len(found):
        raise KeyError(claim_id)
    return int(found[0])

"""The parts of a level: claims that scarce resources, or orders with a rule, hold together.

Standard problem: the components of a graph. Method: union-find with path halving (Tarjan and van
Leeuwen 1984).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from allocator.resources import KINDS, Resource

# What holds claims together beside resources: (which of these, whose).
SIZE_RUN, ORDER, PLACES = range(len(KINDS), len(KINDS) + 3)
Bond = tuple[int, ...]


@dataclass
class Part:
    """Claims that scarce resources or orders hold together."""

    claims: list[int]
    scarce: set[Resource] = field(default_factory=set)
    bonds: set[Bond] = field(default_factory=set)


@dataclass(frozen=True)
class PartOutcome:
    """Packs of a part's claims, and of later lines as a proof that orders can be finished.

    lacking: how much more than given its T could be, where it was cut short.
    """

    packs: dict[int, int]
    promised: dict[int, int]
    lacking: int | None = None


def together(outcomes: Iterable[PartOutcome]) -> PartOutcome:
    """What several parts give, as one."""
    packs: dict[int, int] = {}
    promised: dict[int, int] = {}
    cut: list[int] = []
    for one in outcomes:
        packs.update(one.packs)
        promised.update(one.promised)
        if one.lacking is not None:
            cut.append(one.lacking)
    return PartOutcome(packs, promised, sum(cut) if cut else None)


def connected(
    claims: Iterable[int],
    takers: dict[Bond, list[int]],
    bonds: set[Bond],
    scarce: set[Resource],
) -> list[Part]:
    """The claims in parts, each with the bonds and scarce resources that join it.

    takers: per bond the claims that it joins.
    """
    parent = {claim: claim for claim in claims}

    def root(claim: int) -> int:
        while parent[claim] != claim:
            parent[claim] = parent[parent[claim]]
            claim = parent[claim]
        return claim

    for resource in bonds:
        first = root(takers[resource][0])
        for other in takers[resource][1:]:
            parent[root(other)] = first
    parts: dict[int, Part] = {}
    for claim in parent:
        parts.setdefault(root(claim), Part([])).claims.append(claim)
    for resource in bonds:
        part = parts[root(takers[resource][0])]
        part.bonds.add(resource)
        if resource in scarce:
            part.scarce.add(resource)
    return [parts[key] for key in sorted(parts)]

"""The definition, solved by trying everything: plain Python, no solver, no code of the allocator.

Only for tiny folders (about 16 claims). Every level tries every combination of packs, cut only
where an optimistic count shows that nothing better can follow; every rule of section 2 is asked in
its own words at the end of each combination. Slow on purpose: what matters is that it is plain.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.allocator.folder import Claim, World, read_world

Packs = dict[str, int]
Place = tuple[tuple[int, ...], int]  # pieces picked per limited warehouse; splits


class TooLarge(Exception):
    """The folder needs more steps than it was worth trying."""


@dataclass
class Answer:
    """What every correct solver must say about a folder."""

    units: dict[str, int] = field(default_factory=dict)
    levels: list[tuple[tuple[Any, ...], int, int]] = field(default_factory=list)
    splits: int = 0
    steps: int = 0


def solve(folder: Path, *, steps: int = 2_000_000) -> Answer:
    """The exact plan of a folder. Raises TooLarge after about this many steps."""
    return _Search(read_world(folder), steps).run()


class _Search:
    def __init__(self, world: World, steps: int) -> None:
        self.world = world
        self.steps = steps
        self.used_steps = 0
        self.claims: dict[str, Claim] = dict(world.claims)
        self.fixed: Packs = {}
        self.warehouses = world.warehouses
        self.limited = [w for w in self.warehouses if world.pick_limit(w) is not None]
        self.reach = lru_cache(maxsize=200_000)(self._reach)

    def run(self) -> Answer:
        answer = Answer()
        lines = [c for c in self.claims.values() if c.kind == "L"]
        for level in _levels(lines):
            answer.levels.append(self._settle(level))
        for line in lines:
            if rest := self.world.rest_of(line, self.fixed[line.id]):
                self.claims[rest.id] = rest
        for level in _levels(c for c in self.claims.values() if c.kind != "L"):
            answer.levels.append(self._settle(level))
        splits = self._fewest_splits(self.fixed)
        if splits is None:
            raise AssertionError("a settled plan has a place for every pack")
        answer.splits = splits
        answer.units = {c: k * self.claims[c].pack for c, k in self.fixed.items()}
        answer.steps = self.used_steps
        return answer

    def _step(self, weight: int = 1) -> None:
        self.used_steps += weight
        if self.used_steps > self.steps:
            raise TooLarge(f"more than {self.steps} steps")

    # -- one level ---------------------------------------------------------------------------

    def _settle(self, level: list[Claim]) -> tuple[tuple[Any, ...], int, int]:
        """Fix the packs of one level: most pieces, then fairest, then by ascending claim id."""
        best: tuple[int, int] = (-1, -1)
        best_packs: Packs = {}
        packs: Packs = dict(self.fixed)
        remaining = _Remaining(self.world, self.claims, self.fixed)

        def descend(at: int, pieces: int, fair: int) -> None:
            nonlocal best, best_packs
            self._step(1 + len(level) - at)
            if at == len(level):
                if (pieces, fair) > best and self._can_stand(packs, level):
                    best = (pieces, fair)
                    best_packs = {c.id: packs[c.id] for c in level}
                return
            more_pieces, more_fair = remaining.at_most(level[at:])
            if (pieces + more_pieces, fair + more_fair) <= best:
                return
            claim = level[at]
            # Large first: of plans with equal pieces and fairness the first one found is then the
            # lexicographically largest, and only a strictly better one replaces it.
            for k in range(remaining.packs(claim), -1, -1):
                packs[claim.id] = k
                remaining.take(claim, k)
                descend(at + 1, pieces + k * claim.pack_pieces, fair + claim.fairness(k))
                remaining.take(claim, -k)
            del packs[claim.id]

        descend(0, 0, 0)
        if best < (0, 0):
            raise AssertionError("giving nothing at a level is always possible")
        self.fixed.update(best_packs)
        return level[0].key, *best

    def _can_stand(self, packs: Packs, level: list[Claim]) -> bool:
        """Whether some completion of the later levels respects every rule."""
        return self._sizes_shown(packs, level) and any(
            self._fewest_splits(whole) is not None for whole in self._completions(packs)
        )

    def _completions(self, packs: Packs) -> Iterator[Packs]:
        """The plan with later lines of started orders added, in every way their rules accept.

        Whoever has no started order is best given nothing: that never breaks a rule.
        """
        later: list[tuple[Claim, list[int]]] = []
        for order in self.world.orders.values():
            if not order.ship_complete and order.minimum_cents == 0:
                continue
            if not any(packs.get(line) for line in order.lines):
                continue
            for line in order.lines:
                claim = self.claims[line]
                if order.ship_complete:
                    if claim.want % claim.pack or packs.get(line, claim.most) != claim.most:
                        return
                    if line not in packs:
                        later.append((claim, [claim.most]))
                elif line not in packs:
                    later.append((claim, list(range(claim.most + 1))))
        if later:
            self._step(len(packs))
        remaining = _Remaining(self.world, self.claims, packs if later else {})
        yield from self._complete(dict(packs), later, remaining)

    def _complete(
        self, packs: Packs, later: list[tuple[Claim, list[int]]], remaining: "_Remaining"
    ) -> Iterator[Packs]:
        self._step()
        if not later:
            if all(self._worth_its_minimum(o, packs) for o in self.world.orders):
                yield dict(packs)
            return
        claim, choices = later[0]
        for k in choices:
            if k > remaining.packs(claim):
                break
            packs[claim.id] = k
            remaining.take(claim, k)
            yield from self._complete(packs, later[1:], remaining)
            remaining.take(claim, -k)
            del packs[claim.id]

    def _worth_its_minimum(self, order_id: str, packs: Packs) -> bool:
        order = self.world.orders[order_id]
        shipped = [(self.claims[line], packs.get(line, 0)) for line in order.lines]
        if not any(k for _, k in shipped):
            return True
        return sum(c.price * c.pack * k for c, k in shipped) >= order.minimum_cents

    def _sizes_shown(self, packs: Packs, level: list[Claim]) -> bool:
        least = self.world.settings.get("size_run_min")
        if least is None:
            return True
        for place in {(c.store, c.product) for c in level if c.kind == "S" and packs[c.id]}:
            sizes = self.world.sizes[place]  # type: ignore[index]  # an S claim has a store
            could = sum(on_hand > 0 or gap >= pack for _, gap, on_hand, pack in sizes)
            shown = sum(on_hand > 0 or packs.get(c, 0) > 0 for c, _, on_hand, _ in sizes)
            if shown < min(least, could):
                return False
        return True

    # -- warehouses --------------------------------------------------------------------------

    def _fewest_splits(self, packs: Packs) -> int | None:
        """Fewest warehouse splits that ship these packs; None when no way to ship them exists."""
        self._step(len(packs))
        capacity = tuple(self.world.pick_limit(w) or 0 for w in self.limited)
        ways: dict[tuple[int, ...], int] = {(0,) * len(capacity): 0}
        for group in self._groups(packs):
            found = self.reach(group)
            places: dict[tuple[int, ...], int] = {}
            for (picked, _), splits in found.items():
                places[picked] = min(splits, places.get(picked, splits))
            merged: dict[tuple[int, ...], int] = {}
            for before, had in ways.items():
                for picked, splits in places.items():
                    self._step()
                    total = tuple(a + b for a, b in zip(before, picked, strict=True))
                    if all(t <= c for t, c in zip(total, capacity, strict=True)):
                        merged[total] = min(merged.get(total, had + splits), had + splits)
            ways = merged
        return min(ways.values()) if ways else None

    def _groups(self, packs: Packs) -> list[tuple[tuple[str, int, int], ...]]:
        """Claims that share no SKU can be placed apart from each other, but for capacity.

        A claim is (id, packs, wanted units): the rest of a line has no fixed wish, so it is named.
        """
        given = [self.claims[c] for c in packs if packs[c]]
        root: dict[str, str] = {}

        def find(sku: str) -> str:
            while root.setdefault(sku, sku) != sku:
                sku = root[sku]
            return sku

        for claim in given:
            for sku, _ in claim.content[1:]:
                root[find(sku)] = find(claim.content[0][0])
        groups: dict[str, list[tuple[str, int, int]]] = {}
        for claim in given:
            member = (claim.id, packs[claim.id], claim.want)
            groups.setdefault(find(claim.content[0][0]), []).append(member)
        return [tuple(group) for group in groups.values()]

    def _reach(
        self, group: tuple[tuple[str, int, int], ...]
    ) -> dict[tuple[tuple[int, ...], tuple[tuple[tuple[str, str], int], ...]], int]:
        """Every (pieces picked, goods used) that ships a group, with the fewest splits for it."""
        if not group:
            return {((0,) * len(self.limited), ()): 0}
        claim, k = self.claims[group[-1][0]], group[-1][1]
        found: dict[tuple[tuple[int, ...], tuple[tuple[tuple[str, str], int], ...]], int] = {}
        for (picked, goods), splits in self.reach(group[:-1]).items():
            for parts in _shares(k, len(self.warehouses)):
                self._step(1 + len(goods))
                used = dict(goods)
                for warehouse, part in zip(self.warehouses, parts, strict=True):
                    for sku, pieces in claim.content if part else ():
                        place = (warehouse, sku)
                        used[place] = used.get(place, 0) + part * claim.pack * pieces
                if any(units > self.world.supply.get(place, 0) for place, units in used.items()):
                    continue
                load = list(picked)
                for warehouse, part in zip(self.warehouses, parts, strict=True):
                    if claim.kind != "R" and warehouse in self.limited:
                        load[self.limited.index(warehouse)] += part * claim.pack_pieces
                state = (tuple(load), tuple(sorted(used.items())))
                total = splits + sum(part > 0 for part in parts) - 1
                found[state] = min(found.get(state, total), total)
        return found


class _Remaining:
    """What is left of every bound, summed over warehouses: an optimistic view."""

    def __init__(self, world: World, claims: dict[str, Claim], given: Packs) -> None:
        self.world = world
        self.supply = dict(world.total_supply)
        self.funds = dict(world.funds)
        limits = [world.pick_limit(w) for w in world.warehouses]
        bounded = [limit for limit in limits if limit is not None]
        self.picks = sum(bounded) if len(bounded) == len(limits) else None
        self.share: dict[tuple[tuple[str, str], str], int] = {}
        for claim_id, k in given.items():
            self.take(claims[claim_id], k)

    def take(self, claim: Claim, k: int) -> None:
        for sku, pieces in claim.content:
            self.supply[sku] = self.supply.get(sku, 0) - k * claim.pack * pieces
            if claim.outlet and (limit := self.world.share_limit(sku)) is not None:
                place = (claim.outlet, sku)
                self.share[place] = self.share.get(place, limit) - k * claim.pack * pieces
        if claim.kind == "L" and claim.franchisee:
            self.funds[claim.franchisee] -= k * claim.pack * claim.price
        if claim.kind != "R" and self.picks is not None:
            self.picks -= k * claim.pack_pieces

    def packs(self, claim: Claim) -> int:
        """Most packs this claim alone could still be given."""
        bounds = [claim.most]
        for sku, pieces in claim.content:
            need = claim.pack * pieces
            bounds.append(self.supply.get(sku, 0) // need)
            if claim.outlet and (limit := self.world.share_limit(sku)) is not None:
                bounds.append(self.share.get((claim.outlet, sku), limit) // need)
        if claim.kind == "L" and claim.franchisee:
            if claim.franchisee in self.world.blocked:
                return 0
            if claim.price:
                bounds.append(self.funds[claim.franchisee] // (claim.pack * claim.price))
        if claim.kind != "R" and self.picks is not None:
            bounds.append(self.picks // claim.pack_pieces)
        return max(0, min(bounds))

    def at_most(self, claims: list[Claim]) -> tuple[int, int]:
        """More pieces, and more fairness, than these claims can possibly be given together."""
        alone = [(c, self.packs(c)) for c in claims]
        wanted: dict[str, int] = {}
        for claim, k in alone:
            for sku, pieces in claim.content:
                wanted[sku] = wanted.get(sku, 0) + k * claim.pack * pieces
        pieces = sum(min(units, self.supply.get(sku, 0)) for sku, units in wanted.items())
        return pieces, sum(c.fairness(k) for c, k in alone)


def _levels(claims: Iterable[Claim]) -> list[list[Claim]]:
    """Claims by level, levels in order; within a level by claim id, by code point."""
    levels: dict[tuple[Any, ...], list[Claim]] = {}
    for claim in sorted(claims, key=lambda c: c.id):
        levels.setdefault(claim.key, []).append(claim)
    return [levels[key] for key in sorted(levels)]


@lru_cache(maxsize=4096)
def _shares(packs: int, parts: int) -> tuple[tuple[int, ...], ...]:
    """Every way to write a number of packs as a sum over warehouses, in order."""
    if parts == 0:
        return ()
    if parts == 1:
        return ((packs,),)
    return tuple(
        (first, *rest)
        for first in range(packs, -1, -1)
        for rest in _shares(packs - first, parts - 1)
    )

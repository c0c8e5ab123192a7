"""One rank of stage 1 where the pass without budgets breaks a rule: walk from fault to fault.

Why this is exact. A level stands as the pass has it when some plan of all rules continues it: what
is best without rules is then the best with them. The pass itself says how to continue. It is a plan
of all goods at once, so the ship-complete orders that it begins and gives in full can be finished
with it, provided that their franchisee pays for an order whole when it begins and nobody exceeds a
share. So a franchisee's first fault is the first line at which its money, counted that way, does
not suffice, or at which an order begins that the pass does not finish. Orders with a minimum value
are watched from their first line on wherever money runs out.

Lines of orders started are as good as given: the pass hands out what they leave, bounds of the
other lines count the money they leave, and so the next fault lies where a franchisee really lacks
something.
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.fast.greedy_pass import order_by
from allocator.fast.shipping_pass import ShippingPass
from allocator.references import Ints, Mask


class RankWalk:
    """Settles the claims start .. end of one rank.

    Funds, orders and shares belong to one franchisee each, so the next fault is kept per
    franchisee, and looked for again only where something changed.
    """

    def __init__(self, shipping: ShippingPass, start: int, end: int) -> None:
        self.shipping, self.start, self.end = shipping, start, end
        self.next_fault: dict[int, int] = {}
        self.heap: list[tuple[int, int]] = []
        # Lines of orders started that the pass gave too little until then.
        self.crowded: list[Ints] = []
        here = slice(start, end)
        by_outlet = order_by(shipping.outlet[here], len(shipping.problem.funds))
        self.by_outlet = start + by_outlet
        self.outlets = shipping.outlet[self.by_outlet]
        self.ruled = start + np.flatnonzero(shipping.has_rule[here])
        orders = np.unique(shipping.order[self.ruled])
        self.orders_with_minimum = orders[shipping.problem.minimum[orders] > 0]
        self.multi_sku = start + np.flatnonzero(
            shipping.multi_sku[here] & (shipping.most[here] > 0)
        )
        # Per claim, from `start` on, where its money is due: a ship-complete order is paid whole
        # at its first line.
        self.due = np.arange(start, end)
        whole = self.ruled[shipping.whole[self.ruled]]
        _, lead, of = np.unique(shipping.order[whole], return_index=True, return_inverse=True)
        self.due[whole - start] = whole[lead[of]]

    def run(self) -> None:
        sh = self.shipping
        outlets = np.unique(self.outlets)
        self._look_again(self._troubled(outlets))
        while (fault := self._first_fault()) is not None:
            level = sh.level[fault]
            first = int(np.searchsorted(sh.level, level))
            behind = int(np.searchsorted(sh.level, level, side="right"))
            given_up = self._accept(first)
            here = np.arange(first, behind)
            before = sh.packs[first:behind].copy()
            sh.packs[first:behind] = sh.level_solver.solve(here, self._open_lines(first, behind))
            given_up |= self._accept(behind)
            moved = here[sh.packs[first:behind] != before]
            # Whoever was at fault here, or got something else than the pass gave, has other funds
            # left than the pass thought.
            troubled = set(sh.outlet[moved].tolist())
            troubled |= self.next_fault.keys() & set(sh.outlet[here].tolist())
            troubled |= {f for f, at in self.next_fault.items() if at < behind}
            self._look_again(troubled | given_up | self._tighten_by_capacity())
        sh.accept(self.end)
        sh.level_solver.started.clear()
        sh.state.promised.clear()

    def _accept(self, end: int) -> set[int]:
        """Take over the pass up to here; whose ship-complete orders are given up by that.

        An order that got nothing on its first line gets nothing on the others.
        """
        sh, done = self.shipping, self.shipping.done
        sh.accept(end)
        given_up: set[int] = set()
        low, high = np.searchsorted(self.ruled, [done, end])
        lines = self.ruled[low:high]
        lines = lines[sh.whole[lines]]
        if not len(lines):
            return given_up
        p, state = sh.problem, sh.state
        orders = np.unique(sh.order[lines]).tolist()
        coming = sh.level_solver.started.note(orders, end)
        crowded = coming[sh.packs[coming] < sh.most[coming]]
        sh.packs[crowded] = sh.most[crowded]
        self.crowded.append(crowded[~sh.multi_sku[crowded]])
        for order in orders:
            if state.order_seen[order] and state.order_packs[order] == 0:
                rest = [i for i in p.lines_of_order(order) if i >= end and sh.most[i] > 0]
                if rest:
                    sh.most[rest] = 0
                    given_up.add(int(p.order_franchisee[order]))
        return given_up

    def _troubled(self, outlets: Ints) -> set[int]:
        """Franchisees for whom the pass breaks a rule, or whose orders need to be watched."""
        sh, p = self.shipping, self.shipping.problem
        here = slice(self.start, self.end)
        packs, outlet = sh.packs[here], sh.outlet[here]
        spent = np.bincount(outlet, weights=packs * sh.cost[here], minlength=len(p.funds))
        found = {int(f) for f in outlets[spent[outlets] > p.funds[outlets]]}
        if len(self.ruled):
            found |= {int(f) for f in sh.outlet[self.ruled[sh.broken_orders(self.ruled)]]}
        if p.resources.of_outlets:
            mine = np.arange(self.start, self.end)
            found |= {int(f) for f in outlet[sh.over_share(mine) & (packs > 0)]}
        return found

    def _first_fault(self) -> int | None:
        sh = self.shipping
        fault = self.end
        while self.heap:
            at, outlet = self.heap[0]
            if self.next_fault.get(outlet) == at and at >= sh.done:
                fault = at
                break
            heapq.heappop(self.heap)
        at = int(np.searchsorted(self.multi_sku, sh.done))
        if at < len(self.multi_sku):
            fault = min(fault, int(self.multi_sku[at]))
        limit = sh.capacity
        if limit is not None and sh.done < self.end:
            rest = slice(sh.done, self.end)
            # What orders started still need is set aside.
            picks = sh.packs[rest] * sh.pieces[rest]
            coming = sh.level_solver.started.is_coming[rest]
            left = limit - sh.state.picked - int(picks[coming].sum())
            picks[coming] = 0
            over = np.cumsum(picks) > left
            if over.any():
                # Any order that is finished later may be cut short by the warehouse.
                watched = self.ruled[np.searchsorted(self.ruled, sh.done) :]
                watched = watched[sh.most[watched] > 0][:1]
                fault = min(fault, sh.done + int(np.argmax(over)), *watched.tolist())
        return fault if fault < self.end else None

    def _look_again(self, outlets: set[int]) -> None:
        """Tighten bounds by the funds left, repeat the pass where they bite, find next faults."""
        sh = self.shipping
        if sh.done >= self.end:
            return
        pending, seen = set(outlets), set(outlets)
        cut, self.crowded = [claims for claims in self.crowded if len(claims)], []
        while pending or cut:
            cut += [claims for f in sorted(pending) if len(claims := self._tighten(f))]
            pending = set()
            if cut:
                moved = self._repeat_pass(np.concatenate(cut))
                pending = set(np.unique(sh.outlet[moved]).tolist()) - seen
                seen |= pending
            cut = []
        for outlet in sorted(seen):
            fault = self._next_fault(outlet)
            if fault is None:
                self.next_fault.pop(outlet, None)
            else:
                self.next_fault[outlet] = fault
                heapq.heappush(self.heap, (fault, outlet))

    def _claims_of(self, outlet: int) -> Ints:
        sh = self.shipping
        low, high = np.searchsorted(self.outlets, [outlet, outlet + 1])
        claims = self.by_outlet[low:high]
        return np.asarray(claims[np.searchsorted(claims, sh.done) :])

    def _tighten(self, outlet: int) -> Ints:
        """Lower the franchisee's bounds; the claims for which the pass gave more than them."""
        sh = self.shipping
        claims = self._claims_of(outlet)
        started = sh.level_solver.started
        left = max(
            int(sh.problem.funds[outlet] - sh.state.spent[outlet] - started.cents[outlet]), 0
        )
        lower = claims[sh.most[claims] * sh.cost[claims] > left]
        lower = lower[~started.is_coming[lower]]
        if len(lower):
            sh.most[lower] = left // sh.cost[lower]
            if sh.any_rule and sh.has_rule[lower].any():
                sh.give_up_infeasible(claims[sh.has_rule[claims]])
        return claims[(sh.packs[claims] > sh.most[claims]) & ~sh.multi_sku[claims]]

    def _tighten_by_capacity(self) -> set[int]:
        """Lower all bounds of the rank by the picks left; who then gets something else."""
        sh = self.shipping
        if sh.capacity is None or sh.done >= self.end:
            return set()
        rest = slice(sh.done, self.end)
        coming = sh.level_solver.started.is_coming[rest]
        needed = int((sh.most[rest] * sh.pieces[rest])[coming].sum())
        bound = (sh.capacity - sh.state.picked - needed) // sh.pieces[rest]
        bound[coming] = sh.most[rest][coming]
        np.minimum(sh.most[rest], bound, out=sh.most[rest])
        cut = sh.done + np.flatnonzero((sh.packs[rest] > bound) & ~sh.multi_sku[rest])
        if not len(cut):
            return set()
        sh.give_up_infeasible(self.ruled[np.searchsorted(self.ruled, sh.done) :])
        return set(sh.outlet[self._repeat_pass(cut)].tolist())

    def _repeat_pass(self, cut: Ints) -> Ints:
        """Hand out again along the SKUs of these claims; the claims that get something else.

        Where the pass gave all that could be taken up to the end of the rank, all that can be
        taken now, which is less, is there too: nobody else is concerned.
        """
        sh = self.shipping
        sku = sh.wishes.sku[cut]
        is_short = sh.shortage.first[sku] < self.end
        alone = cut[~is_short]
        packs = sh.most[alone]
        moved: Ints = alone[packs != sh.packs[alone]]
        sh.packs[alone] = packs
        if is_short.any():
            skus = np.unique(sku[is_short])
            claims, queues = sh.claims_of_skus(skus, sh.done, self.end)
            packs = sh.pass_again(claims, queues)
            moved = np.concatenate([moved, claims[packs != sh.packs[claims]]])
            sh.packs[claims] = packs
        return moved

    def _next_fault(self, outlet: int) -> int | None:
        """The first claim from here on where the pass breaks a rule of this franchisee's."""
        sh, p = self.shipping, self.shipping.problem
        claims = self._claims_of(outlet)
        if not len(claims):
            return None
        packs = sh.packs[claims]
        faults = []
        # What orders started still need is set aside, and left out of the bill.
        started = sh.level_solver.started
        money: NDArray[Any] = (packs * sh.cost[claims]).astype(np.float64)
        ruled = sh.has_rule[claims]
        if len(self.ruled):
            ruled = ruled & ((sh.most[claims] > 0) | (packs > 0))
        if has_rule := bool(ruled.any()):
            money[started.is_coming[claims]] = 0
            # What is due before `done` belongs to orders started, and is zero.
            due = np.searchsorted(claims, self.due[claims - self.start])
            money = np.bincount(due, weights=money, minlength=len(claims))
        bill = np.cumsum(money)
        left = p.funds[outlet] - sh.state.spent[outlet] - started.cents[outlet]
        is_short = bool(bill[-1] > left)
        if is_short:
            faults.append(int(claims[np.argmax(bill > left)]))
        is_over = False
        if p.resources.of_outlets:
            over = sh.over_share(claims) & (packs > 0)
            is_over = bool(over.any())
            if is_over:
                faults.append(int(claims[np.argmax(over)]))
        if has_rule:
            faults += self._faults_of_orders(claims, ruled, is_short, is_over)
        return min(faults, default=None)

    def _faults_of_orders(
        self, claims: Ints, ruled: Mask, is_short: bool, is_over: bool
    ) -> list[int]:
        """Where the pass breaks orders' rules, or proves nothing for them.

        Ship-complete orders that the pass gives in full, and that are paid for when they begin, can
        be finished: the pass itself says how. An order with a minimum may lack the money later.
        """
        sh = self.shipping
        faults = []
        lines = claims[ruled]
        if is_over or is_short:
            proven = sh.level_solver.started.is_coming[lines]
            if not is_over:
                proven |= sh.whole[lines]
            faults += lines[~proven][:1].tolist()
        broken = sh.broken_orders(lines)
        if broken.any():
            faults.append(int(lines[np.argmax(broken)]))
        if len(self.orders_with_minimum):
            waiting = self._started_without_minimum() & set(sh.order[claims[ruled]].tolist())
            if waiting:
                lines = claims[ruled]
                if sh.broken_orders(lines)[np.isin(sh.order[lines], list(waiting))].any():
                    faults.append(sh.done)
                if is_short:
                    faults.append(int(claims[np.argmax(sh.packs[claims] > 0)]))
        return faults

    def _open_lines(self, first: int, behind: int) -> list[int]:
        """Lines behind this level that undecided orders with a line here may need, or orders
        started that lack their minimum. What ship-complete orders started need is reserved
        already."""
        sh = self.shipping
        if not len(self.ruled):
            return []
        p, state = sh.problem, sh.state
        here = sh.order[first:behind]
        touched = set(np.unique(here[sh.has_rule[first:behind]]).tolist())
        touched |= self._started_without_minimum()
        return [
            line
            for order in sorted(touched)
            if not (p.ship_complete[order] and state.order_packs[order] > 0)
            for line in p.lines_of_order(order)
            if line >= behind
        ]

    def _started_without_minimum(self) -> set[int]:
        p, state = self.shipping.problem, self.shipping.state
        orders = self.orders_with_minimum
        if not len(orders):
            return set()
        waiting = (state.order_packs[orders] > 0) & (state.order_value[orders] < p.minimum[orders])
        return {int(o) for o in orders[waiting]}

"""Packs of odd shapes, rare in practice: the one door to what shares out a single scarce resource.

All of it is exact: the best T, then G, then D (`allocator.program.goals`). Each is a knapsack whose
items, the packs of a claim, are worth less one by one; D decides among equals. What one way finds
too large it leaves to the next: `single_resource_dp` where packs are few or take money,
`mixed_packs` where they are of several sizes, `odd_packs` where sizes are many and odd,
`pack_count_program` for the rest.
"""

from allocator.rare.odd_packs import share_odd as share_by_sums
from allocator.rare.one_sku import share_one_sku, worths
from allocator.rare.pack_count_program import HardGroup, hard_group_by_program
from allocator.rare.single_resource_dp import MOST_PACKS_SEEN, Bundle, PackRow
from allocator.rare.single_resource_dp import choose as choose_packs

__all__ = [
    "MOST_PACKS_SEEN",
    "Bundle",
    "HardGroup",
    "PackRow",
    "choose_packs",
    "hard_group_by_program",
    "share_by_sums",
    "share_one_sku",
    "worths",
]

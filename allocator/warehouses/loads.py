"""What is to be placed in warehouses, what they hold, and where it was placed."""

from allocator.resources import PICKS, Resource

PICKED: Resource = (PICKS, 0)
# Available: (warehouse, resource) -> how much there is. Load: packs given, and what one pack takes
# of each resource.
Available = dict[tuple[int, Resource], int]
Load = tuple[int, dict[Resource, int]]
# Of each load: warehouse -> packs.
Where = list[dict[int, int]]


def splits_of(where: Where) -> int:
    """Warehouses beyond one, over all claims."""
    return sum(len(one) - 1 for one in where)

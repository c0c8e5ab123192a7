"""A run warns of what concerns it, and of nothing else."""

from typing import Any

import pytest

from allocator import problem_from
from domain.messages import message_of
from tests.allocator.worlds import world

WINTER = "Region R is not in the AW region order; it follows the listed ones."
SUMMER = "Region R is not in the SS region order; it follows the listed ones."


@pytest.mark.parametrize(
    ("season", "unlisted_in", "gap", "warned"),
    [
        ("SS", "AW", {"season": "AW"}, [WINTER]),
        ("SS", "AW", {"season": "SS"}, []),
        ("SS", "AW", {"season": "NS"}, []),
        ("AW", "AW", {"season": "NS"}, [WINTER]),
        ("SS", "SS", {"season": "SS"}, [SUMMER]),
        ("SS", "SS", {"season": "NS"}, [SUMMER]),
        ("SS", "SS", {"season": "AW"}, []),
    ],
)
@pytest.mark.parametrize("table", ["store_stock", "region_reserves"])
def test_an_order_without_a_region_is_warned_of_where_it_decides(
    season: str, unlisted_in: str, gap: dict[str, Any], warned: list[str], table: str
) -> None:
    """P5: another season's order, or one that the region wants no goods of, is no concern."""
    wants = {
        "store_stock": {"store_id": "S", "sku_id": "K1", "safety": 3},
        "region_reserves": {"region_id": "R", "sku_id": "K1", "target": 3},
    }
    order: dict[str, tuple[str, ...]] = {"SS": ("R",), "AW": ("R",)}
    found = problem_from(
        world(
            {"season": season, "region_order": {**order, unlisted_in: ()}},
            products=[{"product_id": "P", **gap}],
            **{table: [wants[table]]},
        )
    )
    assert [str(message_of(each)) for each in found.warnings] == warned


def test_a_region_that_lacks_nothing_is_not_warned_of() -> None:
    full = [{"store_id": "S", "sku_id": "K1", "safety": 3, "on_hand": 3}]
    found = problem_from(world({"region_order": {"SS": (), "AW": ()}}, store_stock=full))
    assert list(found.warnings) == []

"""How evenly a plan fills groups of one kind, in base and scenario."""

from decimal import Decimal
from typing import Any

import strawberry

from gql.limits import SIZE


@strawberry.type(description="How evenly groups of one kind are filled; shares of one.")
class FairnessFigures:
    """Figures of one side."""

    groups: int = strawberry.field(description="How many groups want anything.")
    spread: Decimal = strawberry.field(description="Highest fill less lowest; 0 = all equal.")
    jain: Decimal = strawberry.field(description="Jain's index; 1 = all equal.")
    gini: Decimal = strawberry.field(description="Gini's index; 0 = all equal.")
    worst: list[str] = strawberry.field(description="Codes of the worst served, ten at most.")

    @classmethod
    def of(cls, figures: dict[str, Any]) -> "FairnessFigures":
        """The figures that the comparison kept."""
        return cls(
            groups=figures["groups"],
            spread=Decimal(figures["spread_ppm"]).scaleb(-6),
            jain=Decimal(figures["jain_ppm"]).scaleb(-6),
            gini=Decimal(figures["gini_ppm"]).scaleb(-6),
            worst=figures["worst"],
        )


@strawberry.type(description="Fairness among groups of one kind, in base and scenario.")
class FairnessRow:
    """One kind of group."""

    kind: str = strawberry.field(
        description="franchisees_shipped, franchisees, tiers, regions, reserves or stores."
    )
    base: FairnessFigures = strawberry.field(description="Without the changes.")
    scenario: FairnessFigures = strawberry.field(description="With the changes.")


def fairness_rows(comparison: dict[str, Any]) -> list[FairnessRow]:
    """The rows that a comparison kept; one made before there were such figures has none."""
    return [
        FairnessRow(
            kind=row["kind"],
            base=FairnessFigures.of(row["base"]),
            scenario=FairnessFigures.of(row["scenario"]),
        )
        for row in comparison.get("fairness", ())
    ]


FAIRNESS_SIZE = {SIZE: 6}

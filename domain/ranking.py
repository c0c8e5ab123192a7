"""A proposed rank for each franchisee, from region, importance and accumulated orders (P7).

The proposal stands beside the rank that CHANNEL enters; it never takes its place by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.messages import Message, msg
from domain.policy import Policy

CLASS_PLACES = {"A": 1, "B": 2, "C": 3}


@dataclass(frozen=True, slots=True)
class RankFacts:
    """What is known of a customer; units: ordered within the policy's window, not cancelled."""

    customer: str
    region: str | None
    customer_class: str
    units_ordered: int
    entered_rank: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One criterion's figure; the smaller `place` comes first."""

    criterion: str
    place: int
    text: Message


@dataclass(frozen=True, slots=True)
class ProposedRank:
    """A proposal beside the entered rank, with the figures it rests on, the first deciding."""

    customer: str
    proposed: int
    entered: int
    figures: tuple[Figure, ...]


def propose_ranks(facts: Sequence[RankFacts], policy: Policy, season: str) -> list[ProposedRank]:
    """Ranks from 1 by the policy's criteria in their order; equal figures share a rank.

    A region that the season does not list comes after the listed ones (P5).
    """
    order = policy.region_order[season]
    places = {region: place for place, region in enumerate(order, start=1)}
    figures = {each.customer: _figures(each, policy, season, places) for each in facts}
    keys = {
        customer: tuple(figure.place for figure in found) for customer, found in figures.items()
    }
    rank_of = {key: rank for rank, key in enumerate(sorted(set(keys.values())), start=1)}
    proposed = [
        ProposedRank(
            each.customer, rank_of[keys[each.customer]], each.entered_rank, figures[each.customer]
        )
        for each in facts
    ]
    return sorted(proposed, key=lambda each: (each.proposed, each.customer))


def _figures(
    facts: RankFacts, policy: Policy, season: str, places: Mapping[str, int]
) -> tuple[Figure, ...]:
    return tuple(
        _FIGURES[criterion](facts, policy, season, places) for criterion in policy.rank_criteria
    )


def _region(facts: RankFacts, policy: Policy, season: str, places: Mapping[str, int]) -> Figure:
    last = len(places) + 1
    place = last if facts.region is None else places.get(facts.region, last)
    if facts.region is None:
        text = msg("ranking.NO_REGION")
    elif place == last:
        text = msg("ranking.REGION_NOT_LISTED", region=facts.region, season=season)
    else:
        text = msg("ranking.REGION_PLACE", region=facts.region, place=place, season=season)
    return Figure("REGION", place, text)


def _class(facts: RankFacts, policy: Policy, season: str, places: Mapping[str, int]) -> Figure:
    return Figure(
        "CLASS",
        CLASS_PLACES[facts.customer_class],
        msg("ranking.CLASS", customer_class=facts.customer_class),
    )


def _units(facts: RankFacts, policy: Policy, season: str, places: Mapping[str, int]) -> Figure:
    days = policy.rank_window_days
    units = facts.units_ordered
    text = (
        msg("ranking.UNITS_IN_DAYS", units=units, days=days)
        if days
        else msg("ranking.UNITS", units=units)
    )
    # More comes first.
    return Figure("UNITS", -units, text)


_FIGURES = {"REGION": _region, "CLASS": _class, "UNITS": _units}

"""A company's numbers and lists, held as data and checked as a whole (P5, P7)."""

from domain.policy.model import (
    AUTUMN_WINTER,
    AUTUMN_WINTER_REGIONS,
    NON_SEASONAL,
    SELLING_SEASONS,
    SPRING_SUMMER,
    SPRING_SUMMER_REGIONS,
    Policy,
)

__all__ = [
    "AUTUMN_WINTER",
    "AUTUMN_WINTER_REGIONS",
    "NON_SEASONAL",
    "SELLING_SEASONS",
    "SPRING_SUMMER",
    "SPRING_SUMMER_REGIONS",
    "Policy",
]

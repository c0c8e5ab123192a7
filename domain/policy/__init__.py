"""A company's numbers and lists, held as data and checked as a whole (P5, P7)."""

from domain.policy.model import (
    AUTUMN_WINTER_REGIONS,
    SPRING_SUMMER_REGIONS,
    Policy,
)

__all__ = [
    "AUTUMN_WINTER_REGIONS",
    "SPRING_SUMMER_REGIONS",
    "Policy",
]

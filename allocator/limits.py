"""How long a solve may take, and what it was stopped by."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

# The solver's work per search where no limit is set, a minute or two: what this does not show is
# listed as unproven. Searches of real data take a hundredth of it.
USUAL_WORK = 60.0
# Where there is no other way to a plan at all.
WORK_FOR_ANY_PLAN = 600.0


@dataclass
class SearchLimits:
    """deterministic: work units of the solver per search, the same on every machine; None = as many
    as are usual, which keeps hostile input from running for ever.

    deadline: `time.monotonic()` at which all search ends; a plan cut by it is not reproducible.
    """

    deterministic: float | None = None
    deadline: float | None = None
    seed: int = 0
    out_of_time: bool = field(default=False)

    @staticmethod
    def starting_now(
        seconds: float | None, deterministic: float | None = None, seed: int = 0
    ) -> SearchLimits:
        """Limits of which the wall clock starts to run now."""
        deadline = None if seconds is None else time.monotonic() + seconds
        return SearchLimits(deterministic, deadline, seed)

    @property
    def work(self) -> float:
        """Work units of the solver that one search may take."""
        return USUAL_WORK if self.deterministic is None else self.deterministic

    def for_any_plan(self) -> SearchLimits:
        """For a search without a goal that must find a plan, whatever the limits are."""
        return SearchLimits(WORK_FOR_ANY_PLAN, seed=self.seed)

    def seconds_left(self) -> float | None:
        if self.deadline is None:
            return None
        left = max(self.deadline - time.monotonic(), 0.0)
        self.out_of_time |= left <= 0.0
        return left

    def note_cut(self, work_done: float) -> None:
        """A search ended before its proof: with all its work done, or else by the wall clock."""
        if self.deadline is not None and work_done < self.work:
            self.out_of_time = True


class CutShort(Exception):
    """A search ended before its proof where only what is proven is of use."""


@dataclass
class LevelNotes:
    """Levels that were cut short: the bound on T of each."""

    unproven: dict[int, int]


@dataclass
class Report:
    """How levels were decided: claims handed to the program, bounds of levels cut short."""

    by_program: int = 0
    programs: int = 0
    unproven: dict[int, int] = field(default_factory=dict)

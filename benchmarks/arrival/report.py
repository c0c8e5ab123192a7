"""The tables and the JSON of what was measured; medians over rounds."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any, TypeVar

from benchmarks.arrival.arriving import PHASES, Arrival
from benchmarks.arrival.replaying import Replay
from benchmarks.arrival.trickling import Trickle

MIB = 1 << 20
KB = 1000
ABSENT = "-"

R = TypeVar("R", Arrival, Trickle)

ARRIVAL_HEAD = (
    f"{'lines':>9} {'database':<8} {'stats':<7} {'ended':<9} {'s':>7}"
    f" {'read':>6} {'asmbl':>6} {'solve':>6} {'write':>6} {'levels':>6}"
    f" {'limit':>6} {'ratio':>6} {'given':>9} {'MiB':>6} {'<=MiB':>6} {'grew MiB':>8} {'afresh':>6}"
)
TRICKLE_HEAD = (
    f"{'lines':>9} {'database':<8} {'stats':<7} {'workers':>7} {'receipts':>8} {'a minute':>9}"
    f" {'s':>7} {'runs':>6} {'open':>5} {'FAILED':>6} {'deadlocks':>9} {'afresh':>6}"
    f" {'KB each':>8} {'at checkpoint':>13} {'MiB':>6}"
)


def arrival_row(rounds: Sequence[Arrival]) -> str:
    """One cell of arrivals; where a round did not commit, its state stands for all."""
    one = rounds[0]
    ended = next((each.status for each in rounds if each.status != "COMMITTED"), "COMMITTED")
    phases = " ".join(_shown(_median(rounds, _phase(name)), 6, 2) for name in PHASES)
    return (
        f"{one.lines:>9,} {one.database:<8} {one.statistics:<7} {ended:<9}"
        f" {_shown(_median(rounds, lambda r: r.seconds), 7, 2)} {phases}"
        f" {_shown(_median(rounds, _levels_s), 6, 2)}"
        f" {_shown(_median(rounds, _limit_s), 6, 2)}"
        f" {_shown(_median(rounds, lambda r: r.ratio), 6, 1)}"
        f" {_shown(_median(rounds, lambda r: r.given_rows), 9, 0)}"
        f" {_shown(_median(rounds, lambda r: _in(r.together_peak, MIB)), 6, 0)}"
        f" {_shown(_median(rounds, lambda r: _in(r.sum_of_peaks, MIB)), 6, 0)}"
        f" {_shown(_median(rounds, lambda r: r.grown / MIB), 8, 1)}"
        f" {sum(r.fresh_starts for r in rounds):>6}"
    )


def trickle_row(rounds: Sequence[Trickle]) -> str:
    """One cell of receipts a minute; what went wrong is added up over its rounds."""
    one = rounds[0]
    still_open = sum(
        count
        for each in rounds
        for state, count in each.runs.items()
        if state in ("QUEUED", "CLAIMED", "SOLVING")
    )
    return (
        f"{one.lines:>9,} {one.database:<8} {one.statistics:<7} {one.workers:>7}"
        f" {one.receipts:>8} {_shown(_median(rounds, lambda r: r.per_minute), 9, 0)}"
        f" {_shown(_median(rounds, lambda r: r.seconds), 7, 1)}"
        f" {_shown(_median(rounds, lambda r: sum(r.runs.values())), 6, 0)} {still_open:>5}"
        f" {sum(r.runs.get('FAILED', 0) for r in rounds):>6}"
        f" {sum(r.deadlocks for r in rounds):>9} {sum(r.fresh_starts for r in rounds):>6}"
        f" {_shown(_median(rounds, lambda r: r.grown / r.receipts / KB), 8, 1)}"
        f" {_shown(_median(rounds, lambda r: r.growth_per_receipt / KB), 13, 1)}"
        f" {_shown(_median(rounds, lambda r: _in(r.together_peak, MIB)), 6, 0)}"
    )


def replay_row(replay: Replay) -> str:
    """The replay in one line."""
    peak = _shown(_in(replay.together_peak, MIB), 0, 0)
    return f"{replay.data}: {replay.seconds:.1f} s, {peak} MiB; {replay.last_line}"


def as_json(
    arrivals: Iterable[Sequence[Arrival]],
    trickles: Iterable[Sequence[Trickle]],
    replay: Replay | None,
    skipped: Sequence[str],
) -> dict[str, Any]:
    """Every round by itself, for programs."""
    return {
        "cpus": os.cpu_count(),
        "arrivals": [{**asdict(one), "ratio": one.ratio} for rounds in arrivals for one in rounds],
        "receipts": [
            {**asdict(one), "per_minute": one.per_minute} for rounds in trickles for one in rounds
        ],
        "replay": None if replay is None else asdict(replay),
        "skipped": list(skipped),
    }


def _phase(name: str) -> Callable[[Arrival], float | None]:
    return lambda arrival: arrival.phases.get(name, {}).get("seconds")


def _levels_s(arrival: Arrival) -> float | None:
    """The solver's own seconds, without loading, checking and sending the plan."""
    return sum(arrival.solver_seconds.values()) if arrival.solver_seconds else None


def _limit_s(arrival: Arrival) -> float | None:
    return None if arrival.limit is None else arrival.limit.seconds


def _median(rounds: Sequence[R], of: Callable[[R], float | None]) -> float | None:
    values = [value for each in rounds if (value := of(each)) is not None]
    return median(values) if values else None


def _in(count: int | None, unit: int) -> float | None:
    return None if count is None else count / unit


def _shown(value: float | None, width: int, places: int) -> str:
    return f"{ABSENT:>{width}}" if value is None else f"{value:>{width},.{places}f}"

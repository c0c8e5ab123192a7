"""The benchmark of whole processes: its contenders hand out alike, and each is measured."""

from pathlib import Path

from benchmarks.allocator.instances import PROFILES, write_instance
from benchmarks.command.run import LOOPS, OURS, measure, row


def test_both_loops_hand_out_alike_and_each_process_is_measured(tmp_path: Path) -> None:
    folder = write_instance(tmp_path / "in", 400, PROFILES["tied"], seed=3)
    costs = measure(folder, rounds=1)
    assert list(costs) == [OURS, *LOOPS]
    for name, its in costs.items():
        assert len(its) == 1
        assert its[0].cpu_s > 0
        assert its[0].peak_mib > 1
        assert name in row(400, name, its, costs[OURS])

"""What people do with time limits."""

from domain.commands import command, described
from domain.roles import Action

CLOCK = "Clock"
_WHY = "Why; needed to pause and to stop."


@command(
    "clockPause",
    Action.WORK_CLOCKS,
    subject=CLOCK,
    title=("Pause the time limit", "暂停计时"),
    history=("Time limit paused", "计时已暂停"),
)
class PauseClock:
    """Let a clock stand still while we wait for others."""

    reason: str | None = described(_WHY, default=None)


@command(
    "clockResume",
    Action.WORK_CLOCKS,
    subject=CLOCK,
    title=("Resume the time limit", "恢复计时"),
    history=("Time limit resumed", "计时已恢复"),
)
class ResumeClock:
    """Let a paused clock run on with the time it had left."""

    reason: str | None = described(_WHY, default=None)


@command(
    "clockStop",
    Action.WORK_CLOCKS,
    subject=CLOCK,
    title=("Stop the time limit", "停止计时"),
    history=("Time limit stopped", "计时已停止"),
)
class StopClock:
    """Stop a clock by hand: what it waited for is done."""

    reason: str | None = described(_WHY, default=None)

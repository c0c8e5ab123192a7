"""Where tasks stand, and what happens to them and to time limits."""

from domain.vocabulary import Vocabulary, word


class TaskState(Vocabulary):
    """Where a task stands today."""

    OPEN = word("Open", "待处理", "To be done.")
    SNOOZED = word("Snoozed", "已推迟", "Comes back on a later day.")
    DONE = word("Done", "已完成")
    DROPPED = word("Dropped", "已撤销", "Nothing is left to do.")


class TaskChangeKind(Vocabulary):
    """What changed of a task."""

    RAISED = word("Raised", "新增")
    MOVED = word("Moved", "改期")
    DONE = word("Done", "完成")
    SNOOZED = word("Snoozed", "推迟")
    HANDED_ON = word("Handed on", "转交")
    DROPPED = word("Dropped", "撤销")


class ClockChangeKind(Vocabulary):
    """What happened to a time limit."""

    STARTED = word("Started", "开始计时")
    PAUSED = word("Paused", "暂停计时")
    RESUMED = word("Resumed", "恢复计时")
    MOVED = word("Moved", "调整期限")
    REMINDED = word("Reminded", "提醒")
    BREACHED = word("Breached", "超时")
    STOPPED = word("Stopped", "按要求办结")
    DROPPED = word("Dropped", "不再适用")

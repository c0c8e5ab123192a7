"""The timeline's entries of milestones with their slips, tasks, clocks and inspections (O15)."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.messages import Message, msg
from domain.milestones import expected_on
from domain.milestones.states import is_over
from domain.milestones.vocabularies import MilestoneChangeKind
from domain.production import InspectionKind, InspectionResult
from domain.timeline import TimelineKind
from services.timeline.entries import TimelineEntry, TimelineReader

_RESULTS = {
    InspectionResult.PASSED: ("Inspection passed", "验货合格"),
    InspectionResult.FAILED: ("Inspection failed", "验货不合格"),
}


def of_milestones(
    found: Sequence[Any],
    steps: Mapping[int, Any],
    events: Sequence[Any],
    reader: TimelineReader,
) -> Iterator[TimelineEntry]:
    """What is expected, and the history of what moved, closed, opened again or was left out."""
    row_of = {milestone.id: milestone for milestone in found}
    closings = set()
    for event in events:
        row = row_of[event.milestone_id]
        entry = _of_event(event, row, steps[row.step_id], reader)
        if entry is not None:
            if entry.kind == TimelineKind.MILESTONE_CLOSED:
                closings.add(event.milestone_id)
            yield entry
    for milestone in found:
        step = steps[milestone.step_id]
        if milestone.closed_on is not None:
            # One that came closed from elsewhere has no history here.
            if milestone.id not in closings:
                yield _imported_closing(milestone, step, reader)
        elif _expected(milestone) is not None and not milestone.skipped:
            if _has_passed(milestone, reader):
                yield _of_day(TimelineKind.MILESTONE_PASSED, milestone, step, reader)
            elif milestone.is_open:
                yield _of_day(TimelineKind.MILESTONE_EXPECTED, milestone, step, reader)


def _expected(row: Any) -> dt.date | None:
    return expected_on(row.estimated_on, row.event_on)


def _has_passed(row: Any, reader: TimelineReader) -> bool:
    """Whether a step that is a day in the calendar and no more lies behind us (M2).

    While something that it waits for is open, its day has gone by and the thing has not happened:
    nothing arrives that is still being picked.
    """
    if reader.today is None:
        return not (row.takes_closed or row.waits or row.is_open)
    return is_over(
        _expected(row),
        reader.today,
        takes_closed=row.takes_closed,
        waits=row.waits,
        is_open=row.is_open,
    )


def _of_day(kind: TimelineKind, row: Any, step: Any, reader: TimelineReader) -> TimelineEntry:
    """A step on the day on which it is expected, or was."""
    expected = _expected(row)
    if expected is None:
        raise LookupError(f"step {step.number} has no day")
    details = {"ownerRole": step.owner_role} if reader.is_staff else {}
    if reader.today is not None and kind == TimelineKind.MILESTONE_EXPECTED:
        name = "daysLate" if expected < reader.today else "daysLeft"
        details[name] = str(abs((expected - reader.today).days))
    planned = row.baseline_on or row.first_estimated_on
    if planned is not None and planned != expected:
        details["plannedOn"] = planned.isoformat()
    if row.reported_on is not None and reader.is_staff:
        details["vendorsNewDate"] = row.reported_on.isoformat()
    return TimelineEntry(
        f"step:{row.id}",
        reader.start_of(expected),
        kind,
        (step.label_en, step.label_zh),
        details=details,
        milestone_id=row.id,
        is_all_day=True,
    )


def _of_event(event: Any, row: Any, step: Any, reader: TimelineReader) -> TimelineEntry | None:
    before, after = event.before or {}, event.after or {}
    if event.kind == MilestoneChangeKind.CLOSED:
        return _closing(event, row, step, reader)
    kind, (en, zh) = {
        MilestoneChangeKind.REOPENED: (
            TimelineKind.MILESTONE_REOPENED,
            ("opened again", "已重新打开"),
        ),
        MilestoneChangeKind.SKIPPED: (TimelineKind.MILESTONE_SKIPPED, ("left out", "已跳过")),
    }.get(event.kind, (TimelineKind.MILESTONE_MOVED, ("moved", "日期变动")))
    details = {"reason": event.reason} if event.reason and reader.is_staff else {}
    if kind == TimelineKind.MILESTONE_MOVED:
        moved = _moved(before, after, reader)
        if moved is None:
            return None
        details.update(moved)
    return TimelineEntry(
        f"step-event:{event.id}",
        event.at,
        kind,
        (f"{step.label_en}: {en}", f"{step.label_zh}：{zh}"),
        event.actor,
        details,
        milestone_id=event.milestone_id,
    )


def _moved(
    before: Mapping[str, Any], after: Mapping[str, Any], reader: TimelineReader
) -> dict[str, str] | None:
    """From which day to which; None where a step only got its first day.

    What a vendor says beside its first date is for our people.
    """
    for name in ("estimatedOn", "eventOn", "reportedOn"):
        was, now = before.get(name), after.get(name)
        if name == "reportedOn":
            return None if now is None or not reader.is_staff else {"vendorsNewDate": str(now)}
        if was is not None and now is not None:
            days = (dt.date.fromisoformat(now) - dt.date.fromisoformat(was)).days
            return {"from": was, "to": now, "days": f"{days:+d}"}
    return None


def _closing(event: Any, row: Any, step: Any, reader: TimelineReader) -> TimelineEntry:
    """A step was closed: on which day, by whom, and who wrote it down.

    Who closed it may be another than who wrote it down. A customer reads the latter only.
    """
    after = event.after or {}
    details = _expectation(row)
    if reader.is_staff:
        by = after.get("closedBy")
        if by is not None and by != event.actor:
            details["closedBy"] = by
        if event.reason:
            details["reason"] = event.reason
        if "overrides" in after:
            details["overrides"] = str(after["overrides"])
    at, is_all_day = reader.moment(dt.date.fromisoformat(after["closedOn"]), event.at)
    return TimelineEntry(
        f"step-event:{event.id}",
        at,
        TimelineKind.MILESTONE_CLOSED,
        (step.label_en, step.label_zh),
        event.actor,
        details,
        milestone_id=row.id,
        is_all_day=is_all_day,
    )


def _imported_closing(row: Any, step: Any, reader: TimelineReader) -> TimelineEntry:
    """A step that an import brought closed; who recorded it there is not known."""
    at, is_all_day = reader.moment(row.closed_on, row.closed_at)
    return TimelineEntry(
        f"step:{row.id}",
        at,
        TimelineKind.MILESTONE_CLOSED,
        (step.label_en, step.label_zh),
        row.closed_by if reader.is_staff else None,
        _expectation(row),
        milestone_id=row.id,
        is_all_day=is_all_day,
    )


def _expectation(row: Any) -> dict[str, str]:
    expected = _expected(row)
    return {} if expected is None else {"expectedOn": expected.isoformat()}


def of_tasks(found: Sequence[Any]) -> Iterator[TimelineEntry]:
    """Tasks that rules raised, and who ended them; for our people only."""
    for task in found:
        yield TimelineEntry(
            f"task:{task.id}",
            task.raised_at,
            TimelineKind.TASK_RAISED,
            Message.from_json(task.title).labels,
            task.raised_by,
            {"ownerRole": task.owner_role, "dueOn": task.due_on.isoformat()},
            milestone_id=task.milestone_id,
        )
        if task.ended_at is not None:
            key = "timeline.TASK_DONE" if task.done else "timeline.TASK_DROPPED"
            yield TimelineEntry(
                f"task-end:{task.id}",
                task.ended_at,
                TimelineKind.TASK_ENDED,
                msg(key, task=Message.from_json(task.title)).labels,
                task.ended_by,
                {"reason": task.note} if task.note else {},
                milestone_id=task.milestone_id,
            )


def of_clocks(found: Sequence[Any]) -> Iterator[TimelineEntry]:
    """Reminders of time limits, and limits that were not kept; for our people only."""
    for clock in found:
        details = {"ownerRole": clock.owner_role}
        label = Message.from_json(clock.label)
        if clock.reminded_at is not None:
            yield TimelineEntry(
                f"clock-reminder:{clock.id}",
                clock.reminded_at,
                TimelineKind.CLOCK_REMINDED,
                msg("timeline.TIME_LIMIT_REMINDER", clock=label).labels,
                details=details,
            )
        if clock.breached_at is not None:
            yield TimelineEntry(
                f"clock:{clock.id}",
                clock.breached_at,
                TimelineKind.CLOCK_BREACHED,
                msg("timeline.TIME_LIMIT_PASSED", clock=label).labels,
                details=details,
            )


def of_inspections(found: Sequence[Any], reader: TimelineReader) -> Iterator[TimelineEntry]:
    """Inspections to come and those that were held; what we do about a failure is ours."""
    for inspection in found:
        who: InspectionKind = inspection.kind
        details = {"lot": inspection.lot} if inspection.lot else {}
        if inspection.inspector and reader.is_staff:
            details["inspector"] = inspection.inspector
        if inspection.result == InspectionResult.BOOKED:
            yield TimelineEntry(
                f"inspection:{inspection.id}",
                reader.start_of(inspection.planned_on),
                TimelineKind.INSPECTION_EXPECTED,
                (f"Inspection by {who.phrase}", who.chinese),
                inspection.booked_by,
                details,
                is_all_day=True,
            )
        elif inspection.inspected_on is not None:
            if inspection.corrective_action and reader.is_staff:
                details["correctiveAction"] = inspection.corrective_action
            at, is_all_day = reader.moment(inspection.inspected_on, inspection.recorded_at)
            yield TimelineEntry(
                f"inspection:{inspection.id}",
                at,
                TimelineKind.INSPECTION_HELD,
                _RESULTS[inspection.result],
                inspection.recorded_by,
                details,
                is_all_day=is_all_day,
            )

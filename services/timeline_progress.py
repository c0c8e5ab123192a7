"""The timeline's entries of milestones with their slips, tasks, clocks and inspections (O15)."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.milestones import expected_on
from services.timeline_entries import TimelineEntry, start_of

MILESTONE_EXPECTED = "MILESTONE_EXPECTED"
MILESTONE_CLOSED = "MILESTONE_CLOSED"
MILESTONE_MOVED = "MILESTONE_MOVED"
MILESTONE_REOPENED = "MILESTONE_REOPENED"
MILESTONE_SKIPPED = "MILESTONE_SKIPPED"
TASK_RAISED = "TASK_RAISED"
TASK_ENDED = "TASK_ENDED"
CLOCK_BREACHED = "CLOCK_BREACHED"
INSPECTION_EXPECTED = "INSPECTION_EXPECTED"
INSPECTION_HELD = "INSPECTION_HELD"

_INSPECTORS = {
    "OWN": ("our own inspector", "本公司验货"),
    "CUSTOMER": ("the customer's inspector", "客户验货"),
    "THIRD_PARTY": ("a third party", "第三方验货"),
}
_RESULTS = {
    "PASSED": ("Inspection passed", "验货合格"),
    "FAILED": ("Inspection failed", "验货不合格"),
}


def of_milestones(
    found: Sequence[Any],
    steps: Mapping[int, Any],
    events: Sequence[Any],
    today: dt.date | None,
) -> Iterator[TimelineEntry]:
    """What is expected, and the history of what moved, closed, opened again or was left out."""
    step_of = {milestone.id: steps[milestone.step_id] for milestone in found}
    day_of = {each.id: expected_on(each.estimated_on, each.event_on) for each in found}
    told = set()
    for event in events:
        entry = _of_event(event, step_of[event.milestone_id], day_of[event.milestone_id])
        if entry is not None:
            if entry.kind == MILESTONE_CLOSED:
                told.add(event.milestone_id)
            yield entry
    for milestone in found:
        step = steps[milestone.step_id]
        expected = day_of[milestone.id]
        if milestone.closed_on is not None:
            # One that came closed from elsewhere has no history here.
            if milestone.id not in told:
                yield _closed(
                    milestone.closed_on, milestone.closed_by, step, milestone.id, expected
                )
        elif expected is not None and not milestone.skipped and milestone.is_open:
            details = {"ownerRole": step.owner_role}
            if today is not None:
                name = "daysLate" if expected < today else "daysLeft"
                details[name] = str(abs((expected - today).days))
            planned = milestone.baseline_on or milestone.first_estimated_on
            if planned is not None and planned != expected:
                details["plannedOn"] = planned.isoformat()
            if milestone.reported_on is not None:
                details["vendorsNewDate"] = milestone.reported_on.isoformat()
            yield TimelineEntry(
                start_of(expected),
                MILESTONE_EXPECTED,
                (step.label_en, step.label_zh),
                details=details,
                milestone_id=milestone.id,
            )


def _of_event(event: Any, step: Any, expected: dt.date | None) -> TimelineEntry | None:
    before, after = event.before or {}, event.after or {}
    if event.kind == "CLOSED":
        closed_on = dt.date.fromisoformat(after["closedOn"])
        by = after.get("closedBy", event.actor)
        return _closed(closed_on, by, step, event.milestone_id, expected, event.reason, after)
    kind, (en, zh) = {
        "REOPENED": (MILESTONE_REOPENED, ("opened again", "已重新打开")),
        "SKIPPED": (MILESTONE_SKIPPED, ("left out", "已跳过")),
    }.get(event.kind, (MILESTONE_MOVED, ("moved", "日期变动")))
    details = {"reason": event.reason} if event.reason else {}
    if kind == MILESTONE_MOVED:
        moved = _moved(before, after)
        if moved is None:
            return None
        details.update(moved)
    return TimelineEntry(
        event.at,
        kind,
        (f"{step.label_en}: {en}", f"{step.label_zh}:{zh}"),
        event.actor,
        details,
        milestone_id=event.milestone_id,
    )


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str] | None:
    """From which day to which; None where a step only got its first day."""
    for name in ("estimatedOn", "eventOn", "reportedOn"):
        was, now = before.get(name), after.get(name)
        if name == "reportedOn" and now is not None:
            return {"vendorsNewDate": str(now)}
        if was is not None and now is not None:
            days = (dt.date.fromisoformat(now) - dt.date.fromisoformat(was)).days
            return {"from": was, "to": now, "days": f"{days:+d}"}
    return None


def _closed(
    closed_on: dt.date,
    by: str | None,
    step: Any,
    milestone_id: int,
    expected: dt.date | None,
    reason: str | None = None,
    after: Mapping[str, Any] | None = None,
) -> TimelineEntry:
    details = {} if expected is None else {"expectedOn": expected.isoformat()}
    if reason:
        details["reason"] = reason
    if after and "overrides" in after:
        details["overrides"] = str(after["overrides"])
    return TimelineEntry(
        start_of(closed_on),
        MILESTONE_CLOSED,
        (step.label_en, step.label_zh),
        by,
        details,
        milestone_id=milestone_id,
    )


def of_tasks(found: Sequence[Any]) -> Iterator[TimelineEntry]:
    """Tasks that rules raised, and who ended them; customers see none."""
    for task in found:
        yield TimelineEntry(
            task.raised_at,
            TASK_RAISED,
            (task.title_en, task.title_zh),
            task.raised_by,
            {"ownerRole": task.owner_role, "dueOn": task.due_on.isoformat()},
            milestone_id=task.milestone_id,
        )
        if task.ended_at is not None:
            en, zh = ("Done", "已完成") if task.done else ("Dropped", "已取消")
            yield TimelineEntry(
                task.ended_at,
                TASK_ENDED,
                (f"{en}: {task.title_en}", f"{zh}:{task.title_zh}"),
                task.ended_by,
                {"reason": task.note} if task.note else {},
                milestone_id=task.milestone_id,
            )


def of_clocks(found: Sequence[Any]) -> Iterator[TimelineEntry]:
    """Time limits that were not kept; customers see none."""
    for clock in found:
        if clock.breached_at is not None:
            yield TimelineEntry(
                clock.breached_at,
                CLOCK_BREACHED,
                (f"Time limit passed: {clock.label_en}", f"已超时:{clock.label_zh}"),
                details={"ownerRole": clock.owner_role},
            )


def of_inspections(found: Sequence[Any]) -> Iterator[TimelineEntry]:
    """Inspections to come and those that were held."""
    for inspection in found:
        who = _INSPECTORS[inspection.kind]
        details = {"lot": inspection.lot} if inspection.lot else {}
        if inspection.result == "BOOKED":
            yield TimelineEntry(
                start_of(inspection.planned_on),
                INSPECTION_EXPECTED,
                (f"Inspection by {who[0]}", who[1]),
                inspection.booked_by,
                details,
            )
        elif inspection.inspected_on is not None:
            if inspection.corrective_action:
                details["correctiveAction"] = inspection.corrective_action
            yield TimelineEntry(
                start_of(inspection.inspected_on),
                INSPECTION_HELD,
                _RESULTS[inspection.result],
                inspection.inspector or inspection.recorded_by,
                details,
            )

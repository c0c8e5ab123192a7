"""What a command changed of orders' steps, with its history, in one statement for all of it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import text

from domain.milestones.draft import Outcome
from persistence.milestones.reading import FACTS, LoadedMilestones
from persistence.unit_of_work import UnitOfWork

Changes = Sequence[tuple[LoadedMilestones, Outcome]]


async def save_milestones(uow: UnitOfWork, changes: Changes) -> list[LoadedMilestones]:
    """Write the steps, plans and vendors' dates in which orders now differ, and the events.

    The same orders with the keys of all their steps, also of those that are new.
    """
    steps = [step for change in changes for step in _steps(*change)]
    plans = [plan for change in changes for plan in _plans(uow, *change)]
    if not steps and not plans:
        return [replace(loaded, milestones=outcome.after) for loaded, outcome in changes]
    rows = await uow.session.execute(
        _SAVE,
        {
            "steps": _json(steps),
            "plans": _json(plans),
            "events": _json(event for change in changes for event in _events(*change)),
            "vendor_dates": _json(date for change in changes for date in _vendor_dates(*change)),
            "now": uow.now,
            "actor": uow.actor,
        },
    )
    ids = {(row.order_id, row.step_id): row.id for row in rows}
    return [
        replace(
            loaded,
            milestones=outcome.after,
            ids={
                **loaded.ids,
                **{
                    number: ids[loaded.order_id, step_id]
                    for number, step_id in loaded.step_ids.items()
                    if (loaded.order_id, step_id) in ids
                },
            },
        )
        for loaded, outcome in changes
    ]


def _steps(loaded: LoadedMilestones, outcome: Outcome) -> Iterable[dict[str, Any]]:
    for step in outcome.after.steps:
        facts = outcome.after.facts.get(step.number)
        if facts is None or facts == outcome.before.facts.get(step.number):
            continue
        yield {
            "order_id": loaded.order_id,
            "customer_id": loaded.customer_id,
            "step_id": loaded.step_ids[step.number],
            "owner_role": step.owner_role,
            "takes_closed": step.takes_closed,
            **{name: getattr(facts, name) for name in FACTS},
        }


def _plans(uow: UnitOfWork, loaded: LoadedMilestones, outcome: Outcome) -> Iterable[dict[str, Any]]:
    plan = outcome.after.plan
    if plan is not None and plan != outcome.before.plan:
        yield {
            "order_id": loaded.order_id,
            "customer_id": loaded.customer_id,
            "template_id": loaded.template_id,
            "events": plan.events,
            "terms": plan.terms,
            "wanted_on": plan.wanted_on,
            "started_at": uow.now,
            "started_by": uow.actor,
        }


def _events(loaded: LoadedMilestones, outcome: Outcome) -> Iterable[dict[str, Any]]:
    for event in outcome.events:
        yield {
            "order_id": loaded.order_id,
            "step_id": loaded.step_ids[event.number],
            "kind": event.kind,
            "reason": event.reason,
            "before": event.before,
            "after": event.after,
        }


def _vendor_dates(loaded: LoadedMilestones, outcome: Outcome) -> Iterable[dict[str, Any]]:
    for date in outcome.after.vendor_dates[len(outcome.before.vendor_dates) :]:
        yield {
            "order_id": loaded.order_id,
            "step_id": loaded.step_ids[date.number],
            "vendor": date.vendor,
            "promised_on": date.promised_on,
        }


def _json(rows: Iterable[dict[str, Any]]) -> str:
    return orjson.dumps(list(rows), option=orjson.OPT_NON_STR_KEYS).decode()


_COLUMNS = ", ".join(("order_id", "customer_id", "step_id", "owner_role", "takes_closed", *FACTS))
_CHANGED = ", ".join(f"{name} = excluded.{name}" for name in FACTS)
# A step with another day, or open again, is news when it falls due; until then nothing is.
_SAVE = text(
    f"""
    WITH saved AS (
      INSERT INTO milestones AS m ({_COLUMNS})
      SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::milestones, CAST(:steps AS jsonb))
      ORDER BY order_id, step_id
      ON CONFLICT (order_id, step_id) DO UPDATE SET {_CHANGED}, told_state = CASE
        WHEN coalesce(excluded.estimated_on, excluded.event_on, excluded.reckoned_on,
               '9999-12-31') = m.due_on
          AND (excluded.skipped OR excluded.closed_on IS NOT NULL
               OR NOT m.skipped AND m.closed_on IS NULL)
        THEN m.told_state END
      RETURNING id, order_id, customer_id, step_id),
    planned AS (
      INSERT INTO milestone_plans (order_id, customer_id, template_id, events, terms, wanted_on,
        started_at, started_by)
      SELECT order_id, customer_id, template_id, events, terms, wanted_on, started_at, started_by
      FROM jsonb_populate_recordset(NULL::milestone_plans, CAST(:plans AS jsonb))
      ON CONFLICT (order_id, template_id) DO UPDATE
        SET events = excluded.events, terms = excluded.terms, wanted_on = excluded.wanted_on),
    promised AS (
      INSERT INTO milestone_vendor_dates (milestone_id, order_id, customer_id, vendor, promised_on,
        recorded_at, recorded_by)
      SELECT saved.id, order_id, saved.customer_id, given.vendor, given.promised_on, :now, :actor
      FROM jsonb_to_recordset(CAST(:vendor_dates AS jsonb))
        AS given (order_id bigint, step_id bigint, vendor text, promised_on date)
      JOIN saved USING (order_id, step_id)),
    recorded AS (
      INSERT INTO milestone_events (milestone_id, order_id, customer_id, at, kind, actor, reason,
        before, after)
      SELECT saved.id, order_id, saved.customer_id, :now, event.kind, :actor, event.reason,
        event.before, event.after
      FROM ROWS FROM (jsonb_to_recordset(CAST(:events AS jsonb)) AS (order_id bigint,
        step_id bigint, kind text, reason text, before jsonb, after jsonb))
        WITH ORDINALITY AS event (order_id, step_id, kind, reason, before, after, place)
      JOIN saved USING (order_id, step_id)
      ORDER BY event.place)
    SELECT id, order_id, step_id FROM saved
    """  # noqa: S608 - names of our own columns
)

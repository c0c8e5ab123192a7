"""Orders of an import: new ones with all that belongs to them; known ones stay untouched.

An order that the system knows lives on in it, so an import never changes one. What was imported is
remembered by a fingerprint in the audit log; the same order again is no news, another content
under the same number is refused.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from persistence.unit_of_work import UnitOfWork

# The words of the canonical tables for the states of an order.
_STATUS = """
    CASE s.status WHEN 'OPEN' THEN 'CONFIRMED' WHEN 'HELD' THEN 'NEEDS_INFO' ELSE s.status END
"""


async def orders_with_other_content(uow: UnitOfWork) -> list[int]:
    """Staged orders whose number the database has with other content, or from elsewhere."""
    rows = await uow.session.scalars(
        text(
            "SELECT s.position FROM stage_orders AS s"
            " JOIN orders AS o ON o.order_number_key = s.number_key"
            " LEFT JOIN audit_log AS a ON a.object_type = 'Order' AND a.object_id = o.id::text"
            " AND a.action = 'importOrder'"
            " WHERE a.after ->> 'fingerprint' IS DISTINCT FROM s.fingerprint ORDER BY s.position"
        )
    )
    return list(rows)


async def shipments_of_other_orders(uow: UnitOfWork) -> list[int]:
    """Staged shipments of new orders whose number another order's shipment has."""
    rows = await uow.session.scalars(
        text(
            "SELECT s.position FROM stage_shipments AS s"
            " JOIN shipments AS known"
            " ON known.shipment_number_key = document_key(s.shipment_id)"
            " JOIN stage_orders AS mine ON mine.order_id = s.order_id"
            " WHERE NOT EXISTS"
            " (SELECT FROM orders AS o WHERE o.order_number_key = mine.number_key)"
            " ORDER BY s.position"
        )
    )
    return list(rows)


async def add_orders(uow: UnitOfWork, time_zone: str) -> int:
    """Add the staged orders that are new; a day begins at midnight in the company's time zone."""
    await uow.session.execute(
        text(
            "CREATE TEMP TABLE new_orders (id bigint, customer_id bigint, order_number text,"
            " status text, placed_at timestamptz) ON COMMIT DROP"
        )
    )
    await uow.session.execute(
        text(
            "WITH added AS (INSERT INTO orders (order_number, customer_id, status, placed_at,"  # noqa: S608 - our own query
            " required_on, promised_on, currency, total, ship_complete, min_ship_value,"
            " customer_po, note)"
            f" SELECT s.order_id, c.id, {_STATUS},"
            " s.placed_on::timestamp AT TIME ZONE :time_zone, s.required_on, s.promised_on,"
            " coalesce(s.currency, c.currency), s.total, s.ship_complete,"
            " coalesce(s.min_ship_value, 0), s.customer_po, s.note"
            " FROM stage_orders AS s JOIN customers AS c ON c.code = s.customer_id"
            " WHERE NOT EXISTS"
            " (SELECT FROM orders AS o WHERE o.order_number_key = s.number_key)"
            " ORDER BY s.position RETURNING id, customer_id, order_number, status, placed_at)"
            " INSERT INTO new_orders SELECT * FROM added"
        ),
        {"time_zone": time_zone},
    )
    await uow.session.execute(text("ANALYZE new_orders"))
    return int(await uow.session.scalar(text("SELECT count(*) FROM new_orders")) or 0)


async def add_lines(uow: UnitOfWork) -> int:
    """Add the lines of the new orders."""
    return await _count(
        uow,
        """
        INSERT INTO order_lines (order_id, customer_id, line_no, sku_id, units_ordered,
          units_shipped, pack, unit_price, amount, may_reserve)
        SELECT n.id, n.customer_id, s.line_no, k.id, s.quantity, s.shipped_quantity, s.pack,
          s.net_price, s.amount, s.reserve
        FROM stage_order_lines AS s
        JOIN new_orders AS n ON n.order_number = s.order_id
        JOIN skus AS k ON k.code = s.sku_id
        ORDER BY s.position
        """,
        {},
    )


async def add_milestones(uow: UnitOfWork, template: str) -> int:
    """Add the staged milestones of new orders; a confirmed order gets every step (M2).

    Its first step is closed with the day the order was placed, where the input does not say.
    Days that the input gives come from people, so they are confirmed.
    """
    added = await _count(
        uow,
        """
        INSERT INTO milestones (order_id, customer_id, step_id, owner_role, owner_person_id,
          takes_closed, estimated_on, event_on, confirmed, first_estimated_on, baseline_on,
          closed_on, closed_by, is_open)
        SELECT order_id, customer_id, step_id, owner_role, owner_person_id, takes_closed,
          estimated_on, event_on, coalesce(estimated_on, event_on) IS NOT NULL,
          coalesce(estimated_on, event_on), coalesce(estimated_on, event_on), closed_on,
          CASE WHEN closed_on IS NOT NULL THEN coalesce(closed_by, :actor) END,
          closed_on IS NULL AND status NOT IN ('CLOSED', 'CANCELLED')
        FROM (
          SELECT n.id AS order_id, n.customer_id, n.status, step.id AS step_id, step.number,
            step.owner_role, step.takes_closed,
            CASE WHEN step.owner_role = 'SALES' THEN c.salesperson_id END AS owner_person_id,
            CASE WHEN step.takes_estimate THEN s.estimated_on END AS estimated_on,
            CASE WHEN step.takes_event THEN s.estimated_on END AS event_on,
            CASE WHEN step.number = 1 AND n.status = 'CONFIRMED'
              THEN coalesce(s.closed_on, o.placed_on) ELSE s.closed_on END AS closed_on,
            s.closed_by
          FROM new_orders AS n
          JOIN stage_orders AS o ON o.order_id = n.order_number
          JOIN customers AS c ON c.id = n.customer_id
          CROSS JOIN (
            SELECT step.* FROM milestone_steps AS step
            JOIN milestone_templates AS t ON t.id = step.template_id
            WHERE t.code = :template AND t.is_current
          ) AS step
          LEFT JOIN stage_milestones AS s
            ON s.order_id = n.order_number AND s.number = step.number
          WHERE s.order_id IS NOT NULL OR n.status = 'CONFIRMED'
        ) AS due
        ORDER BY order_id, number
        """,
        {"template": template, "actor": uow.actor},
    )
    if added:
        await uow.session.execute(_RECKONED)
    return added


# What the rules say of steps that show no day, and of days in the calendar, as `domain.milestones`
# has it; every later change of the order's steps says it again.
_RECKONED = text(
    """
    UPDATE milestones AS m
       SET reckoned_on = CASE WHEN step.takes_estimate OR step.takes_event THEN NULL ELSE (
             SELECT coalesce(b.closed_on, b.reported_on, b.estimated_on, b.event_on)
                    + (rule.value->>'days')::integer
               FROM jsonb_array_elements(step.estimate_rules) WITH ORDINALITY AS rule (value, place)
               JOIN milestone_steps AS before
                 ON before.template_id = step.template_id
                AND before.number = (rule.value->>'step')::integer
               JOIN milestones AS b ON b.step_id = before.id AND b.order_id = m.order_id
              WHERE rule.value->>'term' IS NULL AND rule.value->>'unit' = 'CALENDAR'
                AND coalesce(b.closed_on, b.reported_on, b.estimated_on, b.event_on) IS NOT NULL
              ORDER BY rule.place
              LIMIT 1) END,
           waits = NOT step.takes_closed AND NOT m.skipped AND (
             (o.status NOT IN ('DELIVERED', 'CLOSED')
              AND step.estimate_rules @> '[{"event": "ARRIVAL_EXPECTED"}]')
             OR EXISTS (
               SELECT FROM milestones AS b JOIN milestone_steps AS before ON before.id = b.step_id
                WHERE b.order_id = m.order_id AND before.template_id = step.template_id
                  AND before.takes_closed AND b.closed_on IS NULL AND NOT b.skipped
                  AND (step.predecessors @> to_jsonb(before.number)
                       OR step.estimate_rules @> jsonb_build_array(
                            jsonb_build_object('step', before.number)))))
    FROM milestone_steps AS step, new_orders AS o
    WHERE step.id = m.step_id AND o.id = m.order_id
      AND NOT (step.takes_closed AND (step.takes_estimate OR step.takes_event))
    """
)


async def add_plans(uow: UnitOfWork, template: str) -> int:
    """What estimates of the new orders hang on: their confirmation, and the date promised (M2)."""
    return await _count(
        uow,
        """
        INSERT INTO milestone_plans (order_id, customer_id, template_id, terms, events,
          started_at, started_by)
        SELECT n.id, n.customer_id, t.id, '{}', jsonb_strip_nulls(jsonb_build_object(
            'ORDER_CONFIRMED', o.placed_on, 'TASK_CREATED', o.placed_on,
            'PROMISED_COMPLETION', o.promised_on)),
          CAST(:now AS timestamptz), :actor
        FROM new_orders AS n
        JOIN stage_orders AS o ON o.order_id = n.order_number
        CROSS JOIN milestone_templates AS t
        WHERE t.code = :template AND t.is_current
          AND n.status NOT IN ('NEEDS_INFO', 'CLOSED', 'CANCELLED')
          AND EXISTS (SELECT FROM milestones AS m WHERE m.order_id = n.id)
        ORDER BY n.id
        """,
        {"template": template, "actor": uow.actor, "now": uow.now},
    )


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step of a new order as it came in; events: what the order's estimates hang on."""

    order_id: int
    events: dict[str, str]
    milestone_id: int
    number: int
    estimated_on: dt.date | None
    event_on: dt.date | None
    closed_on: dt.date | None
    confirmed: bool
    first_estimated_on: dt.date | None
    baseline_on: dt.date | None


async def steps_to_estimate(uow: UnitOfWork, after_order: int, orders: int) -> list[NewStep]:
    """All steps of the next new orders that have an open one without a given day."""
    rows = await uow.session.execute(_TO_ESTIMATE, {"after": after_order, "orders": orders})
    return [NewStep(*row) for row in rows]


# A milestone's key, estimated day, event day and first estimate.
Estimate = tuple[int, dt.date | None, dt.date | None, dt.date | None]


async def save_estimates(uow: UnitOfWork, found: Sequence[Estimate]) -> None:
    """Write the days of these milestones."""
    ids, estimates, events, firsts = zip(*found, strict=True)
    await uow.session.execute(
        _KEEP_ESTIMATES,
        {
            "ids": list(ids),
            "estimates": list(estimates),
            "events": list(events),
            "firsts": list(firsts),
        },
    )


_TO_ESTIMATE = text(
    """
    WITH chosen AS (
      SELECT n.id, p.events, p.template_id FROM new_orders AS n
      JOIN milestone_plans AS p ON p.order_id = n.id
      WHERE n.id > :after AND EXISTS (
        SELECT FROM milestones AS m WHERE m.order_id = n.id AND m.is_open AND NOT m.confirmed
      )
      ORDER BY n.id LIMIT :orders
    )
    SELECT c.id, c.events, m.id, step.number, m.estimated_on, m.event_on, m.closed_on,
      m.confirmed, m.first_estimated_on, m.baseline_on
    FROM chosen AS c
    JOIN milestones AS m ON m.order_id = c.id
    JOIN milestone_steps AS step ON step.id = m.step_id AND step.template_id = c.template_id
    ORDER BY c.id, step.number
    """
)
_KEEP_ESTIMATES = text(
    """
    UPDATE milestones AS m
       SET estimated_on = sent.estimated_on, event_on = sent.event_on,
           first_estimated_on = sent.first_estimated_on
      FROM unnest(CAST(:ids AS bigint[]), CAST(:estimates AS date[]), CAST(:events AS date[]),
                  CAST(:firsts AS date[])) AS sent (id, estimated_on, event_on, first_estimated_on)
     WHERE m.id = sent.id
    """
)


async def add_shipments(uow: UnitOfWork, time_zone: str) -> int:
    """Add the staged shipments of new orders.

    An order's only shipment carries all that its lines say was shipped. With several, the input
    doesn't say which carried what, so none has lines.
    """
    added = await _count(
        uow,
        """
        INSERT INTO shipments (shipment_number, order_id, customer_id, status, carrier,
          tracking_number, created_at, shipped_at, expected_on, delivered_at)
        SELECT s.shipment_id, n.id, n.customer_id, s.status, s.carrier, s.tracking_number,
          s.shipped_on::timestamp AT TIME ZONE :time_zone,
          s.shipped_on::timestamp AT TIME ZONE :time_zone, s.expected_on,
          s.delivered_on::timestamp AT TIME ZONE :time_zone
        FROM stage_shipments AS s JOIN new_orders AS n ON n.order_number = s.order_id
        ORDER BY s.position
        """,
        {"time_zone": time_zone},
    )
    if added:
        await uow.session.execute(_SHIPMENT_LINES)
    return added


_SHIPMENT_LINES = text(
    """
    INSERT INTO shipment_lines (shipment_id, customer_id, order_line_id, sku_id, units)
    SELECT h.id, l.customer_id, l.id, l.sku_id, l.units_shipped
    FROM (
      SELECT min(h.id) AS id, h.order_id FROM shipments AS h
      JOIN new_orders AS n ON n.id = h.order_id GROUP BY h.order_id HAVING count(*) = 1
    ) AS h
    JOIN order_lines AS l ON l.order_id = h.order_id AND l.units_shipped > 0
    ORDER BY h.id, l.line_no
    """
)


async def add_history(uow: UnitOfWork, source: str) -> None:
    """Begin the new orders' history: placed then, imported now (O15).

    The audit log keeps the fingerprint by which the same order is known again.
    """
    parameters = {"now": uow.now, "actor": uow.actor, "source": source}
    await uow.session.execute(_EVENTS, parameters)
    await uow.session.execute(_AUDIT, parameters)


_EVENTS = text(
    """
    INSERT INTO order_events (order_id, customer_id, at, kind, actor, after)
    SELECT order_id, customer_id, at, kind, :actor, after FROM (
      SELECT id AS order_id, customer_id, placed_at AS at, 1 AS step, 'PLACED' AS kind,
        NULL::jsonb AS after
      FROM new_orders
      UNION ALL
      SELECT id, customer_id, :now, 2, 'IMPORTED',
        jsonb_build_object('status', status, 'source', CAST(:source AS text))
      FROM new_orders
    ) AS entered
    ORDER BY order_id, step
    """
)

_AUDIT = text(
    """
    INSERT INTO audit_log (at, actor, action, object_type, object_id, after)
    SELECT :now, :actor, 'importOrder', 'Order', n.id::text,
      jsonb_build_object('source', CAST(:source AS text), 'fingerprint', s.fingerprint)
    FROM new_orders AS n JOIN stage_orders AS s ON s.order_id = n.order_number
    ORDER BY n.id
    """
)


async def _count(uow: UnitOfWork, insert: str, parameters: dict[str, Any]) -> int:
    statement = f"WITH added AS ({insert} RETURNING 1) SELECT count(*) FROM added"  # noqa: S608 - our own statements
    return int(await uow.session.scalar(text(statement), parameters) or 0)

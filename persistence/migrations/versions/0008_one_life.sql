-- The rows below are everybody's; row security would hide them even from the owner.
SELECT set_config('app.scope', 'all', true);

-- The day in force also counts what the rules give for a step that takes no day itself (10, 16).
ALTER TABLE milestones
    DROP COLUMN due_on,
    ADD COLUMN reckoned_on DATE,
    ADD COLUMN waits BOOLEAN DEFAULT 'false' NOT NULL;
ALTER TABLE milestones ADD COLUMN due_on DATE
    GENERATED ALWAYS AS (COALESCE(estimated_on, event_on, reckoned_on, '9999-12-31'::date)) STORED
    NOT NULL;
CREATE INDEX ix_milestones_customer_id_due_on_id ON milestones (customer_id, due_on, id);
CREATE INDEX ix_milestones_due_on_id ON milestones (due_on, id);
CREATE INDEX ix_milestones_open ON milestones (due_on, id) WHERE is_open;
CREATE INDEX ix_milestones_open_person ON milestones (owner_person_id, due_on, id) WHERE is_open AND owner_person_id IS NOT NULL;
CREATE INDEX ix_milestones_open_pool ON milestones (owner_role, due_on, id) WHERE is_open AND owner_person_id IS NULL;
CREATE INDEX ix_milestones_open_role ON milestones (owner_role, due_on, id) WHERE is_open;

-- As the rules have it for what is here; a day in the calendar passes once it waits for nothing.
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
  FROM milestone_steps AS step, orders AS o
 WHERE step.id = m.step_id AND o.id = m.order_id
   AND NOT (step.takes_closed AND (step.takes_estimate OR step.takes_event));
-- One that was taken for over although it was not is watched again.
UPDATE milestones AS m
   SET is_open = true
  FROM orders AS o
 WHERE o.id = m.order_id AND m.waits AND NOT m.is_open AND NOT m.skipped
   AND o.status NOT IN ('CLOSED', 'CANCELLED', 'REJECTED');

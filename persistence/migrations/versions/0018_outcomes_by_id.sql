-- The rows below are everybody's.
SELECT set_config('app.scope', 'all', true);
-- A mutation sent again finds its first answer under `id`, whatever its object was called before.
UPDATE idempotency_keys
   SET outcome = jsonb_build_object('id', coalesce(
         outcome -> 'order', outcome -> 'plan', outcome -> 'penalty', outcome -> 'run',
         outcome -> 'scenario', outcome -> 'customer'))
 WHERE mutation NOT IN ('goodsReceive', 'paymentRecord')
   AND outcome ?| ARRAY['order', 'plan', 'penalty', 'run', 'scenario', 'customer'];

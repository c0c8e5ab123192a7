-- The rows below are everybody's.
SELECT set_config('app.scope', 'all', true);
-- Earlier versions took office hours that overlap, or end before they begin, and could count no
-- time with them. Spans that overlap are one; one that ends before it begins is none.
WITH spans AS (
  SELECT version, span ->> 0 AS begins, span ->> 1 AS ends
  FROM policies, jsonb_array_elements(body #> '{schedule,working_hours}') AS span
), minutes AS (
  SELECT version, extract(epoch FROM begins::time)::int / 60 AS begins,
    extract(epoch FROM ends::time)::int / 60 AS ends
  FROM spans WHERE begins::time < ends::time
), merged AS (
  SELECT version, unnest(range_agg(int4range(begins, ends))) AS span FROM minutes GROUP BY version
), mended AS (
  SELECT version, jsonb_agg(jsonb_build_array(
    to_char(make_interval(mins => lower(span)), 'HH24:MI'),
    to_char(make_interval(mins => upper(span)), 'HH24:MI')) ORDER BY span) AS hours
  FROM merged GROUP BY version
)
UPDATE policies AS policy
   SET body = jsonb_set(policy.body, '{schedule,working_hours}', coalesce(
         mended.hours, '[["09:00", "12:00"], ["13:00", "18:00"]]'))
  FROM policies AS every LEFT JOIN mended USING (version)
 WHERE policy.version = every.version
   AND policy.body #> '{schedule,working_hours}' IS NOT NULL
   AND EXISTS (
     SELECT FROM jsonb_array_elements(policy.body #> '{schedule,working_hours}')
       WITH ORDINALITY AS one (span, place)
     LEFT JOIN jsonb_array_elements(policy.body #> '{schedule,working_hours}')
       WITH ORDINALITY AS next (span, place) ON next.place = one.place + 1
     WHERE (one.span ->> 0)::time >= (one.span ->> 1)::time
        OR (one.span ->> 1)::time > (next.span ->> 0)::time);

-- The rows below are everybody's.
SELECT set_config('app.scope', 'all', true);
-- What a rule said when it raised a task stays as it was, in both languages.
ALTER TABLE tasks ADD COLUMN title jsonb;
UPDATE tasks SET title = jsonb_build_object('key', 'common.TEXT', 'params', jsonb_build_object(
  'text', jsonb_build_object('label', jsonb_build_array(title_en, title_zh))));
ALTER TABLE tasks ALTER COLUMN title SET NOT NULL, DROP COLUMN title_en, DROP COLUMN title_zh;

-- The rows below are everybody's.
SELECT set_config('app.scope', 'all', true);
-- What a time limit was called when it began stays as it was, in both languages.
ALTER TABLE clocks ADD COLUMN label jsonb;
UPDATE clocks SET label = jsonb_build_object('key', 'common.TEXT', 'params', jsonb_build_object(
  'text', jsonb_build_object('label', jsonb_build_array(label_en, label_zh))));
ALTER TABLE clocks ALTER COLUMN label SET NOT NULL, DROP COLUMN label_en, DROP COLUMN label_zh;

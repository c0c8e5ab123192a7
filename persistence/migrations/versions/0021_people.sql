ALTER TABLE people ADD COLUMN language varchar(8),
  ADD CONSTRAINT ck_people_language CHECK (language IN ('en', 'zh'));

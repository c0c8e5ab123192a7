-- Rows of before have one name, which both languages show.
ALTER TABLE warehouses ADD COLUMN name_zh varchar(200);
ALTER TABLE customers ADD COLUMN name_zh varchar(200);
ALTER TABLE stores ADD COLUMN name_zh varchar(200);

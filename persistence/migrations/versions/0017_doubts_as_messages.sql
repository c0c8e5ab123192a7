-- What was doubted before stays as it was said.
ALTER TABLE order_doubts ALTER COLUMN message TYPE jsonb USING to_jsonb(message);

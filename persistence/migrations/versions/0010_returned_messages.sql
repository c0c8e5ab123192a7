-- The library announces what is enqueued, but not what a stopping worker gives back or what a dead
-- one had taken; consumers that wait to be told would hear of it late.
CREATE FUNCTION tell_returned_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('dramatiq.' || NEW.queue_name || '.enqueue', '');
  RETURN NULL;
END $$;
CREATE TRIGGER tell_returned_message AFTER UPDATE OF state ON dramatiq.queue
FOR EACH ROW WHEN (OLD.state = 'consumed' AND NEW.state = 'queued')
EXECUTE FUNCTION tell_returned_message();

-- What the application may do: read and write rows. It owns nothing, and changes no schema.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'apportion_app') THEN
    -- Only to be taken on by SET ROLE; who wants to log in as it gives it LOGIN and a password.
    CREATE ROLE apportion_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
    GRANT apportion_app TO CURRENT_USER;
  END IF;
EXCEPTION
  -- Another database of this server was migrated at the same moment.
  WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

GRANT USAGE ON SCHEMA public, dramatiq TO apportion_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, dramatiq TO apportion_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public, dramatiq TO apportion_app;
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM apportion_app;

ALTER DEFAULT PRIVILEGES IN SCHEMA public, dramatiq
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO apportion_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public, dramatiq
  GRANT USAGE, SELECT ON SEQUENCES TO apportion_app;

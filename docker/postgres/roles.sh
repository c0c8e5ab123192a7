#!/bin/sh
# Run once by the image of PostgreSQL, on an empty volume: the owner, the application, the database.
# BYPASSRLS: row level security is forced on owners too, and a migration must see all rows.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres \
  -v owner_password="$OWNER_PASSWORD" -v app_password="$APP_PASSWORD" <<'SQL'
CREATE ROLE apportion_owner LOGIN CREATEROLE BYPASSRLS PASSWORD :'owner_password';
CREATE ROLE apportion_app LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'app_password';
CREATE DATABASE apportion OWNER apportion_owner;
SQL

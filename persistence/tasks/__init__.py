"""Tasks in the database: raised, ended, listed."""

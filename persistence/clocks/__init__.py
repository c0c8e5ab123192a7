"""Clocks in the database: running, paused, breached, listed."""

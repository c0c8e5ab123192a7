"""Door for time and events: the worker, its actors, the outbox relay, the timers."""

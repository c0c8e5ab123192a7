"""Orders as their rules see them: read whole, locked, and written back with what has changed."""

"""Sharing out goods: ask for a run, read what it needs, solve, commit; expire what was reserved."""

"""Tasks: raised and ended by rules, done by people."""

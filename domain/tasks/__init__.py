"""Tasks: raised by rules, done by people."""

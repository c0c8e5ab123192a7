"""Tasks, and the questions about tasks and time limits."""

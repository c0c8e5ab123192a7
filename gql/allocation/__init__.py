"""Allocation: runs and their plans, reservations, asking for a run and following it."""

"""Milestones in the API: steps of orders, their history and templates."""

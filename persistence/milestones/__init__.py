"""Milestones in the database: templates, the steps of orders with their history, plans."""

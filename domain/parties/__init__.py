"""Customers with their files, people with their roles, stores and warehouses (P1, P2)."""

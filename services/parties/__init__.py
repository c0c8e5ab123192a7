"""Customers with their files, and people with their roles."""

"""Time limits that run for orders and other cases."""

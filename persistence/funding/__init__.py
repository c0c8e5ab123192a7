"""Customers' money: holds, ledger, and what is known of it."""

"""Goods receipts and stock."""

"""Goods received to the committed plan, for companies of any size; and receipts a minute."""

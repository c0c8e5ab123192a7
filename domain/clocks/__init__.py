"""Time limits: what they are as data, and when each is due."""

"""All milestones of 7,500 orders fall due at once: how long until everybody was notified."""

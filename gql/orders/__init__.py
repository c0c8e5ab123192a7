"""Orders: types, root fields, the timeline, news of changes."""

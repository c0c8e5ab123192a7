"""Use cases of milestones: starting, estimating, closing, templates, and what is due."""

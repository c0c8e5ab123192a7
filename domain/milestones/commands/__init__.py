"""What may be done to milestones: each command with what stands against it and its effect."""

from domain.milestones.commands import closing, estimates, order, templates

__all__ = ["closing", "estimates", "order", "templates"]

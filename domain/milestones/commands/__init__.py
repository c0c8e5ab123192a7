"""What may be done to milestones: each command with what stands against it and its effect."""

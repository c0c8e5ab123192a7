"""A page of a work list over ten, ten thousand and a hundred thousand open milestones."""

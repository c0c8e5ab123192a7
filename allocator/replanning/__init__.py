"""What-ifs from a finished plan, at the price of what the edit reaches."""

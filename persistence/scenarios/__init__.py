"""What-ifs of planners."""

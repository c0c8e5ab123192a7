"""What is fast, measured against peers and limits."""

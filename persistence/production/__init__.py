"""What is bought, made and inspected for an order."""

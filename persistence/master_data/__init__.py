"""Values of master data from a day on, and who set them."""

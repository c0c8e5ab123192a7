"""What-ifs: changes on a snapshot, the same solver, and the difference; nothing live moves."""

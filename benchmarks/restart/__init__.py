"""What-ifs from a finished plan beside cold solves: seconds and claims solved."""

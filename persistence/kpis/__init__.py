"""Key figures, computed by the database from the rows behind them (K1)."""

"""The process of an order as rules: facts and today's date in, decisions out (O1-O7, O14, O15)."""

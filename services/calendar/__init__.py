"""The company's calendar, and what moves when a day of it changes."""

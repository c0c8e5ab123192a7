"""Tables, migrations, stores and read queries: the floor that speaks SQL."""

"""Tasks and clocks in the API: what people have to do, and by when."""

"""Which warehouse serves whom, and what several warehouses can hold together."""

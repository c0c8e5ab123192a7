"""The integer program: the definition of the model, one function per business rule."""

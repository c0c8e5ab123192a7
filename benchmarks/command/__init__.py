"""`apportion solve` as a whole process, beside the rule loop as one: CPU, wall clock, memory."""

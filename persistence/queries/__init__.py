"""Read side: one function per question, named as the question. Rows come back as plain objects."""

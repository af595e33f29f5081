"""What was used, billed, credited, paid and claimed: the rows, and what is read of them all."""

"""What participants thought of it: evaluations, and what may be quoted of them."""

"""Who is told of what happens in a case, by e-mail; and what was sent."""

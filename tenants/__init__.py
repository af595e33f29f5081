"""One authority and all that happens inside it."""

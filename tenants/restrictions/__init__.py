"""Cases whose data is restricted, or objected to (UK GDPR articles 18 and 21)."""

"""Breaches of personal data: what happened, who was told when, and the clock of 72 hours."""

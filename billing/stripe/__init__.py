"""Stripe, when keys are set: everything works by hand without it."""

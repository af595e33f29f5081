"""Accounts for other programs and for the provider's managers."""

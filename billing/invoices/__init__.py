"""Drafts, invoices and what is in them."""

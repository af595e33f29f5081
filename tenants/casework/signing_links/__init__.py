"""Signing links: for those who sign an agreement and are neither the family nor the authority."""

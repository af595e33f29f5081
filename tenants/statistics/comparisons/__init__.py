"""Authorities side by side, with what must not be told suppressed."""

"""What an authority's officers record in their own cases."""

from __future__ import annotations

from tenants.casework.authority import pages
from tenants.casework.authority_acts import agreement, consent, documents, health
from tenants.casework.todo import authority as todo

__all__ = ["agreement", "consent", "documents", "health", "pages", "todo"]

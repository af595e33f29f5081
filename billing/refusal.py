"""What billing refuses, in words that say what would be right."""

from __future__ import annotations


class BillingRefused(ValueError):
    """Something cannot be so. `field` names what to change."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message

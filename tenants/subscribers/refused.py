"""What cannot be done with an authority's standing."""

from __future__ import annotations


class StandingRefused(Exception):
    """It cannot be done; `field` is where, and the text says what would be right."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message

"""What all printed documents share: who issues them, and what they refuse to go without."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from saas.config import Settings


class ContentRefused(ValueError):
    """The content is missing something or contradicts itself; names fields, never their text."""

    def __init__(self, document: str, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{document}: {'; '.join(self.faults)}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """The mediation provider as it signs its papers. The address is one line per entry."""

    name: str
    address: tuple[str, ...]
    telephone: str
    email: str

    @classmethod
    def of(cls, settings: Settings) -> Provider:
        return cls(
            name=settings.provider_name,
            address=lines_of(settings.provider_address),
            telephone=settings.provider_telephone,
            email=settings.provider_email,
        )

    def as_content(self) -> dict[str, object]:
        return {
            "name": self.name,
            "address": list(self.address),
            "telephone": self.telephone,
            "email": self.email,
        }


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of an address or of bank details, kept in one setting.

    Line ends part them, or semicolons, or (when there is neither) commas.
    """
    for mark in ("\n", ";", ","):
        if mark in text:
            return tuple(line.strip() for line in text.split(mark) if line.strip())
    return (text.strip(),) if text.strip() else ()


def missing(fields: Iterable[tuple[str, object]]) -> list[str]:
    """A fault for each field that holds nothing but blanks."""
    return [f"{name} is missing" for name, value in fields if _is_blank(value)]


def start_of(day: date) -> datetime:
    """The time stamp of a document: its own day, so that one record always gives one file."""
    return datetime.combine(day, time(), UTC)


def _is_blank(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, tuple):
        return not value or any(_is_blank(part) for part in value)
    return value is None

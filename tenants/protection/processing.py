"""The records of processing (UK GDPR article 30), read from `processing.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("processing.toml")
HEAD = (
    *("Processing", "Purpose", "Lawful basis", "Special categories", "People", "Data"),
    *("Recipients", "Kept", "Where"),
)


@dataclass(frozen=True)
class Processing:
    """One processing: why, of whom, what, told to whom, kept how long and where.

    `tables` are the tables of the database that hold it.
    """

    name: str
    purpose: str
    basis: str
    special: str
    people: tuple[str, ...]
    data: tuple[str, ...]
    recipients: tuple[str, ...]
    retention: str
    stored: str
    tables: frozenset[str]

    @property
    def row(self) -> tuple[str, ...]:
        """The record as a line under HEAD."""
        return (
            *(self.name, self.purpose, self.basis, self.special),
            *("; ".join(part) for part in (self.people, self.data, self.recipients)),
            *(self.retention, self.stored),
        )


def _read(path: Path) -> tuple[Processing, ...]:
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["processing"]
    return tuple(
        Processing(
            name=entry["name"],
            purpose=entry["purpose"],
            basis=entry["basis"],
            special=entry["special"],
            people=tuple(entry["people"]),
            data=tuple(entry["data"]),
            recipients=tuple(entry["recipients"]),
            retention=entry["retention"],
            stored=entry["stored"],
            tables=frozenset(entry["tables"]),
        )
        for entry in entries
    )


RECORDS: Sequence[Processing] = _read(FILE)

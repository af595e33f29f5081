"""What a backup says of itself: when, of which release, how many rows, and every checksum.

It stands in clear beside the encrypted parts, so that a backup can be checked without its key: it
holds numbers and ids, and nothing of anybody.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from saas.operations.streams import checksum

NAME = "manifest.json"
DATABASE, DOCUMENTS = "database.dump", "documents.tar"


class BackupError(Exception):
    """A backup cannot be made, is damaged, or may not be restored here; the text says why."""


class Part(BaseModel):
    """One file of a backup, as it is stored."""

    model_config = ConfigDict(frozen=True)

    name: str
    size: int
    sha256: str


class Chain(BaseModel):
    """Where an authority's trail ended."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    number: int
    sha256: str


class Manifest(BaseModel):
    """Everything that is known of a backup without opening it."""

    model_config = ConfigDict(frozen=True)

    format: int = 1
    made_at: dt.datetime
    release: str
    revision: str
    # Major versions of PostgreSQL: of the server, and of the pg_dump that wrote the dump.
    server: int
    dumped_by: int
    owner: str
    role_prefix: str
    # Who may connect to the database, which a dump does not say.
    rights: tuple[tuple[str, str], ...]
    rows: dict[str, int]
    chains: tuple[Chain, ...]
    documents: int
    # Files that the database knows and that the store did not have: by case and document.
    missing: tuple[str, ...]
    encrypted: bool
    parts: tuple[Part, ...]

    def path_of(self, folder: Path, part: str) -> Path:
        return folder / (f"{part}.age" if self.encrypted else part)

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)


def write(manifest: Manifest, folder: Path) -> None:
    (folder / NAME).write_text(manifest.model_dump_json(indent=2), encoding="utf-8")


def read(folder: Path) -> Manifest:
    """The manifest of a backup, whose every part is as it was written.

    Raises:
        BackupError: it is no backup, or a part is missing or changed.
    """
    try:
        manifest = Manifest.model_validate_json((folder / NAME).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise BackupError(f"{folder} is no backup: it has no {NAME}.") from None
    except OSError as fault:
        raise BackupError(f"{folder / NAME} cannot be read: {type(fault).__name__}.") from fault
    except (ValidationError, UnicodeDecodeError) as wrong:
        raise BackupError(
            f"The backup is damaged: {NAME} is not as it was written. Take another backup."
        ) from wrong
    if manifest.format != 1:
        raise BackupError(f"The backup has format {manifest.format}: a newer release made it.")
    for part in manifest.parts:
        path = folder / part.name
        if not path.is_file():
            raise BackupError(f"The backup is damaged: {part.name} is missing.")
        found = checksum(path)
        if (found.size, found.sha256) != (part.size, part.sha256):
            raise BackupError(f"The backup is damaged: {part.name} is not as it was written.")
    return manifest

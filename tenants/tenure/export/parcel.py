"""The ZIP of an export as it is written: entry by entry, each with its size and SHA-256.

Nothing of it is held in memory beyond a part: rows come from a cursor of the database, files from
the store in chunks, and the ZIP grows on the disk.
"""

from __future__ import annotations

import datetime as dt
import decimal
import hashlib
import io
import json
import tempfile
import uuid
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, cast

from saas.documents.csv_files import csv_rows

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
CHUNK = 1024 * 1024
# So much of a table's CSV is held before it goes to the disk.
SPOOLED = 4 * 1024 * 1024


@dataclass(frozen=True)
class Entry:
    """A file in the ZIP."""

    path: str
    size: int
    sha256: str


class _Counted:
    """Something to write to that knows what was written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest, self.size = file, hashlib.sha256(), 0

    def write(self, content: bytes) -> None:
        self._file.write(content)
        self._digest.update(content)
        self.size += len(content)

    def entry(self, path: str) -> Entry:
        return Entry(path, self.size, self._digest.hexdigest())


class Parcel:
    """An export that is being written."""

    def __init__(self, file: zipfile.ZipFile, at: dt.datetime) -> None:
        self._zip, self._at = file, at
        self.entries: list[Entry] = []
        self.tables: dict[str, dict[str, Any]] = {}

    @contextmanager
    def _open(self, path: str) -> Iterator[_Counted]:
        info = zipfile.ZipInfo(path, date_time=self._at.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        with self._zip.open(info, "w", force_zip64=True) as file:
            counted = _Counted(file)
            yield counted
        self.entries.append(counted.entry(path))

    def add(self, path: str, content: bytes | Iterable[bytes]) -> None:
        """One file; its content at once or in parts."""
        with self._open(path) as file:
            for chunk in [content] if isinstance(content, bytes) else content:
                file.write(chunk)

    def add_table(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        """A table as JSON, a row a line, and as CSV. How many rows it has."""
        number = 0
        with tempfile.SpooledTemporaryFile(max_size=SPOOLED) as beside:
            text = io.TextIOWrapper(cast(IO[bytes], beside), encoding="utf-8-sig", newline="")
            write = csv_rows(text)
            write(columns)
            with self._open(f"json/{name}.json") as file:
                file.write(b"[")
                for row in rows:
                    values = [as_json(value) for value in row]
                    line = json.dumps(dict(zip(columns, values, strict=True)), ensure_ascii=False)
                    file.write(b",\n" if number else b"\n")
                    file.write(line.encode())
                    write(
                        json.dumps(value, ensure_ascii=False)
                        if isinstance(value, dict | list)
                        else value
                        for value in values
                    )
                    number += 1
                file.write(b"\n]\n")
            text.flush()
            text.detach()
            beside.seek(0)
            self.add(f"csv/{name}.csv", iter(lambda: beside.read(CHUNK), b""))
        self.tables[name] = {"rows": number, "columns": list(columns)}
        return number

    def close(self, head: dict[str, Any]) -> None:
        """Write what everything is checked by."""
        sums = "".join(f"{one.sha256}  {one.path}\n" for one in self.entries)
        self.add(SUMS, sums.encode())
        manifest = {
            **head,
            "tables": self.tables,
            "files": [asdict(one) for one in self.entries],
        }
        # Itself it cannot name.
        self._zip.writestr(
            MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1), zipfile.ZIP_DEFLATED
        )


def as_json(value: Any) -> Any:
    """A value of a row as JSON has it: days and times by ISO 8601, ids and numbers as text or as
    they are."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, list | tuple):
        return [as_json(one) for one in value]
    if isinstance(value, dict):
        return {str(key): as_json(one) for key, one in value.items()}
    return value


@contextmanager
def parcel(path: Path, *, at: dt.datetime) -> Iterator[Parcel]:
    """A new ZIP at this path, for its owner's eyes only."""
    path.touch(mode=0o600, exist_ok=False)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as file:
        yield Parcel(file, at)

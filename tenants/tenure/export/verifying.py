"""Checking an export: that each file is there with its checksum, and each table has its rows."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenants.tenure.export.parcel import CHUNK, MANIFEST


@dataclass(frozen=True)
class Checked:
    """What was found: `faults` is empty where all is as it was written."""

    files: int
    tables: int
    rows: int
    faults: list[str]


def verify(path: Path) -> Checked:
    """Check an export by its own manifest.

    Raises:
        ValueError: it is no export: no ZIP, or without a manifest.
    """
    try:
        with zipfile.ZipFile(path) as file:
            manifest = json.loads(file.read(MANIFEST))
            faults = [*_files(file, manifest), *_tables(file, manifest)]
    except (zipfile.BadZipFile, KeyError, json.JSONDecodeError, OSError) as wrong:
        raise ValueError(f"This is no export of an authority: {wrong}") from wrong
    tables = manifest["tables"]
    rows = sum(one["rows"] for one in tables.values())
    return Checked(len(manifest["files"]), len(tables), rows, faults)


def _files(file: zipfile.ZipFile, manifest: dict[str, Any]) -> Iterator[str]:
    listed = {one["path"]: one for one in manifest["files"]}
    there = set(file.namelist()) - {MANIFEST}
    yield from (f"{name} is missing" for name in sorted(listed.keys() - there))
    yield from (f"{name} is in no list" for name in sorted(there - listed.keys()))
    for name in sorted(there & listed.keys()):
        digest, size = hashlib.sha256(), 0
        try:
            with file.open(name) as entry:
                while chunk := entry.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
        except zipfile.BadZipFile:
            yield f"{name} cannot be read"
            continue
        if (digest.hexdigest(), size) != (listed[name]["sha256"], listed[name]["size"]):
            yield f"{name} is not as it was written"


def _tables(file: zipfile.ZipFile, manifest: dict[str, Any]) -> Iterator[str]:
    there = set(file.namelist())
    for name, table in sorted(manifest["tables"].items()):
        for kind, path, count in (
            ("JSON", f"json/{name}.json", _lines_of_json),
            ("CSV", f"csv/{name}.csv", _lines_of_csv),
        ):
            if path not in there:
                continue  # told of already
            try:
                number = count(file, path)
            except (zipfile.BadZipFile, UnicodeDecodeError, csv.Error, json.JSONDecodeError):
                yield f"{path} cannot be read"
                continue
            if number != table["rows"]:
                yield f"{name} has {number} rows in {kind}, not {table['rows']}"


def _lines_of_json(file: zipfile.ZipFile, path: str) -> int:
    number = 0
    with file.open(path) as entry:
        for line in entry:
            text = line.strip().rstrip(b",")
            if text.startswith(b"{"):
                json.loads(text)
                number += 1
    return number


def _lines_of_csv(file: zipfile.ZipFile, path: str) -> int:
    with file.open(path) as entry:
        return sum(1 for _ in csv.reader(io.TextIOWrapper(entry, "utf-8-sig", newline=""))) - 1

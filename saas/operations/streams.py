"""Bytes on their way into a backup and out of it: counted, hashed, encrypted for a key of age.

What is encrypted is never on the disk in clear: it goes from one program to the next.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import pyrage

CHUNK = 1024 * 1024


class EncryptionError(Exception):
    """A part cannot be encrypted or decrypted; the text says why."""


@dataclass(frozen=True)
class Stored:
    """A file as it was stored."""

    size: int
    sha256: str


class _Hashing:
    """A file to write to that knows what was written."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.size, self.digest = file, 0, hashlib.sha256()

    def write(self, content: bytes) -> int:
        self.size += len(content)
        self.digest.update(content)
        return self.file.write(content)

    def flush(self) -> None:
        self.file.flush()


def store(source: BinaryIO, path: Path, recipient: str) -> Stored:
    """Write all of the source into a new file, for its owner's eyes only.

    Args:
        recipient: a public key of age; empty writes it as it is.

    Raises:
        EncryptionError: the key is none.
        OSError: the disk is full, for one.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        into = _Hashing(file)
        if recipient:
            try:
                key = pyrage.x25519.Recipient.from_str(recipient)
            except pyrage.RecipientError as wrong:
                raise EncryptionError(f"BACKUP_AGE_RECIPIENT is no key of age: {wrong}") from wrong
            try:
                pyrage.encrypt_io(source, into, [key])
            except pyrage.EncryptError as failed:
                raise OSError(str(failed)) from failed
        else:
            shutil.copyfileobj(source, into, CHUNK)
        file.flush()
        os.fsync(file.fileno())
    return Stored(into.size, into.digest.hexdigest())


def checksum(path: Path) -> Stored:
    """What a file holds now."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Stored(path.stat().st_size, digest)


@contextmanager
def piped(write: Callable[[BinaryIO], None]) -> Iterator[BinaryIO]:
    """What `write` writes, to be read meanwhile. Its fault is raised at the end."""
    reading, writing = os.pipe()
    faults: list[BaseException] = []

    def run() -> None:
        with os.fdopen(writing, "wb") as into, suppress(BrokenPipeError):
            try:
                write(into)
            except BrokenPipeError:
                raise  # the reader has what it wanted
            except BaseException as fault:
                faults.append(fault)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        with os.fdopen(reading, "rb") as from_it:
            yield from_it
    finally:
        thread.join()
    if faults:
        raise faults[0]


@contextmanager
def opened(path: Path, identity: str) -> Iterator[BinaryIO]:
    """The content of a stored part, in clear.

    Args:
        identity: the secret key of age; empty where the part is not encrypted.

    Raises:
        EncryptionError: at the end, when the key does not open it.
    """
    if path.suffix != ".age":
        with path.open("rb") as file:
            yield file
        return
    key = read_identity(identity)

    def decrypt(into: BinaryIO) -> None:
        with path.open("rb") as file:
            try:
                pyrage.decrypt_io(file, into, [key])
            except pyrage.DecryptError as failed:
                if "Broken pipe" in str(failed):
                    raise BrokenPipeError from failed
                raise EncryptionError(f"The key does not open {path.name}: {failed}") from failed

    with piped(decrypt) as content:
        yield content


def read_identity(identity: str) -> pyrage.x25519.Identity:
    """The secret key of age in the text of a file as age-keygen writes it.

    Raises:
        EncryptionError: there is none.
    """
    lines = [line.strip() for line in identity.splitlines()]
    keys = [line for line in lines if line.startswith("AGE-SECRET-KEY-")]
    if not keys:
        raise EncryptionError(
            "The backup is encrypted: name the file of its secret key by --identity."
        )
    try:
        return cast("pyrage.x25519.Identity", pyrage.x25519.Identity.from_str(keys[0]))
    except pyrage.IdentityError as wrong:
        raise EncryptionError(f"The secret key is none of age's: {wrong}") from wrong

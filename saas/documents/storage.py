"""Where uploaded files lie: one interface, a local folder or a store that speaks S3.

A key is made of two ids, `tenant/file`, never of a name that somebody typed. The database knows
which file belongs to which case; the store knows only bytes.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from saas.config import ROOT, Settings

CHUNK = 1024 * 1024
_KEY = re.compile(r"[0-9a-f]{32}/[0-9a-f]{32}")


class StorageError(Exception):
    """The store cannot be reached, or refuses."""


class MissingFileError(StorageError):
    """The store has no file under this key."""


class Storage(Protocol):
    """What every store does. Each of these raises StorageError when the store fails."""

    def put(self, key: str, content: bytes) -> None:
        """Keep the content: all of it or nothing, even if the process is killed."""

    def get(self, key: str) -> bytes:
        """The content; MissingFileError when there is none."""

    def put_file(self, key: str, path: Path) -> None:
        """Keep a copy of a file, however large: all of it or nothing."""

    def chunks(self, key: str) -> Iterator[bytes]:
        """The content in parts, for what is too large to be held; MissingFileError when there is
        none."""

    def delete(self, key: str) -> None:
        """Forget the content. What is not there is forgotten already."""

    def older_than(self, tenant: uuid.UUID, moment: dt.datetime) -> Iterator[str]:
        """The keys of a tenant's files that were put before the moment."""


def new_key(tenant: uuid.UUID, file: uuid.UUID) -> str:
    return f"{tenant.hex}/{file.hex}"


def checked(key: str) -> str:
    """The key, if it is one that we made.

    Raises:
        ValueError: it is none: it could lead out of the folder.
    """
    if not _KEY.fullmatch(key):
        raise ValueError("a storage key is made of two ids")
    return key


class LocalFolder:
    """Files in a folder of this machine, readable by the service's own user alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, key: str) -> Path:
        return self.folder / checked(key)

    def put(self, key: str, content: bytes) -> None:
        self._keep(key, lambda file: file.write(content))

    def put_file(self, key: str, path: Path) -> None:
        def copy(into: BinaryIO) -> None:
            with path.open("rb") as source:
                shutil.copyfileobj(source, into, CHUNK)

        self._keep(key, copy)

    def _keep(self, key: str, write: Callable[[BinaryIO], object]) -> None:
        path = self._path(key)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            # Written beside and moved into place: nobody ever reads half a file.
            handle, waiting = tempfile.mkstemp(dir=path.parent, prefix=".put-")
            try:
                with os.fdopen(handle, "wb") as file:
                    write(file)
                    file.flush()
                    os.fsync(file.fileno())
                Path(waiting).replace(path)
            except BaseException:
                Path(waiting).unlink(missing_ok=True)
                raise
        except OSError as failed:
            raise StorageError(f"the documents' folder refuses: {failed.strerror}") from failed

    def get(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            raise MissingFileError(key) from None
        except OSError as failed:
            raise StorageError(f"the documents' folder refuses: {failed.strerror}") from failed

    def chunks(self, key: str) -> Iterator[bytes]:
        try:
            with self._path(key).open("rb") as file:
                while chunk := file.read(CHUNK):
                    yield chunk
        except FileNotFoundError:
            raise MissingFileError(key) from None
        except OSError as failed:
            raise StorageError(f"the documents' folder refuses: {failed.strerror}") from failed

    def delete(self, key: str) -> None:
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as failed:
            raise StorageError(f"the documents' folder refuses: {failed.strerror}") from failed

    def older_than(self, tenant: uuid.UUID, moment: dt.datetime) -> Iterator[str]:
        folder = self.folder / tenant.hex
        if not folder.is_dir():
            return
        for path in sorted(folder.iterdir()):
            if path.stat().st_mtime < moment.timestamp():
                key = f"{tenant.hex}/{path.name}"
                if _KEY.fullmatch(key):
                    yield key
                else:
                    # What a killed process was writing.
                    path.unlink(missing_ok=True)


def open_storage(settings: Settings) -> Storage:
    """The store that the settings name.

    Raises:
        StorageError: the settings ask for S3, and the part of the service for it is not installed;
            or they name a folder whose files the web shows to everyone.
    """
    if not settings.documents_s3_bucket:
        if _is_served(settings.documents_folder):
            raise StorageError("DOCUMENTS_DIR lies in the folder that the web shows to everyone")
        return LocalFolder(settings.documents_folder)
    try:
        from saas.documents.s3 import S3Bucket
    except ModuleNotFoundError as missing:
        raise StorageError(
            f"DOCUMENTS_S3_BUCKET is set, but {missing.name} is not installed: "
            'install the extra "s3"'
        ) from missing
    return S3Bucket(settings)


def _is_served(folder: Path) -> bool:
    shown = ROOT / "saas" / "web" / "static"
    return folder.resolve().is_relative_to(shown.resolve())

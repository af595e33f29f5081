"""What kind of file an upload is, by its content; the name it came with proves nothing. Pure."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

import puremagic

LARGEST = 20 * 1024 * 1024  # bytes
# A document of words: no honest one unpacks to more than this, or holds more parts.
LARGEST_UNPACKED = 100 * 1024 * 1024  # bytes
MOST_PARTS = 2000
_CHUNK = 1024 * 1024


class UploadRefused(ValueError):
    """A file that is not taken; the text says what would be."""


@dataclass(frozen=True)
class MediaType:
    """A kind of file that is taken: its name for people, for programs and at the end of a name."""

    words: str
    mime: str
    extension: str
    aliases: frozenset[str] = frozenset()

    def fits(self, name: str) -> bool:
        """Whether a file of this kind may be called so."""
        ending = PurePath(name).suffix.lower().removeprefix(".")
        return ending == self.extension or ending in self.aliases


PDF = MediaType("PDF", "application/pdf", "pdf")
DOCX = MediaType(
    "Word (DOCX)",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "docx",
)
ODT = MediaType("OpenDocument text (ODT)", "application/vnd.oasis.opendocument.text", "odt")
JPEG = MediaType("JPG", "image/jpeg", "jpg", frozenset({"jpeg"}))
PNG = MediaType("PNG", "image/png", "png")
TAKEN: tuple[MediaType, ...] = (PDF, DOCX, ODT, JPEG, PNG)
BY_MIME = {kind.mime: kind for kind in TAKEN}
TAKEN_IN_WORDS = "PDF, DOCX, ODT, JPG or PNG"


def recognise(name: str, content: bytes) -> MediaType:
    """The kind of a file.

    Raises:
        UploadRefused: it is empty, too large, of no kind that is taken, or not what its name says.
    """
    if not content:
        raise UploadRefused("The file is empty")
    if len(content) > LARGEST:
        raise UploadRefused("The file must be 20 MB or smaller")
    kind = _by_content(content)
    if kind is None:
        raise UploadRefused(f"The file must be a {TAKEN_IN_WORDS}")
    if not kind.fits(name):
        raise UploadRefused(
            f"The file is a {kind.words}, but its name does not end in .{kind.extension}: "
            "save it again under the right name"
        )
    return kind


def _by_content(content: bytes) -> MediaType | None:
    try:
        said = {match.mime_type for match in puremagic.magic_string(content)}
    except puremagic.PureError:
        return None
    for kind, holds in _HOLDS.items():
        if kind.mime in said and holds(content):
            return kind
    return None


def _pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]


def _jpeg(content: bytes) -> bool:
    return content.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in content[-4096:]


def _png(content: bytes) -> bool:
    return content.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in content[-64:]


def _docx(content: bytes) -> bool:
    with _opened(content) as pack:
        names = set(pack.namelist())
        if not {"[Content_Types].xml", "word/document.xml"} <= names:
            return False
        # A document with macros that was renamed: Word would not open it either.
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            raise UploadRefused("The file holds macros: save it without them")
        return b"wordprocessingml.document.main+xml" in pack.read("[Content_Types].xml")


def _odt(content: bytes) -> bool:
    with _opened(content) as pack:
        names = pack.namelist()
        if "content.xml" not in names or not names or names[0] != "mimetype":
            return False
        return pack.read("mimetype").strip() == ODT.mime.encode()


def _opened(content: bytes) -> zipfile.ZipFile:
    """The parts of a packed document, each unpacked once to see that none is a trap.

    The sizes that the package declares are not believed.
    """
    try:
        pack = zipfile.ZipFile(io.BytesIO(content))
        parts = pack.infolist()
        if len(parts) > MOST_PARTS:
            raise UploadRefused("The file holds too many parts to be a document")
        left = LARGEST_UNPACKED
        for part in parts:
            if part.flag_bits & 0x1:
                raise UploadRefused("The file is locked with a password: save it without one")
            with pack.open(part) as stream:
                while chunk := stream.read(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise UploadRefused("The file unpacks to more than a document can hold")
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError):
        raise UploadRefused("The file is damaged: save it again and upload that") from None
    return pack


_HOLDS: dict[MediaType, Callable[[bytes], bool]] = {
    PDF: _pdf,
    JPEG: _jpeg,
    PNG: _png,
    DOCX: _docx,
    ODT: _odt,
}

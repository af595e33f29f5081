"""Files as people upload them, made here."""

from __future__ import annotations

import io
import zipfile

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01" + b"\0" * 40 + b"\xff\xd9"
# The test file that every scanner reports, in two halves so that none reports this one.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
WORD_TYPES = (
    '<Types><Override PartName="/word/document.xml" ContentType="application/vnd.'
    'openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
ODT_TYPE = "application/vnd.oasis.opendocument.text"


def packed(*parts: tuple[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with these parts, in this order."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", compression) as pack:
        for name, content in parts:
            pack.writestr(name, content)
    return held.getvalue()


def docx(*more: tuple[str, str | bytes]) -> bytes:
    return packed(("[Content_Types].xml", WORD_TYPES), ("word/document.xml", "<w/>"), *more)


def odt() -> bytes:
    return packed(("mimetype", ODT_TYPE), ("content.xml", "<o/>"))

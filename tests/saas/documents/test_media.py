"""A file is what its content says, and only five kinds are taken."""

from __future__ import annotations

import io
import zipfile

import pytest

from saas.documents import media
from saas.documents.media import UploadRefused, recognise
from tests.saas.documents.files import JPEG, PDF, PNG, WORD_TYPES, docx, odt, packed


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("Letter.PDF", PDF, media.PDF),
        ("scan.png", PNG, media.PNG),
        ("photo.jpg", JPEG, media.JPEG),
        ("photo.jpeg", JPEG, media.JPEG),
        ("summary.docx", docx(), media.DOCX),
        ("summary.odt", odt(), media.ODT),
    ],
)
def test_each_kind_is_known_by_its_content(
    name: str, content: bytes, kind: media.MediaType
) -> None:
    assert recognise(name, content) is kind


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.pdf", b"<html><script>alert(1)</script></html>"),
        ("page.html", b"<html></html>"),
        ("table.xlsx", packed(("[Content_Types].xml", "<Types/>"), ("xl/workbook.xml", "x"))),
        ("archive.docx", packed(("a.txt", "hello"))),
        ("animation.png", b"GIF89a" + b"\0" * 60),
        ("tail.pdf", b"MZ\x90\0" + PDF),
        ("cut.pdf", b"%PDF-1.7\nthe rest never came"),
        ("drawing.odt", packed(("mimetype", "application/vnd.oasis.opendocument.graphics"),
                               ("content.xml", "x"))),
        ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("noise.pdf", b"\0\1\2\3"),
    ],
)  # fmt: skip
def test_what_only_looks_like_one_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(UploadRefused, match="must be a PDF, DOCX, ODT, JPG or PNG"):
        recognise(name, content)


def test_the_name_must_fit_the_content() -> None:
    with pytest.raises(UploadRefused, match=r"is a PDF, but its name does not end in \.pdf"):
        recognise("letter.docx", PDF)
    with pytest.raises(UploadRefused, match="does not end in"):
        recognise("letter", PDF)


def test_an_empty_or_too_large_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UploadRefused, match="empty"):
        recognise("letter.pdf", b"")
    monkeypatch.setattr(media, "LARGEST", len(PDF))
    assert recognise("letter.pdf", PDF) is media.PDF
    with pytest.raises(UploadRefused, match="20 MB or smaller"):
        recognise("letter.pdf", PDF + b"\n")


def test_a_document_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "LARGEST_UNPACKED", 1_000_000)
    bomb = docx(("word/media/bomb.bin", b"\0" * 2_000_000))
    assert len(bomb) < 10_000
    with pytest.raises(UploadRefused, match="unpacks to more"):
        recognise("summary.docx", bomb)


def test_a_bomb_that_lies_about_its_size_is_refused_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(media, "LARGEST_UNPACKED", 1_000_000)
    bomb = docx(("word/media/bomb.bin", b"\0" * 2_000_000))
    # The size that the package declares for its last part, in both its headers.
    lying = bomb.replace((2_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != bomb
    with pytest.raises(UploadRefused):
        recognise("summary.docx", lying)


def test_a_package_of_too_many_parts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "MOST_PARTS", 5)
    with pytest.raises(UploadRefused, match="too many parts"):
        recognise("summary.docx", docx(*((f"part{n}", "x") for n in range(4))))


def test_macros_a_password_and_damage_are_refused_with_what_to_do() -> None:
    with pytest.raises(UploadRefused, match="macros"):
        recognise("summary.docx", docx(("word/vbaProject.bin", "x")))
    held = bytearray(docx())
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = held.find(header)
        held[place + flags] |= 1
    with pytest.raises(UploadRefused, match="password"):
        recognise("summary.docx", bytes(held))
    damaged = bytearray(packed(("[Content_Types].xml", WORD_TYPES), ("word/document.xml", "x"),
                               compression=zipfile.ZIP_STORED))  # fmt: skip
    damaged[damaged.find(b"wordprocessingml")] ^= 1
    with pytest.raises(UploadRefused, match="damaged"):
        recognise("summary.docx", bytes(damaged))
    assert zipfile.is_zipfile(io.BytesIO(bytes(damaged)))

"""A letter that is printed and posted: what happened, the case's reference, and a link."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from io import BytesIO

import segno

from saas.documents.content import Provider
from saas.documents.pdf import render_pdf
from saas.reference.calendar_words import plain_date


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterContent:
    """What one letter says. `address` is one line per entry."""

    reference: str
    address: tuple[str, ...]
    heading: str
    paragraphs: tuple[str, ...]
    written_on: dt.date
    provider: Provider
    link: str = ""
    about_link: str = ""


def letter_pdf(letter: LetterContent, *, at: dt.datetime) -> bytes:
    """The letter as a PDF; the link stands in it in words and as a QR code.

    Raises:
        saas.documents.pdf.DocumentError: it cannot be printed.
    """
    picture = BytesIO()
    if letter.link:
        segno.make(letter.link, error="m").save(picture, kind="svg", border=2, xmldecl=False)
    content = {
        "reference": letter.reference,
        "address": list(letter.address),
        "heading": letter.heading,
        "paragraphs": list(letter.paragraphs),
        "written_on": plain_date(letter.written_on),
        "provider": letter.provider.as_content(),
        "link": letter.link,
        "about_link": letter.about_link,
        "picture": picture.getvalue().decode(),
    }
    return render_pdf("letter", content, title=f"Letter, case {letter.reference}", issued_at=at)

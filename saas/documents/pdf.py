"""From a template and its content to a PDF that lasts and that a screen reader can read.

Every file is PDF/UA-1 (ISO 14289-1: tagged, titled, in a stated language) and PDF/A-3a
(ISO 19005-3: everything it needs is inside; part 3, so that an e-invoice may travel in it later).
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import typst

from saas.config import ROOT

TEMPLATES: Final = ROOT / "templates" / "documents"
STANDARDS: Final[list[typst.PDFStandard]] = ["a-3a", "ua-1"]

_FONT_PACKAGE = "font_source_sans_pro"
_FACES = ("Regular", "It", "Semibold", "Bold", "BoldIt")
# What names in other scripts are set in, where the typeface has no letter: the package, the file,
# and a letter of it. All under the SIL Open Font License.
_OTHER_SCRIPTS: Final = {
    "Noto Sans": ("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf", "Д"),
    "Noto Sans Arabic": ("fontpkg_noto_sans_arabic", "files/NotoSansArabic[wdth,wght].ttf", "أ"),
    "Noto Sans Devanagari": (
        "fontpkg_noto_sans_devanagari",
        "files/NotoSansDevanagari[wdth,wght].ttf",
        "अ",
    ),
    "Noto Sans Tamil": ("fontpkg_noto_sans_tamil", "files/NotoSansTamil[wdth,wght].ttf", "அ"),
    "Noto Sans Telugu": ("fontpkg_noto_sans_telugu", "files/NotoSansTelugu[wdth,wght].ttf", "అ"),
    "Noto Sans Thai": ("fontpkg_noto_sans_thai", "files/NotoSansThai[wdth,wght].ttf", "ก"),
    "Noto Sans CJK JP": ("noto_cjk_sans_jp_regular", "NotoSansCJKjp-Regular.otf", "明"),
}
TYPEFACES: Final = ("Source Sans Pro", *_OTHER_SCRIPTS)
_SET = "#set text(font: {}, fallback: false)\n".format(
    "(" + ", ".join(f'"{name}"' for name in TYPEFACES) + ")"
)
# Naming every face once makes typst read it into memory.
_ALL_FACES = (
    _SET
    + "a _b_ *c* _*d*_ #text(weight: 600)[e] "
    + " ".join(letter for _, _, letter in _OTHER_SCRIPTS.values())
).encode()
_TEMPLATE_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:-([A-Z]{2}))?")


class DocumentError(Exception):
    """A document could not be made. Names the template and never repeats what was to be in it."""

    def __init__(self, template: str, reason: str) -> None:
        super().__init__(f"document '{template}': {reason}")
        self.template = template


class UnprintableText(DocumentError):
    """A field holds a character that none of the documents' typefaces can show."""

    def __init__(self, template: str, fields: tuple[str, ...] = ()) -> None:
        where = f" in {', '.join(fields)}" if fields else ""
        super().__init__(
            template, f"a character{where} cannot be printed: write the text in other letters"
        )
        self.fields = fields


def render_pdf(
    template: str,
    content: Mapping[str, object],
    *,
    title: str,
    issued_at: datetime,
    lang: str = "en-GB",
) -> bytes:
    """The document as bytes; the same arguments give the same bytes on every machine.

    Content reaches the template as JSON in one input, so nothing in it is ever read as markup.
    Callable from any number of threads.

    Args:
        template: name of a file in templates/documents, without its ending.
        content: what the template prints: text, numbers, truth values, lists and mappings.
        title: what a reader's window and a screen reader announce. It travels in the file's
            metadata, so it holds no child's name.
        issued_at: the time stamp of the file, with its time zone.
        lang: language of the text, such as 'en-GB'.

    Raises:
        UnprintableText: a character has no glyph; it names the fields, not their text.
        DocumentError: anything else; the text names the template only.
    """
    source = TEMPLATES / f"{template}.typ"
    if not _TEMPLATE_NAME.fullmatch(template) or not source.is_file():
        raise DocumentError(template, "there is no such template")
    if not title.strip():
        raise DocumentError(template, "it has no title")
    language = _LANGUAGE.fullmatch(lang)
    if language is None:
        raise DocumentError(template, "its language is not written like 'en-GB'")
    if issued_at.tzinfo is None:
        raise DocumentError(template, "its time stamp has no time zone")
    inputs = {
        "content": _as_json(template, content),
        "title": title,
        "lang": language[1],
        "region": language[2] or "",
    }
    failed = None if all(map(_is_encodable, inputs.values())) else _is_encodable
    made: object = None
    if failed is None:
        try:
            # A compiler of its own for each call (0.2 ms): compilers are not shared between
            # threads, the faces are, and typst itself remembers what it parsed.
            compiler = typst.Compiler(root=TEMPLATES, font_paths=_faces(), ignore_system_fonts=True)
            made = compiler.compile(
                source,
                format="pdf",
                sys_inputs=inputs,
                pdf_standards=STANDARDS,
                timestamp=issued_at.astimezone(UTC).replace(microsecond=0),
            )
        except typst.TypstError as refused:
            if "could not be displayed" in refused.message:
                failed = is_printable
    # Raised only here, outside the handler: the compiler's error quotes the text it stumbled over
    # and would travel along as the new error's context.
    if failed is not None:
        raise UnprintableText(template, _fields_that_fail(content, failed))
    if not isinstance(made, bytes):
        raise DocumentError(template, "the template could not be set with this content")
    return made


@cache
def _faces() -> typst.Fonts:
    """The five faces in use and those of other scripts, held in memory.

    The package has each face twice (.otf and .ttf) under one name, and which of them is found
    first depends on the file system: only the .ttf are offered, or the bytes would differ from
    machine to machine. The folder is needed only until the faces are read.
    """
    files = _folder_of(_FONT_PACKAGE) / "files"
    with TemporaryDirectory(prefix="typeface-") as folder:
        for face in _FACES:
            shutil.copy(files / f"SourceSansPro-{face}.ttf", folder)
        for name, (package, file, _) in _OTHER_SCRIPTS.items():
            shutil.copy(_folder_of(package) / file, Path(folder) / f"{name}{Path(file).suffix}")
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
        )
        typst.Compiler(_ALL_FACES, font_paths=fonts, ignore_system_fonts=True).compile(format="pdf")
    if len(fonts.fonts()) != len(_FACES) + len(_OTHER_SCRIPTS):
        raise DocumentError("typeface", "not every face could be read")
    return fonts


def _folder_of(package: str) -> Path:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise DocumentError("typeface", f"the Python package {package} is not installed")
    return Path(found.origin).parent


def _as_json(template: str, content: Mapping[str, object]) -> str:
    try:
        return json.dumps(content, ensure_ascii=False, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError):
        raise DocumentError(
            template, "its content holds something other than text, whole numbers and lists"
        ) from None


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


# Basic Latin, Latin-1 and Latin Extended-A: all of it is in the first typeface.
_SURELY_PRINTED: Final = re.compile(r"[\x20-\x7e\xa0-\u017f\u2018\u2019\u2013]*")


def prints(text: str) -> bool:
    """The same answer as `is_printable`, at once for what is in Latin letters as most names are."""
    return _SURELY_PRINTED.fullmatch(text) is not None or is_printable(text)


def is_printable(text: str) -> bool:
    """Whether the documents' typefaces can show every character of the text.

    For forms, so that they ask for another spelling before a certificate is due.
    """
    if not _is_encodable(text):
        return False
    probe = f"{_SET}#sys.inputs.text".encode()
    compiler = typst.Compiler(probe, font_paths=_faces(), ignore_system_fonts=True)
    try:
        compiler.compile(format="pdf", sys_inputs={"text": text}, pdf_standards="a-3u")
    except typst.TypstError:
        return False
    return True


def _fields_that_fail(
    content: Mapping[str, object], passes: Callable[[str], bool]
) -> tuple[str, ...]:
    return tuple(name for name, value in content.items() if not all(map(passes, _texts(value))))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)

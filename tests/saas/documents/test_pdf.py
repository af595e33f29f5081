from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest

from saas.documents import certificate as certificates
from saas.documents import invoice as invoices
from saas.documents.pdf import (
    _SURELY_PRINTED,
    TEMPLATES,
    DocumentError,
    UnprintableText,
    is_printable,
    render_pdf,
)
from tests.saas.documents.papers import (
    PROVIDER,
    Paper,
    certificate,
    invoice,
    line,
    vat_of,
)

WHEN = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
HOSTILE = [
    '#panic("x")',
    "*bold* _it_ `raw` $x^2$",
    "a\\b \\",
    "say \"hello\" and 'bye'",
    "#sys.inputs.content",
    "= Heading",
    "<label> @reference",
    "https://example.org/ // comment /* comment */",
    '{"a": [1]} }; ]',
    "- - list",
]
PAPERS: list[Callable[[], bytes]] = [
    lambda: certificates.render(certificate()),
    lambda: invoices.render(invoice()),
]


@pytest.mark.parametrize("make", PAPERS)
def test_a_document_says_it_is_pdf_ua_1_and_pdf_a_3a(make: Callable[[], bytes]) -> None:
    xmp = Paper.of(make()).xmp
    assert re.search(r"pdfuaid:part>\s*1\s*<", xmp)
    assert re.search(r"pdfaid:part>\s*3\s*<", xmp)
    assert re.search(r"pdfaid:conformance>\s*A\s*<", xmp)


@pytest.mark.parametrize("make", PAPERS)
def test_a_document_is_tagged_and_says_its_language_and_title(make: Callable[[], bytes]) -> None:
    paper = Paper.of(make())
    root = paper.reader.root_object
    assert root["/MarkInfo"]["/Marked"].value is True  # type: ignore[index]
    assert str(root["/Lang"]) == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True  # type: ignore[index]
    assert paper.reader.metadata is not None
    assert paper.reader.metadata.title
    tags = paper.tags()
    assert tags.count("H1") == 1
    assert "P" in tags


@pytest.mark.parametrize("make", PAPERS)
def test_the_same_content_gives_the_same_bytes(make: Callable[[], bytes]) -> None:
    assert make() == make()


def test_the_time_stamp_counts_as_an_instant_whatever_its_zone() -> None:
    content = _note("text")
    summer = WHEN.astimezone(timezone(timedelta(hours=1)))
    first = render_pdf("certificate", content, title="Note", issued_at=WHEN)
    assert render_pdf("certificate", content, title="Note", issued_at=summer) == first
    later = WHEN + timedelta(seconds=1)
    assert render_pdf("certificate", content, title="Note", issued_at=later) != first


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_in_the_content_is_printed_and_never_obeyed(text: str) -> None:
    made = certificates.render(certificate(child_name=text, decision=text, issued_to=(text,)))
    assert Paper.of(made).text.count(" ".join(text.split())) >= 2


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_in_an_invoice_line_is_printed_and_never_obeyed(text: str) -> None:
    lines = (line(text, "1", 100),)
    made = invoices.render(invoice(lines=lines, vat_summary=vat_of(lines), purchase_order=text))
    assert " ".join(text.split()) in Paper.of(made).text


def test_threads_get_the_bytes_that_one_thread_gets() -> None:
    contents = [certificate(number=f"SMP-2026-{n:04d}") for n in range(24)]
    alone = [certificates.render(content) for content in contents]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(certificates.render, contents)) == alone
    assert len(set(alone)) == len(alone)


def test_only_the_packaged_typeface_is_embedded() -> None:
    fonts = set()
    for page in Paper.of(invoices.render(invoice())).reader.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            fonts.add(str(font.get_object()["/BaseFont"]).split("+")[1].split("-")[0])
    assert fonts == {"SourceSansPro"}


def test_no_template_fetches_a_package_or_reads_another_folder() -> None:
    templates = sorted(TEMPLATES.glob("*.typ"))
    assert len(templates) >= 3
    for template in templates:
        source = template.read_text()
        assert not re.search(r"@(preview|local)\b", source), template.name
        assert ".." + "/" not in source, template.name


def test_the_names_of_english_families_can_be_printed() -> None:
    for name in ("Seán Ó'Brien", "Łukasz Żółć", "Ștefan Ţurcanu", "Ayşe Yıldız", "Nguyễn Thị Hương",
                 "Siân Llŷr", "Ọlájídé", "Jürgen Groß", "Žydrūnas", "£ € – — ’"):  # fmt: skip
        assert is_printable(name), name


@pytest.mark.parametrize("name", ["ᚠᚢᚦ", "\U0001f600", "\ud800"])
def test_a_script_without_glyphs_is_refused_by_the_name_of_its_field(name: str) -> None:
    assert not is_printable(name)
    with pytest.raises(UnprintableText) as refused:
        certificates.render(certificate(child_name=name))
    assert refused.value.fields == ("child_name",)
    assert "'certificate'" in str(refused.value)
    assert name not in "".join(traceback.format_exception(refused.value))
    assert refused.value.__context__ is None


def test_an_error_names_the_template_and_never_the_content() -> None:
    secret = "zofia".title()
    with pytest.raises(DocumentError) as refused:
        render_pdf("certificate", {"number": secret}, title="Note", issued_at=WHEN)
    assert refused.value.template == "certificate"
    assert secret not in "".join(traceback.format_exception(refused.value))
    assert refused.value.__context__ is None


@pytest.mark.parametrize("template", ["nothing", "../documents/invoice", "style.typ", "", "A"])
def test_a_template_that_is_not_there_is_refused(template: str) -> None:
    with pytest.raises(DocumentError, match="no such template"):
        render_pdf(template, {}, title="Note", issued_at=WHEN)


def test_a_title_a_zone_a_language_and_plain_content_are_demanded() -> None:
    with pytest.raises(DocumentError, match="no title"):
        render_pdf("certificate", {}, title=" ", issued_at=WHEN)
    with pytest.raises(DocumentError, match="no time zone"):
        render_pdf("certificate", {}, title="Note", issued_at=WHEN.replace(tzinfo=None))
    with pytest.raises(DocumentError, match="language"):
        render_pdf("certificate", {}, title="Note", issued_at=WHEN, lang="English")
    with pytest.raises(DocumentError, match="other than text"):
        render_pdf("certificate", {"day": WHEN}, title="Note", issued_at=WHEN)


def _note(statement: str) -> dict[str, object]:
    names = (
        "number subtitle source issued_on child_name authority_name decision notice_sent_on "
        "issued_by issued_by_role case_reference last_day_to_appeal last_day_counted "
        "withdrawn_on withdrawn_reason"
    )
    return dict.fromkeys(names.split(), "") | {
        "statement": statement,
        "issued_to": ["Someone"],
        "provider": PROVIDER.as_content(),
        "may_still_mediate": False,
    }


def test_what_is_taken_for_printable_at_once_is_printable() -> None:
    every = "".join(chr(n) for n in range(0x20, 0x2020) if prints_at_once(chr(n)))
    assert len(every) > 300 and is_printable(every)


def prints_at_once(character: str) -> bool:
    return _SURELY_PRINTED.fullmatch(character) is not None

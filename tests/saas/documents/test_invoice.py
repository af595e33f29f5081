from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from saas.documents.content import ContentRefused
from saas.documents.invoice import draft_of, render
from tests.saas.documents.papers import Paper, invoice, line, vat_of


def test_a_vat_invoice_holds_all_that_the_vat_regulations_ask_for() -> None:
    text = Paper.of(render(invoice(contract_reference="TRA-SEND-2025"))).text
    for expected in (
        "VAT invoice",
        "INV-2026-0031",
        "Wednesday 1 April 2026",
        "Tax point Tuesday 31 March 2026",
        "Friday 1 May 2026",
        "1 January 2026 to 31 March 2026",
        "TRA-SEND-2025",
        "SEND Mediation Partnership",
        "VAT number GB 999 0000 00",
        "Trafford Council",
        "Stretford M32 0TH",
        "4500118273",
        "Mediations above the allowance 3 £845.00 £2,535.00 20%",
        "Interpreter 2.5 £62.00 £155.00 0%",
        "20% £15,035.00 £3,007.00 £18,042.00",
        "0% £155.00 £0.00 £155.00",
        "Total to pay £15,190.00 £3,007.00 £18,197.00",
        "Account number 00000000",
        "Procurement Act 2023, section 68",
    ):
        assert expected in text, expected


def test_totals_are_summed_from_the_lines_and_the_vat() -> None:
    content = invoice()
    assert (content.net_pence, content.vat_pence, content.gross_pence) == (
        1_519_000,
        300_700,
        1_819_700,
    )


def test_the_purchase_order_and_the_total_stand_before_everything_else() -> None:
    text = Paper.of(render(invoice())).text
    assert text.index("4500118273") < text.index("£18,197.00") < text.index("Trafford Council")


def test_lines_and_totals_are_tables_with_header_cells() -> None:
    tags = Paper.of(render(invoice())).tags()
    assert tags.count("Table") == 2
    assert tags.count("THead") == 2
    assert tags.count("TH") == 11
    assert tags.count("TD") == 3 * 7 + 3 * 4


def test_a_long_invoice_repeats_its_header_and_reference_on_each_page() -> None:
    lines = tuple(line(f"Mediation, case TRA-2026-{n:04d}", "1", 84_500) for n in range(60))
    paper = Paper.of(render(invoice(lines=lines, vat_summary=vat_of(lines))))
    pages = paper.pages
    assert len(pages) >= 3
    for n in range(60):
        assert paper.text.count(f"TRA-2026-{n:04d}") == 1
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert "VAT invoice INV-2026-0031 · PO 4500118273" in page
        if "TRA-2026-00" in page:
            assert "Description Quantity Unit price Net VAT rate" in page
    # The header is read out once: its repetitions are artifacts.
    assert paper.tags().count("THead") == 2


def test_a_draft_says_so_on_every_page_and_asks_nobody_to_pay() -> None:
    lines = tuple(line(f"Line {n}", "1", 100) for n in range(60))
    draft = invoice(
        draft=True,
        number="",
        issued_on=None,
        due_on=None,
        purchase_order="",
        lines=lines,
        vat_summary=vat_of(lines),
    )
    paper = Paper.of(render(draft))
    assert len(paper.pages) > 1
    for page in paper.pages:
        assert "Draft - not a VAT invoice" in page[:80]
    assert "No number yet" in paper.text
    assert paper.text.count("Set when issued") == 3
    assert "How to pay" not in paper.text
    assert paper.reader.metadata is not None
    assert (paper.reader.metadata.title or "").startswith("Draft: ")


def test_a_draft_of_an_issued_invoice_differs_by_its_mark() -> None:
    issued = invoice()
    assert "Draft" not in Paper.of(render(issued)).text
    assert "Draft - not a VAT invoice" in Paper.of(render(draft_of(issued))).text


def test_a_credit_note_names_the_invoice_it_corrects_and_why() -> None:
    note = invoice(
        kind="credit_note",
        number="CN-2026-0004",
        due_on=None,
        credits_invoice="INV-2026-0031",
        credit_reason="Two mediations were charged twice",
    )
    text = Paper.of(render(note)).text
    assert "VAT credit note" in text
    assert "For invoice INV-2026-0031" in text
    assert "Two mediations were charged twice" in text
    assert "Total credited to you £18,197.00" in text
    assert "How to pay" not in text


@pytest.mark.parametrize(
    ("treatment", "word", "note"),
    [
        ("exempt", "Exempt", "Exempt from VAT: welfare services by a charity."),
        ("outside_scope", "Outside scope", "Outside the scope of VAT: a grant."),
    ],
)
def test_a_supply_without_vat_is_no_vat_invoice_and_says_why(
    treatment: Any, word: str, note: str
) -> None:
    lines = (line("Quarterly charge", "1", 1_250_000, "0"),)
    content = invoice(
        lines=lines,
        vat_summary=vat_of(lines),
        vat_treatment=treatment,
        vat_reason=note.split(": ")[1],
        supplier_vat_number="",
    )
    text = Paper.of(render(content)).text
    assert "VAT invoice" not in text
    assert note in text
    assert re.search(rf"{word} £12,500.00 £0.00 £12,500.00", text)


@pytest.mark.parametrize(
    "field",
    [
        "number",
        "purchase_order",
        "customer_name",
        "supplier_vat_number",
        "terms",
    ],
)
def test_an_issued_invoice_without_a_field_is_refused_by_its_name(field: str) -> None:
    with pytest.raises(ContentRefused) as refused:
        invoice(**{field: ""})
    assert refused.value.faults == (f"{field} is missing",)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"issued_on": None}, "issued_on is missing"),
        ({"due_on": None}, "due_on is missing"),
        ({"bank_details": ()}, "bank_details is missing"),
        ({"customer_address": ()}, "customer_address is missing"),
        ({"lines": (), "vat_summary": ()}, "lines is missing"),
        ({"period": (date(2026, 3, 31), date(2026, 1, 1))}, "period ends before it starts"),
        ({"kind": "credit_note", "credit_reason": "Twice"}, "credits_invoice is missing"),
        ({"kind": "credit_note", "credits_invoice": "INV-1"}, "credit_reason is missing"),
        ({"vat_treatment": "exempt"}, "vat_reason is missing"),
        ({"vat_treatment": "exempt", "vat_reason": "Charity"}, "carries none"),
    ],
)
def test_an_invoice_that_is_incomplete_is_refused(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ContentRefused, match=fault):
        invoice(**changes)


def test_an_invoice_that_does_not_add_up_is_refused() -> None:
    good = line("Quarterly charge", "3", 1_000)
    wrong = (replace(good, net_pence=3_001),)
    with pytest.raises(ContentRefused, match="line 1 net_pence"):
        invoice(lines=wrong, vat_summary=vat_of(wrong))
    (vat,) = vat_of((good,))
    with pytest.raises(ContentRefused, match="vat_summary at 20% net_pence"):
        invoice(lines=(good,), vat_summary=(replace(vat, net_pence=2_999),))
    with pytest.raises(ContentRefused, match="vat_summary at 20% vat_pence"):
        invoice(lines=(good,), vat_summary=(replace(vat, vat_pence=601),))
    with pytest.raises(ContentRefused, match="each rate of the lines once"):
        invoice(lines=(good,), vat_summary=(vat, vat))
    with pytest.raises(ContentRefused, match="each rate of the lines once"):
        invoice(lines=(good,), vat_summary=(replace(vat, vat_rate=Decimal(5)),))


def test_vat_rounded_line_by_line_is_accepted() -> None:
    lines = tuple(line(f"Copy {n}", "1", 3) for n in range(4))
    (vat,) = vat_of(lines)
    assert vat.vat_pence == 2
    by_line = (replace(vat, vat_pence=4),)
    assert invoice(lines=lines, vat_summary=by_line).gross_pence == 16

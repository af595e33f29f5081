"""A bank's statement is read whole or not at all, and each suggestion says why."""

from __future__ import annotations

import uuid

import pytest

from billing.payments.statements import (
    OpenInvoice,
    StatementRefused,
    read_statement,
    suggest,
)

CSV = (
    "Date,Description,Amount\n"
    "02/07/2026,TRAFFORD COUNCIL INV-2627-00042,14400.00\n"
    "03/07/2026,Rent,-900.00\n"
    '03/07/2026,BRENT COUNCIL,"1,200.50"\n'
    '03/07/2026,BRENT COUNCIL,"1,200.50"\n'
)
CAMT = """<?xml version="1.0"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>
<Ntry><Amt Ccy="GBP">14400.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>2026-07-02</Dt></BookgDt>
<AcctSvcrRef>B1</AcctSvcrRef><NtryDtls><TxDtls><RltdPties><Dbtr><Nm>Trafford Council</Nm></Dbtr>
</RltdPties><RmtInf><Ustrd>INV 2627 00042</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="GBP">5.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>
<BookgDt><Dt>2026-07-02</Dt></BookgDt></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


def invoice(number: str = "INV-2627-00042", owed: int = 1_440_000, **more: str) -> OpenInvoice:
    names = {"authority": "Trafford", "purchase_order": "4500118273", **more}
    return OpenInvoice(uuid.uuid4(), uuid.uuid4(), number=number, owed_pence=owed, **names)


def test_a_csv_gives_what_came_in_and_like_lines_stay_two() -> None:
    lines = read_statement(CSV.encode())
    assert [line.pence for line in lines] == [1_440_000, 120_050, 120_050]
    assert len({line.key for line in lines}) == 3
    assert [line.key for line in read_statement(CSV.encode())] == [line.key for line in lines]


def test_a_camt_file_gives_the_same_payment() -> None:
    (line,) = read_statement(CAMT.encode())
    assert (line.pence, line.payer) == (1_440_000, "Trafford Council")
    found = suggest(line, [invoice()])
    assert found is not None and found.sureness == 3


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"one,two\n1,2\n", "no heading"),
        (b"Date,Amount\n31/31/2026,5.00\n", "Row 2"),
        (b"Date,Amount\n01/07/2026,five\n", "no amount"),
        (b"Date,Amount\n01/07/2026,5.001\n", "no amount in pounds and pence"),
        (b"<a/>", "no camt.053"),
        (b"<a>", "broken"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "no camt.053"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_row(content: bytes, told: str) -> None:
    with pytest.raises(StatementRefused, match=told):
        read_statement(content)


@pytest.mark.parametrize(
    ("reference", "owed", "sureness"),
    [
        ("INV-2627-00042", 1_440_000, 3),
        ("inv 262700042", 1_440_000, 3),
        ("INV-2627-00042", 1_440_001, 2),
        ("PO 4500118273", 1_440_000, 2),
        ("TRAFFORD MBC", 1_440_000, 2),
        ("TRAFFORD MBC", 9_999, 1),
        ("BGC 0417", 1_440_000, 1),
        ("BGC 0417", 9_999, 0),
    ],
)
def test_a_suggestion_is_as_sure_as_what_speaks_for_it(
    reference: str, owed: int, sureness: int
) -> None:
    (line,) = read_statement(f"Date,Reference,Amount\n2026-07-02,{reference},14400.00\n".encode())
    found = suggest(line, [invoice(owed=owed), invoice("INV-2627-00043", 77, authority="Brent")])
    assert (found.sureness if found else 0) == sureness

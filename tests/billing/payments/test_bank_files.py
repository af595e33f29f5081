"""Issue 12, points 9 and 10: the files of real banks, with invented payers; nothing is guessed."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payments.bank_files import day_of, pence_of
from billing.payments.statements import (
    OpenInvoice,
    StatementRefused,
    read_statement,
    suggest,
)

DAY = dt.date(2026, 7, 2)
NUMBER = "INV-2627-00042"
# As each bank exports it: one receipt of 14,400 pounds, and money that went out.
LAYOUTS = {
    "Lloyds": (
        "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,"
        "Debit Amount,Credit Amount,Balance\n"
        "02/07/2026,BGC,'30-00-00,00000001,EXAMPLETON COUNCIL INV-2627-00042,,14400.00,20000.00\n"
        "01/07/2026,DD,'30-00-00,00000001,RENT,900.00,,5600.00\n"
    ),
    "Barclays": (
        "Number,Date,Account,Amount,Subcategory,Memo\n"
        "\t,02/07/2026,20-00-00 00000001,14400.00,Counter Credit,"
        "EXAMPLETON COUNCIL\tINV-2627-00042 BGC\n"
        "\t,01/07/2026,20-00-00 00000001,-900.00,Direct Debit,RENT\n"
    ),
    "NatWest": (
        "Date, Type, Description, Value, Balance, Account Name, Account Number\n\n"
        '02 Jul 2026,BAC,"\'EXAMPLETON COUNCIL , INV-2627-00042",14400.00,20000.00,'
        '"\'KIDS","\'600000-00000001",\n'
        '01 Jul 2026,D/D,"\'RENT",-900.00,5600.00,"\'KIDS","\'600000-00000001",\n'
    ),
    "HSBC": (
        "Date,Type,Description,Paid out,Paid in,Balance\n"
        '02-Jul-26,CR,EXAMPLETON COUNCIL INV-2627-00042,,"14,400.00","20,000.00"\n'
        "01-Jul-26,DD,RENT,900.00,,\n"
    ),
    "HSBCnet": (
        "Account name,Account number,Currency,Bank reference,Narrative,Customer reference,"
        "TRN type,Value date,Credit amount,Debit amount,Time,Post date,Balance\n"
        "KIDS,00000001,GBP,X1,EXAMPLETON COUNCIL,INV-2627-00042,CREDIT,03/07/2026,14400.00,,"
        "09:10,02/07/2026,20000.00\n"
        "KIDS,00000001,GBP,X2,RENT,,DEBIT,01/07/2026,,-900.00,09:10,01/07/2026,5600.00\n"
    ),
    "Santander": (
        "From: 01/07/2026;To: 31/07/2026\nAccount: XXXX 0001\n\n"
        "Date;Description;Money in;Money out;Balance\n"
        "02/07/2026;EXAMPLETON COUNCIL INV-2627-00042;\u00a314,400.00;;\u00a320,000.00\n"
        "01/07/2026;RENT;;\u00a3900.00;\u00a35,600.00\n"
    ),
    "Starling": (
        "Date,Counter Party,Reference,Type,Amount (GBP),Balance (GBP),Spending Category,Notes\n"
        "02/07/2026,Exampleton Council,INV-2627-00042,FASTER PAYMENT,14400.00,20000.00,INCOME,\n"
        "01/07/2026,Landlord,RENT,DIRECT DEBIT,-900.00,5600.00,RENT,\n"
    ),
    "Monzo": (
        "Transaction ID,Date,Time,Type,Name,Emoji,Category,Amount,Currency,Notes and #tags,"
        "Description,Money Out,Money In\n"
        "tx_1,02/07/2026,10:11:12,Faster payment,Exampleton Council,,Income,14400.00,GBP,,"
        "INV-2627-00042,,14400.00\n"
        "tx_2,01/07/2026,10:11:12,Direct Debit,Landlord,,Bills,-900.00,GBP,,RENT,-900.00,\n"
    ),
    "Tide": (
        "Date,Timestamp,Transaction ID,Transaction description,Amount,Transaction type,From\n"
        "2026-07-02,2026-07-02T10:11:12Z,1,INV-2627-00042,14400.00,FasterPayment,"
        "Exampleton Council\n"
        "2026-07-01,2026-07-01T10:11:12Z,2,Rent,-900.00,DirectDebit,\n"
    ),
    "Co-op": (
        "Date,Description,Type,Money In,Money Out,Balance\n"
        "2026-07-02,EXAMPLETON COUNCIL INV-2627-00042,CR,14400.00,,20000.00\n"
        "2026-07-01,RENT,DD,,900.00,5600.00\n"
    ),
    "Unity": (
        "Transaction Date\tType\tCustomer Reference\tDescription\tDebit\tCredit\tBalance\n"
        "02/07/2026\tBGC\tINV-2627-00042\tEXAMPLETON COUNCIL\t0.00\t14400.00\t20000.00\n"
        "01/07/2026\tDD\t\tRENT\t900.00\t0.00\t5600.00\n"
    ),
    "CAF": (
        "Date,Details,Payments,Receipts,Balance\n"
        ",Balance brought forward,,,6500.00\n"
        "01/07/2026,RENT,900.00,,5600.00\n"
        "02/07/2026,EXAMPLETON COUNCIL INV-2627-00042,,14400.00,20000.00\n"
        ",Total,900.00,14400.00,\n"
    ),
}


def invoice(**changes: object) -> OpenInvoice:
    said: dict[str, object] = {
        "id": uuid.uuid4(),
        "tenant_id": uuid.uuid4(),
        "authority": "Exampleton",
        "number": NUMBER,
        "purchase_order": "4500118273",
        "owed_pence": 1_440_000,
    }
    return OpenInvoice(**{**said, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("bank", LAYOUTS)
def test_the_file_of_a_bank_gives_its_receipt_and_no_debit(
    bank: str, encoding: str, ending: str
) -> None:
    (line,) = read_statement(LAYOUTS[bank].replace("\n", ending).encode(encoding))
    assert (line.on, line.pence) == (DAY, 1_440_000)
    found = suggest(line, [invoice()])
    assert found is not None and found.sureness == 3, (line.reference, line.payer)
    assert "exampleton council" in f"{line.reference} {line.payer}".casefold()


@pytest.mark.parametrize(
    ("rows", "receipts"),
    [
        # No sign is written: the balance tells, the oldest first and the newest first.
        ("01/07/2026,COUNCIL,1.00,1.00\n02/07/2026,COUNCIL,100.00,101.00\n", [100, 10_000]),
        ("02/07/2026,COUNCIL,100.00 CR,\n01/07/2026,RENT,900.00 DR,\n", [10_000]),
        ("02/07/2026,COUNCIL,100.00,\n01/07/2026,RENT,(900.00),\n", [10_000]),
        ("02/07/2026 10:11,COUNCIL,+100.00,\n2026-07-02T10:11:12Z,X,0.01,\n", [10_000, 1]),
    ],
)
def test_money_that_went_out_is_never_a_receipt(rows: str, receipts: list[int]) -> None:
    lines = read_statement(f"Date,Description,Amount,Balance\n{rows}".encode())
    assert [line.pence for line in lines] == receipts


@pytest.mark.parametrize("newest_first", [False, True])
def test_of_debits_without_a_sign_the_balance_tells_or_the_file_is_refused(
    newest_first: bool,
) -> None:
    rows = ["01/07/2026,RENT,900.00,5600.00", "02/07/2026,COUNCIL,100.00,5700.00"]
    rows.append("03/07/2026,PAPER,50.00,5650.00")
    rows = rows[::-1] if newest_first else rows
    with pytest.raises(StatementRefused, match="came in or went out"):
        read_statement("\n".join(["Date,Description,Amount,Balance", *rows]).encode())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"Datum,Betrag\n1,2\n", "no heading with a date and an amount. Its first line is 'Datum"),
        (b"Date,Amount\n,12.00\n", "Row 2: '' is no date"),
        (b"Date,Amount\n01/07/2026,1e999\n", "no amount"),
        (b"Date,Amount\n01/07/2026,NaN\n", "no amount"),
        (b"Date,Amount\n01/07/2026,1_000\n", "no amount"),
        (b"Date,Amount\n01/07/2026,999999999999.00\n", "no amount in pounds and pence"),
        (b"Date,Amount\n01/07/2026,\xff\n", "no amount"),
        (b"PK\x03\x04\x00\x00", "no text"),
        (b"", "no heading"),
    ],
)
def test_what_is_not_understood_is_refused_with_the_line_and_the_reason(
    content: bytes, told: str
) -> None:
    with pytest.raises(StatementRefused, match=told):
        read_statement(content)


@given(st.binary(max_size=400))
def test_no_file_is_more_than_refused(content: bytes) -> None:
    with suppress(StatementRefused):
        read_statement(content)


@given(st.integers(min_value=0, max_value=9_999_999_99))
def test_an_amount_is_read_however_it_is_written(pence: int) -> None:
    pounds, rest = divmod(pence, 100)
    continental = f"{pounds:,}".replace(",", ".") + f",{rest:02}"
    for text in (
        f"{pounds}.{rest:02}",
        f"\u00a3{pounds:,}.{rest:02}",
        f" {pounds:,}.{rest:02} CR ",
        continental,
    ):
        assert pence_of(text, 1) == pence
    assert pence_of(f"({pounds}.{rest:02})", 1) == -pence
    assert pence_of(f"-{pounds:,}.{rest:02}", 1) == -pence


@pytest.mark.parametrize(
    "text", ["2026-07-02", "02/07/2026", "02/07/26", "2 Jul 2026", "02-Jul-26", "02.07.2026",
             "2026-07-02 09:10:11", "02/07/2026 9:10", "2026-07-02T09:10:11.123+01:00", "20260702"]
)  # fmt: skip
def test_a_day_is_read_with_or_without_a_time(text: str) -> None:
    assert day_of(text, 1) == DAY


CAMT = """<?xml version="1.0"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>
<Ntry><Amt Ccy="GBP">300.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><DtTm>2026-07-02T09:00:00</DtTm></BookgDt><AcctSvcrRef>B1</AcctSvcrRef><NtryDtls>
<TxDtls><Amt Ccy="GBP">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
<RltdPties><Dbtr><Pty><Nm>Exampleton Council</Nm></Pty></Dbtr></RltdPties>
<RmtInf><Strd><CdtrRefInf><Ref>INV-2627-00042</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>
<TxDtls><AmtDtls><TxAmt><Amt Ccy="GBP">200.00</Amt></TxAmt></AmtDtls>
<RltdPties><Dbtr><Nm>Otherton Council</Nm></Dbtr></RltdPties>
<RmtInf><Ustrd>INV-2627-00043</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="GBP">50.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts>
<BookgDt><Dt>2026-07-03</Dt></BookgDt></Ntry>
<Ntry><Amt Ccy="GBP">70.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>2026-07-02</Dt></BookgDt><AddtlNtryInf>EXAMPLETON INV-2627-00042</AddtlNtryInf></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


def test_a_batch_is_split_and_what_is_announced_is_no_money() -> None:
    first, second, third = read_statement(CAMT.encode())
    assert [line.pence for line in (first, second, third)] == [10_000, 20_000, 7_000]
    assert (first.reference, first.payer) == ("INV-2627-00042", "Exampleton Council")
    assert (second.reference, second.payer) == ("INV-2627-00043", "Otherton Council")
    assert third.reference == "EXAMPLETON INV-2627-00042"
    assert len({line.key for line in (first, second, third)}) == 3
    assert {line.on for line in (first, second, third)} == {DAY}


def test_a_batch_whose_parts_do_not_add_up_stays_one() -> None:
    lines = read_statement(CAMT.replace(">200.00<", ">199.00<").encode())
    assert lines[0].pence == 30_000


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("PO 12345", 2),
        ("PO 9912345678", 0),
        ("X12345", 0),
        ("EXAMPLETON COUNCIL", 2),
        ("EXAMPLETON", 2),
        ("EXAMPLETON LIVING LTD", 0),
        ("NORTH EXAMPLETONS COUNCIL", 0),
        ("INV-2627-000421", 0),
        ("XINV-2627-00042", 0),
    ],
)
def test_references_and_names_count_as_whole_words(text: str, sure: int) -> None:
    (line,) = read_statement(f"Date,Reference,Amount\n2026-07-02,{text},14400.00\n".encode())
    others = [invoice(number="INV-2627-00099", authority="Otherton", purchase_order="777777")]
    found = suggest(line, [invoice(purchase_order="12345"), *others])
    assert (found.sureness if found else 0) == sure


def test_of_two_authorities_of_one_name_neither_is_guessed() -> None:
    (line,) = read_statement(b"Date,Reference,Amount\n2026-07-02,KINGSTON COUNCIL,14400.00\n")
    both = [
        invoice(authority="Kingston upon Hull", purchase_order="1"),
        invoice(authority="Kingston upon Thames", number="INV-2627-00043", purchase_order="2"),
    ]
    assert suggest(line, both) is None


def test_the_key_of_a_line_is_that_of_the_release_before() -> None:
    """So that a statement that was imported is known again."""
    csv = "Date,Description,Amount\n02/07/2026,TRAFFORD COUNCIL INV-2627-00042,14400.00\n"
    (line,) = read_statement(csv.encode())
    assert (
        line.key
        == "bank:"
        + hashlib.sha256(b"2026-07-02|1440000|TRAFFORD COUNCIL INV-2627-00042||1").hexdigest()[:32]
    )


@pytest.mark.parametrize("quoted", ["4500000001", "4500000002"])
def test_either_order_of_an_invoice_that_draws_on_two_is_known(quoted: str) -> None:
    content = f"Date,Amount,Description\n02/07/2026,14400.00,BACS {quoted}\n".encode()
    (line,) = read_statement(content)
    both = invoice(purchase_order="4500000001, 4500000002", authority="Exampleton")
    found = suggest(line, [both, invoice(number="INV-2627-00099", purchase_order="777777")])
    assert found is not None and found.why == "quotes the purchase order and pays what is owed"

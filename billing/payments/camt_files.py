"""Reads the money that came in by a camt.053 file (ISO 20022). Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from lxml import etree

from billing.payments.bank_files import Read, StatementRefused, day_of, pence_of


def read_camt(content: bytes) -> Iterator[Read]:
    """The booked receipts of a camt.053 file; a batch by each of its transactions.

    Raises:
        StatementRefused: it is no such file, or an entry cannot be read.
    """
    # Nothing that the file names is fetched, and no entity of it is opened.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise StatementRefused("The file is XML, but broken") from None
    if "camt.053" not in (etree.QName(root).namespace or ""):
        raise StatementRefused("The file is XML, but no camt.053 statement")
    for number, entry in enumerate(root.iter("{*}Ntry"), start=1):
        state = entry.findtext("{*}Sts/{*}Cd") or entry.findtext("{*}Sts") or "BOOK"
        # What is announced is no money yet.
        if entry.findtext("{*}CdtDbtInd") != "CRDT" or state.strip() != "BOOK":
            continue
        yield from _entry(entry, number)


def _entry(entry: etree._Element, number: int) -> Iterator[Read]:
    on = _booked(entry, number)
    whole = _camt_pence(entry.find("{*}Amt"), number)
    own = entry.findtext("{*}AcctSvcrRef") or ""
    parts = entry.findall("{*}NtryDtls/{*}TxDtls")
    amounts = [_part_pence(part, number) for part in parts]
    if len(parts) > 1 and None not in amounts and sum(a for a in amounts if a) == whole:
        for place, (part, pence) in enumerate(zip(parts, amounts, strict=True), start=1):
            if pence and pence > 0:
                reference, payer = _camt_words(part, entry)
                mark = part.findtext("{*}Refs/{*}AcctSvcrRef") or f"{own}/{place}"
                yield Read(on, pence, reference, payer, mark if own else "")
        return
    reference, payer = _camt_words(entry, entry)
    yield Read(on, whole, reference, payer, own)


def _booked(entry: etree._Element, number: int) -> dt.date:
    for name in ("BookgDt", "ValDt"):
        for form in ("Dt", "DtTm"):
            text = entry.findtext(f"{{*}}{name}/{{*}}{form}")
            if text:
                return day_of(text.strip()[:10], number)
    raise StatementRefused(f"Entry {number} has no day on which it was booked")


def _camt_pence(amount: etree._Element | None, number: int) -> int:
    if amount is None or amount.get("Ccy") != "GBP":
        raise StatementRefused(f"Entry {number} is not in pounds")
    return pence_of(amount.text or "", number)


def _part_pence(part: etree._Element, number: int) -> int | None:
    amount = part.find("{*}Amt")
    if amount is None:
        amount = part.find("{*}AmtDtls/{*}TxAmt/{*}Amt")
    if amount is None or amount.get("Ccy") != "GBP":
        return None
    pence = pence_of(amount.text or "", number)
    return -pence if part.findtext("{*}CdtDbtInd") == "DBIT" else pence


def _camt_words(part: etree._Element, entry: etree._Element) -> tuple[str, str]:
    said = [
        *part.itertext("{*}Ustrd"),
        *(one.text or "" for one in part.iterfind(".//{*}Strd/{*}CdtrRefInf/{*}Ref")),
        *(one.text or "" for one in part.iterfind(".//{*}Strd/{*}RfrdDocInf/{*}Nb")),
        *(t for t in part.itertext("{*}EndToEndId") if t.strip().upper() != "NOTPROVIDED"),
        *part.itertext("{*}AddtlTxInf"),
        *entry.itertext("{*}AddtlNtryInf"),
    ]
    payers = [one.text or "" for one in part.iterfind(".//{*}Dbtr//{*}Nm")]
    payer = next((" ".join(name.split()) for name in payers if name.strip()), "")
    if not payer:
        payer = next((" ".join(n.split()) for n in part.itertext("{*}Nm") if n.strip()), "")
    words = dict.fromkeys(" ".join(text.split()) for text in said)
    return " ".join(word for word in words if word), payer

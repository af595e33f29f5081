"""The provider's bank details, as lines of text, taken apart. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SORT_CODE = re.compile(r"sort\s*code\D*(\d{2})\W?(\d{2})\W?(\d{2})\b", re.IGNORECASE)
_NUMBER = re.compile(r"account\s*(?:number|no\.?)\D*(\d{8})\b", re.IGNORECASE)
_IBAN = re.compile(r"GB\d{2}[A-Z]{4}\d{14}(?!\d)")
_NAME = re.compile(r"account\s*name\W+(.+)", re.IGNORECASE)


@dataclass(frozen=True)
class BankAccount:
    """What of the details could be told apart (BT-84 to BT-86); '' what could not."""

    name: str = ""
    sort_code: str = ""
    number: str = ""
    iban: str = ""


def bank_account(lines: Iterable[str]) -> BankAccount:
    """The account in lines such as 'Sort code 12-34-56' and 'Account number 12345678'."""
    told = list(lines)
    text = "\n".join(told)
    sort_code, number, name = _SORT_CODE.search(text), _NUMBER.search(text), _NAME.search(text)
    iban = _IBAN.search(re.sub(r"[ ]", "", text).upper())
    return BankAccount(
        name=name[1].strip() if name else "",
        sort_code="".join(sort_code.groups()) if sort_code else "",
        number=number[1] if number else "",
        iban=iban[0] if iban else "",
    )

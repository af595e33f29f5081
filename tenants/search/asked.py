"""What somebody may have meant by what they typed into the search. Pure."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from saas.reference.written import for_matching, one_line

LONGEST = 100
_DAYS = ("%d/%m/%Y", "%d/%m/%y", "%Y/%m/%d", "%d %B %Y", "%d %b %Y")
# So far back references are looked for when only their number is typed.
YEARS_BACK = 12


@dataclass(frozen=True)
class Asked:
    """A text, and what it can be read as; several readings may fit, and all are looked for."""

    text: str
    words: tuple[str, ...] = ()
    born: dt.date | None = None
    upn: str | None = None
    prefix: str | None = None
    years: tuple[int, ...] = ()
    number: int | None = None

    @property
    def names_a_person(self) -> bool:
        return bool(self.words)


def read(text: str, *, today: dt.date) -> Asked:
    """What was typed: a reference or its digits, a UPN, a date of birth, a name."""
    said = one_line(text)[:LONGEST]
    prefix, years, number = _reference(said, today)
    return Asked(
        text=said,
        words=_words(said),
        born=_day(said, today),
        upn=_upn(said),
        prefix=prefix,
        years=years,
        number=number,
    )


def _words(said: str) -> tuple[str, ...]:
    """The parts of a name, folded; none where there is a digit in it."""
    return (
        ()
        if any(c.isdigit() for c in said)
        else tuple(for_matching(said.replace(",", " ")).split()[:6])
    )


def _day(said: str, today: dt.date) -> dt.date | None:
    plain = re.sub(r"\s*[./-]\s*", "/", said)
    for form in _DAYS:
        try:
            day = dt.datetime.strptime(plain, form).date()  # noqa: DTZ007  (a day has no zone)
        except ValueError:
            continue
        return day if day <= today else None
    return None


def _upn(said: str) -> str | None:
    plain = said.replace(" ", "").upper()
    return plain if re.fullmatch(r"[A-Z]\d{11}[0-9A-Z]", plain) else None


def _reference(said: str, today: dt.date) -> tuple[str | None, tuple[int, ...], int | None]:
    """The parts of a reference like TRA-2026-0042, of which any but the number may be left out."""
    parts = [part for part in re.split(r"[^A-Z0-9]+", said.upper()) if part]
    found = None
    if len(parts) == 1:
        found = re.fullmatch(r"([A-Z]{3})?(20\d\d)?(\d{1,4})", parts[0])
    elif len(parts) <= 3:
        found = re.fullmatch(r"([A-Z]{3})? ?(20\d\d)? ?(\d{1,6})", " ".join(parts))
    if found is None:
        return None, (), None
    years = (int(found[2]),) if found[2] else tuple(range(today.year, today.year - YEARS_BACK, -1))
    return found[1], years, int(found[3])

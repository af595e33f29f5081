"""Values as people write them: one reader for each kind, for forms, files and commands alike.

Each gives the value as it is kept, and refuses with what would be right. Pure.
"""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from saas.reference.postcode_grammar import MalformedPostcodeError, normalise

# Whose numbers are written without the code of a country.
HOME = "GB"
_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u2032\u0060\u00b4\uff07"), "'")
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\uff0d"), "-")
# They join and part the letters of some scripts, and mean nothing between Latin ones.
_JOINERS = ("\u200c", "\u200d")
_TIME = re.compile(r"(\d{1,2})(?:[:.h ]?([0-5]\d))?\s*([ap])?\.?\s*m?\.?", re.IGNORECASE)


class NotReadable(ValueError):
    """The text is no such value; the message says what would be right."""


def one_line(text: str) -> str:
    """The text without characters that nobody sees, its spaces single."""
    composed = unicodedata.normalize("NFC", text)
    kept = [
        " " if letter.isspace() else letter
        for place, letter in enumerate(composed)
        if letter.isspace()
        or not unicodedata.category(letter).startswith("C")
        or (letter in _JOINERS and _joins(composed, place))
    ]
    return " ".join("".join(kept).split())


def _joins(text: str, place: int) -> bool:
    around = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
    return bool(around) and not any(letter.isascii() for letter in around)


def read_name(text: str) -> str:
    """A name as it is written, in any script, without characters that nobody sees.

    Raises:
        NotReadable: no letter is in it.
    """
    name = one_line(text)
    if not any(letter.isalpha() for letter in name):
        raise NotReadable("Enter the name in letters")
    return name


def read_email(text: str) -> str:
    """An e-mail address: its apostrophe straight, its domain in lower case and in Unicode.

    Raises:
        NotReadable: it cannot be one.
    """
    try:
        return validate_email(
            one_line(text).translate(_APOSTROPHES), check_deliverability=False
        ).normalized
    except EmailNotValidError:
        raise NotReadable("Enter an e-mail address like name@example.com") from None


def read_telephone(text: str) -> str:
    """A telephone number as it is dialled in the United Kingdom, with its extension.

    Raises:
        NotReadable: it cannot be dialled.
    """
    refused = "Enter a telephone number, like 01632 960 001, or +353 1 234 5678 from abroad"
    said = re.sub(r"^00", "+", one_line(text)).translate(_DASHES)
    try:
        number = phonenumbers.parse(said, HOME)
    except phonenumbers.NumberParseException:
        raise NotReadable(refused) from None
    possible = phonenumbers.is_possible_number_with_reason(number)
    whole = possible == phonenumbers.ValidationResult.IS_POSSIBLE
    if not whole or re.search(r"[^\W\d_]{4}", said):
        raise NotReadable(refused)
    here = number.country_code == phonenumbers.country_code_for_region(HOME)
    kind = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, kind.NATIONAL if here else kind.INTERNATIONAL)


def dialled(text: str | None) -> str | None:
    """The address that dials a number that was kept, 'tel:+44...'; None where it cannot."""
    try:
        number = phonenumbers.parse(text or "", HOME)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.RFC3966)


def read_postcode(text: str) -> str:
    """A postcode in capitals with its space; hyphens and spaces may stand anywhere.

    Raises:
        NotReadable: it is none.
    """
    try:
        return str(normalise(one_line(text)))
    except MalformedPostcodeError as fault:
        raise NotReadable(str(fault)) from None


def read_time(text: str) -> str:
    """A time of day as 'HH:MM', from '10:30', '10.30am', '1030', '2 pm' or 'noon'.

    Raises:
        NotReadable: it is none.
    """
    refused = NotReadable("Enter the time like 10:30 or 2pm")
    said = one_line(text).casefold()
    if said in ("noon", "midday", "12 noon"):
        return "12:00"
    compact = re.fullmatch(r"(\d{1,2})([0-5]\d)", said)
    found = compact or _TIME.fullmatch(said)
    if found is None:
        raise refused
    hour, minute = int(found[1]), int(found[2] or 0)
    half = None if compact else found[3]
    if half is None and not found[2]:
        raise refused  # '10' may be the day, too
    if half is not None:
        if not 1 <= hour <= 12:
            raise refused
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23:
        raise refused
    return f"{hour:02}:{minute:02}"


def for_matching(text: str) -> str:
    """A name as it is compared: without accents, apostrophes and hyphens, in lower case.

    O'Brien and O\u2019Brien, Smith-Jones and Smith Jones, Zo\u00eb and Zoe are the same.
    """
    plain = text.translate(_APOSTROPHES).translate(_DASHES)
    folded = unicodedata.normalize("NFKD", plain).casefold().translate(_LETTERS)
    without = "".join(c for c in folded if not unicodedata.combining(c))
    seen = "".join(c for c in without if c.isspace() or not unicodedata.category(c).startswith("C"))
    return " ".join(seen.replace("'", "").replace("-", " ").split())


def within_sentence(words: str) -> str:
    """What begins a line, inside a sentence: 'Ask the ICB' is 'ask the ICB', SENDIASS stays."""
    return words if words[:2].isupper() else words[:1].lower() + words[1:]


# Letters that have no accent to take off, and are written without it all the same.
_LETTERS = str.maketrans(
    {
        "\u00f8": "o",
        "\u0142": "l",
        "\u0111": "d",
        "\u00f0": "d",
        "\u0131": "i",
        "\u00e6": "ae",
        "\u0153": "oe",
        "\u00fe": "th",
    }
)

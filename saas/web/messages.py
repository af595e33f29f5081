"""What the form library says of a wrong input, in our words: what would be right."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as later

from saas.web.languages import said

WORDS: Mapping[str, str] = {
    "This field is required.": "Fill this in",
    "Invalid input.": "Check what you entered here",
    "Not a valid choice.": "Choose one of the answers shown",
    "Invalid Choice: could not coerce.": "Choose one of the answers shown",
    "Invalid choice(s): one or more data inputs could not be coerced.": (
        "Choose only from the answers shown"
    ),
    "'%(value)s' is not a valid choice for this field.": "Choose only from the answers shown",
    "'%(value)s' are not valid choices for this field.": "Choose only from the answers shown",
    "Invalid value, must be one of: %(values)s.": "Choose one of the answers shown",
    "Not a valid integer value.": "Enter a whole number, such as 12",
    "Not a valid decimal value.": "Enter a number, such as 12.50",
    "Not a valid float value.": "Enter a number, such as 12.50",
    "Not a valid date value.": "Enter a real date, such as 31 3 2026",
    "Not a valid datetime value.": "Enter a real date and time",
    "Not a valid time value.": "Enter a time, such as 10:30",
    "Number must be at least %(min)s.": "Enter a number that is %(min)s or more",
    "Number must be at most %(max)s.": "Enter a number that is %(max)s or less",
    "Number must be between %(min)s and %(max)s.": "Enter a number from %(min)s to %(max)s",
    "Field cannot be longer than %(max)d character.": "Use %(max)d character or fewer",
    "Field cannot be longer than %(max)d characters.": "Use %(max)d characters or fewer",
    "Field must be at least %(min)d character long.": "Use %(min)d character or more",
    "Field must be at least %(min)d characters long.": "Use %(min)d characters or more",
    "Field must be exactly %(max)d character long.": "Use exactly %(max)d character",
    "Field must be exactly %(max)d characters long.": "Use exactly %(max)d characters",
    "Field must be between %(min)d and %(max)d characters long.": (
        "Use %(min)d to %(max)d characters"
    ),
    "Field must be equal to %(other_name)s.": "Enter the same in both places",
    "Invalid email address.": "Enter an e-mail address like name@example.com",
    "Invalid URL.": "Enter a web address that begins with https://",
    "File does not have an approved extension: {extensions}": (
        "Choose a file whose name ends in {extensions}"
    ),
    "File does not have an approved extension.": "Choose another kind of file",
}
# For what the library may say in a later version.
OTHERWISE = "Check what you entered here"
OTHERWISE_LATER = later(OTHERWISE)


class OurWords:
    """In the place of WTForms' translations: every message comes through here."""

    def gettext(self, string: str) -> str:
        ours = WORDS.get(string, OTHERWISE)
        return said(ours, OTHERWISE_LATER)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return self.gettext(singular if n == 1 else plural)


OUR_WORDS = OurWords()

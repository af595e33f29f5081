"""How a day was counted, in the language of the page.

The clocks give sentences whose places are still open. A catalogue knows the sentence, the page's
language knows the days. Here stand those of the two clocks that families are shown (K1 and K9); a
test compares them with what the clocks say.
"""

from __future__ import annotations

import datetime as dt

from babel.dates import format_date
from flask_babel import gettext
from flask_babel import lazy_gettext as later

from saas.web.languages import ENGLISH, language, long_date
from tenants.law.clocks import ClockReading
from tenants.law.counting import Month, Sentence, Value

SPOKEN = tuple(
    str(word)
    for word in (
        later(
            "2 months after the authority sent its written notice (%(start)s), by the"
            " corresponding date: %(end)s."
        ),
        later(
            "2 months after the authority sent its written notice (%(start)s), by the"
            " corresponding date; %(month)s has no day %(day)s, so its last day: %(end)s."
        ),
        later(
            "1 month after the certificate was issued (%(start)s), by the corresponding date:"
            " %(end)s."
        ),
        later(
            "1 month after the certificate was issued (%(start)s), by the corresponding date;"
            " %(month)s has no day %(day)s, so its last day: %(end)s."
        ),
        later("The later counts: %(day)s."),
        later("No certificate date is given: 1 month after it counts instead if that is later."),
        later("%(day)s is not a working day, and this date does not move."),
        later(
            "%(day)s is in August, so an appeal is in time on the first working day after 31"
            " August: %(moved)s (r.12)."
        ),
        later(
            "%(day)s is from 25 December to 1 January, so an appeal is in time on the first"
            " working day after 1 January: %(moved)s (r.12)."
        ),
        later(
            "%(day)s is not on a working day, so an appeal is in time on the next working day:"
            " %(moved)s (r.12)."
        ),
        later(
            "%(day)s is not on a working day (%(holiday)s), so an appeal is in time on the next"
            " working day: %(moved)s (r.12)."
        ),
        later("A later contact is not refused: late is never a bar."),
        later(
            "A late appeal is not barred: the Tribunal can be asked to admit it, and disagreement"
            " resolution stays open."
        ),
        # The bank holidays on which an appeal can end.
        later("Good Friday"),
        later("Easter Monday"),
        later("May Day"),
        later("Spring Bank Holiday"),
        later("New Year's Day (observed)"),
        later("Platinum Jubilee of Elizabeth II"),
        later("State Funeral of Queen Elizabeth II"),
        later("Coronation of Charles III"),
    )
)


def counted_here(reading: ClockReading) -> str | None:
    """How a clock was counted in the language of the page; None where it cannot be said there."""
    if language() is ENGLISH:
        return reading.counted
    said = [_said(sentence) for sentence in reading.sentences]
    return None if None in said else " ".join(one for one in said if one)


def _said(sentence: Sentence) -> str | None:
    text = str(gettext(sentence.text))
    words = {name: _word(value) for name, value in sentence.values.items()}
    if text == sentence.text or None in words.values():
        return None
    return text % words if words else text


def _word(value: Value) -> str | None:
    if isinstance(value, dt.date):
        return long_date(value)
    if isinstance(value, Month):
        first = dt.date(value.year, value.month, 1)
        return str(format_date(first, "LLLL y", locale=language().code))
    if isinstance(value, int):
        return str(value)
    translated = str(gettext(value))
    return None if translated == value else translated

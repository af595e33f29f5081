"""What the guide says of a decision, and of a date that cannot be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from flask_babel import lazy_gettext as later

from saas.web.languages import LazyText
from tenants.front_door.guide import (
    HEALTH_OR_CARE,
    PLAN_AND_SCHOOL,
    SOMETHING_ELSE,
    Refusal,
    codes_on,
)
from tenants.law.decisions import decision_types

IN_PLAIN_WORDS: Mapping[str, LazyText] = {
    "RTA": later("The council will not assess my child"),
    "RTI": later("The council assessed my child, but will not make a plan"),
    "CONTENT": later("The needs or the help written in the plan (sections B and F)"),
    "PLACEMENT": later("Only the school or the type of school in the plan (section I)"),
    PLAN_AND_SCHOOL: later("The needs or the help in the plan, and the school as well"),
    "RTRA": later("The council will not assess my child again"),
    "RTAM": later("The council will not change the plan after a review"),
    "CEASE": later("The council will end the plan"),
    HEALTH_OR_CARE: later("Only the health or social care parts of the plan"),
    SOMETHING_ELSE: later("Something else, or there is no letter"),
}

CAN_DO: Mapping[str, LazyText] = {
    "RTA": later(
        "Mediation can lead the council to assess your child, or to say what help comes without"
        " a plan."
    ),
    "RTI": later(
        "Mediation can lead the council to make a plan, or to agree help at school without one."
    ),
    "CONTENT": later(
        "Mediation can change the words of the plan: what your child needs, and who gives"
        " what help, how often."
    ),
    "PLACEMENT": later(
        "Mediation can look at other schools, and at what the school needs to say yes."
    ),
    PLAN_AND_SCHOOL: later(
        "Mediation can change the words of the plan, and look at other schools."
    ),
    "RTRA": later(
        "Mediation can lead the council to assess your child again, or to get one new report."
    ),
    "RTAM": later("Mediation can lead the council to change the plan, in full or in part."),
    "CEASE": later("Mediation can keep the plan going, or agree step by step what comes after it."),
    HEALTH_OR_CARE: later(
        "Mediation can bring in the health service or social care, to agree what they will do."
    ),
}
_CAN_ALWAYS_DO = later("Mediation can agree what the council will do, and by when.")

REFUSED: Mapping[Refusal, LazyText] = {
    Refusal.NO_LETTER: later("Enter the date on the council's letter"),
    Refusal.LETTER_AHEAD: later("The date of the letter must be today or in the past"),
    Refusal.BEFORE_THE_LAW: later("The law of these dates began in September 2014. Check the year"),
    Refusal.CERTIFICATE_AHEAD: later("The date of the certificate must be today or in the past"),
    Refusal.CERTIFICATE_BEFORE_LETTER: later(
        "The certificate cannot be older than the council's letter"
    ),
}


def choices_on(day: dt.date) -> list[tuple[str, str]]:
    """What a family may be asked about on a day, in the order of the law, in plain words."""
    return [(code, plain_words(code, day)) for code in codes_on(day)]


def plain_words(code: str, day: dt.date) -> LazyText:
    """A decision as families say it; as the law does where nobody has found plainer words yet."""
    laws = {one.code: one.name for one in decision_types(day)}
    return IN_PLAIN_WORDS.get(code) or laws[code]


def can_do(code: str) -> LazyText:
    """What mediation can do about a decision; nothing where it is about something else."""
    return "" if code == SOMETHING_ELSE else CAN_DO.get(code, _CAN_ALWAYS_DO)

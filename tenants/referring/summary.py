"""What was answered, as rows to check before it is sent, or to look at when it is held. In the
language of the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _
from wtforms import (
    BooleanField,
    Field,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
)

from saas.web.fields import DatePartsField
from saas.web.languages import long_date, plain_date, time_of_day
from tenants.referring.answers import Answers
from tenants.referring.forms import WITHOUT_A_DAY

TRAP = "website"


@dataclass(frozen=True)
class Row:
    step: str
    key: str
    value: str


def rows_of(answers: Answers, *, council: str) -> list[Row]:
    """Every question that was asked, with its answer in words.

    Args:
        council: the name of the authority that was found.
    """
    rows: list[Row] = []
    for step in answers.steps():
        if step in answers.told:
            rows += _of_step(answers, step, council)
    return rows


def _of_step(answers: Answers, step: str, council: str) -> Iterator[Row]:
    form = answers.form(step)
    if step == "council":
        yield Row(step, _("Council"), council)
        return
    if step in ("call", "time"):
        yield Row(step, *_call(answers, step))
        return
    for field in sorted(form, key=lambda one: one.name in form.LAST):
        if isinstance(field, SubmitField) or field.name in (TRAP, "csrf_token", "council"):
            continue
        if field.name == "sections" and answers.said("decision", "decision") != "CONTENT":
            continue
        yield Row(step, str(field.label.text), _words(field))


def _call(answers: Answers, step: str) -> tuple[str, str]:
    if step == "time":
        at = answers.call_at
        return _("Time of the call"), time_of_day(at) if at else ""
    day = answers.said("call", "day")
    try:
        return _("Day of the call"), long_date(dt.date.fromisoformat(day))
    except ValueError:
        return _("Day of the call"), str(dict(WITHOUT_A_DAY).get(day, ""))


def _words(field: Field) -> str:
    if isinstance(field, DatePartsField):
        return plain_date(field.data) if field.data else ""
    if isinstance(field, SelectMultipleField):
        known = dict(_pairs(field))
        return ", ".join(known.get(value, value) for value in field.data or [])
    if isinstance(field, RadioField | SelectField):
        return dict(_pairs(field)).get(field.data, "") if field.data else ""
    if isinstance(field, BooleanField):
        return str(_("Yes") if field.data else _("No"))
    return str(field.data or "") if isinstance(field, StringField) else ""


def _pairs(field: SelectField) -> Iterator[tuple[str, str]]:
    for value, label, *_rest in field.iter_choices():
        yield str(value), str(label)

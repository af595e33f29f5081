"""The shapes in which nearly every form asks: a line, a text, one of several, a day.

Each is a field of WTForms with its GOV.UK widget. `needed` is the error of a field that was left
empty, and so what makes it one that must be answered: 'Enter the name of the representative'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import lazy_gettext as later
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxesInput,
    GovCheckboxInput,
    GovRadioInput,
    GovSelect,
    GovSubmitInput,
    GovTextArea,
    GovTextInput,
)
from wtforms import (
    BooleanField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from saas.reference.written import (
    one_line,
    read_email,
    read_name,
    read_postcode,
    read_telephone,
    read_time,
)
from saas.web.fields import DateNeeded, DatePartsField
from saas.web.languages import said
from saas.web.messages import OTHERWISE_LATER

Pairs = Iterable[tuple[str, str]]


def choices(pairs: Pairs) -> list[SelectChoice]:
    return [SelectChoice(value=value, label=label) for value, label in pairs]


def blank_first(pairs: Pairs, blank: str) -> list[SelectChoice]:
    return choices([("", blank), *pairs])


def strip(text: str | None) -> str:
    return one_line(text or "")


def read_by(reader: Callable[[str], str]) -> Callable[[str | None], str]:
    """The filter of a field that a reader of `saas.reference.written` reads, if it is filled in."""

    def read(text: str | None) -> str:
        if not (text and strip(text)):
            return ""
        try:
            return reader(text)
        except ValueError as refused:
            raise ValueError(said(str(refused), OTHERWISE_LATER)) from None

    return read


def line_field(
    label: str,
    *,
    longest: int,
    needed: str = "",
    hint: str = "",
    validators: Iterable[Any] = (),
    read: Callable[[str | None], str] = strip,
) -> StringField:
    """One line of text without spaces at its ends, of at most `longest` characters."""
    return StringField(
        label,
        widget=GovTextInput(),
        description=hint,
        filters=[read],
        validators=[_written(needed), _at_most(longest), *validators],
    )


def name_field(label: str, *, longest: int, needed: str = "", hint: str = "") -> StringField:
    return line_field(label, longest=longest, needed=needed, hint=hint, read=read_by(read_name))


def email_field(label: str = "E-mail address", *, needed: str = "") -> StringField:
    return line_field(label, longest=254, needed=needed, read=read_by(read_email))


def telephone_field(label: str = "Telephone", *, hint: str = "") -> StringField:
    return line_field(label, longest=60, hint=hint, read=read_by(read_telephone))


def postcode_field(label: str = "Postcode", *, hint: str = "") -> StringField:
    return line_field(label, longest=20, hint=hint, read=read_by(read_postcode))


def time_field(label: str, *, needed: str = "") -> StringField:
    return line_field(
        label, hint="For example, 10:30 or 2pm.", needed=needed, longest=20, read=read_by(read_time)
    )


def text_field(
    label: str, *, longest: int, needed: str = "", hint: str = "", keep_lines: bool = False
) -> TextAreaField:
    """A text of at most `longest` characters.

    Args:
        keep_lines: leave its lines as they were written; they become one otherwise.
    """
    return TextAreaField(
        label,
        widget=GovTextArea(),
        description=hint,
        filters=[] if keep_lines else [strip],
        validators=[_written(needed), _at_most(longest)],
    )


def choice_field(
    label: str, pairs: Pairs = (), *, needed: str = "", hint: str = "", start: str | None = None
) -> RadioField:
    """One of a few, as radio buttons. Without pairs the page gives them."""
    return RadioField(
        label,
        widget=GovRadioInput(),
        description=hint,
        choices=choices(pairs) or None,
        default=start,
        validators=[_asked(needed)],
    )


def yes_or_no_field(
    label: str, *, needed: str, yes: str = "Yes", no: str = "No", hint: str = ""
) -> RadioField:
    return choice_field(label, [("yes", yes), ("no", no)], needed=needed, hint=hint)


def list_field(
    label: str, pairs: Pairs = (), *, blank: str = "Choose", needed: str = "", hint: str = ""
) -> SelectField:
    """One of a long list. Without pairs the page gives them."""
    known = list(pairs)
    return SelectField(
        label,
        widget=GovSelect(),
        description=hint,
        choices=blank_first(known, blank) if known else None,
        validators=[_asked(needed)],
    )


def several_field(
    label: str, pairs: Pairs = (), *, needed: str = "", hint: str = ""
) -> SelectMultipleField:
    """Any of several, as checkboxes. Without pairs the page gives them."""
    return SelectMultipleField(
        label,
        widget=GovCheckboxesInput(),
        description=hint,
        choices=choices(pairs) or None,
        validators=[_asked(needed)],
    )


def tick_field(label: str, *, needed: str = "") -> BooleanField:
    return BooleanField(
        label, widget=GovCheckboxInput(), validators=[InputRequired(needed)] if needed else []
    )


def date_field(
    label: str, *, subject: str = "The date", needed: str = "", hint: str = ""
) -> DatePartsField:
    """A date in three parts; `subject` opens the sentence that says what is wrong with it."""
    return DatePartsField(
        label,
        subject=subject,
        description=hint,
        validators=[DateNeeded(needed)] if needed else [],
    )


def button(label: str) -> SubmitField:
    return SubmitField(label, widget=GovSubmitInput())


def _asked(needed: str) -> Any:
    return InputRequired(needed) if needed else Optional()


def _written(needed: str) -> Any:
    # Spaces alone are no answer: InputRequired would let them pass.
    return DataRequired(needed) if needed else Optional()


def _at_most(longest: int) -> Length:
    number = f"{longest:,}"
    return Length(max=longest, message=later("Use %(number)s characters or fewer", number=number))

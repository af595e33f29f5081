"""The form of every page, and its errors as links to the fields that have them."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask_wtf import FlaskForm
from wtforms import Field, FieldList, Form, FormField, HiddenField, SubmitField

from saas.web.checking import wants_change
from saas.web.messages import OUR_WORDS, OurWords


class PageForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A form that speaks in our words, and may be shown again as it was filled in."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def get_translations(self, form: Form) -> OurWords:
            return OUR_WORDS

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether it is sent, and in order."""
        return not wants_change() and bool(super().validate(extra_validators))


class ErrorEntry(NamedTuple):
    """One line of the error summary."""

    text: str
    href: str


def error_entries(form: Form, target: str | None = None) -> list[ErrorEntry]:
    """Every error of the form, in the order of its fields, linked to where it is put right.

    An error of the whole form ('the two dates are the wrong way round') leads to its first
    visible field, or to the element whose id is `target`. An error of a hidden field is shown
    there too: nobody can go to what is not seen.
    """
    start = f"#{target or _first_visible(form)}"
    entries = [ErrorEntry(str(text), start) for text in form.form_errors]
    for field in form:
        entries += _of_field(field, start)
    return entries


def _of_field(field: Field, start: str) -> list[ErrorEntry]:
    if isinstance(field, FormField):
        inner = [entry for sub in field.form for entry in _of_field(sub, start)]
        return [ErrorEntry(str(text), start) for text in field.form.form_errors] + inner
    if isinstance(field, FieldList):
        inner = [entry for sub in field.entries for entry in _of_field(sub, start)]
        # The list's own errors ('enter at least one') stand beside its entries'.
        own = [text for text in field.errors if isinstance(text, str)]
        return [ErrorEntry(text, f"#{field.id}") for text in own] + inner
    if not field.errors:
        return []
    href = (
        start
        if isinstance(field, HiddenField | SubmitField)
        else f"#{getattr(field, 'error_id', field.id)}"
    )
    # One error at a time: the first says what to put right first.
    return [ErrorEntry(str(field.errors[0]), href)]


def _first_visible(form: Form) -> str:
    for field in form:
        # The widgets give a button no id: a form that is a button alone has no field to go to.
        if not isinstance(field, HiddenField | SubmitField):
            return str(getattr(field, "first_id", field.id))
    return "main-content"

"""Form fields that WTForms and the GOV.UK widgets do not have as we need them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as later
from govuk_frontend_wtf.gov_form_base import GovFormBase
from wtforms import Field
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from saas.web.languages import said

PARTS = ("day", "month", "year")
PART_WORDS = {"day": later("Day"), "month": later("Month"), "year": later("Year")}

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}


class DatePartsWidget(GovFormBase):  # type: ignore[misc]  # the library has no types
    """Three inputs, with the parts that are wrong marked."""

    template = "govuk_frontend_wtf/date.html"

    def __call__(self, field: DatePartsField, **kwargs: Any) -> Any:
        params = dict(kwargs.pop("params", {}))
        shown = {
            "id": field.id,
            "fieldset": {"legend": {"text": field.label.text}},
            "items": [self._input(field, part) for part in PARTS],
        }
        if field.description:
            shown["hint"] = {"text": field.description}
        if field.errors:
            shown["errorMessage"] = {"text": field.errors[0]}
        return self.render(self.merge_params(shown, params))

    @staticmethod
    def _input(field: DatePartsField, part: str) -> dict[str, str]:
        classes = f"govuk-input--width-{4 if part == 'year' else 2}"
        if field.errors and part in (field.wrong_parts or PARTS):
            classes += " govuk-input--error"
        return {
            "label": str(PART_WORDS[part]),
            "id": f"{field.id}-{part}",
            "name": f"{field.name}-{part}",
            "classes": classes,
            "value": field.entered.get(part, ""),
            # A month may be written as a word, so a telephone must offer letters.
            "inputmode": "text" if part == "month" else "numeric",
        }


class DatePartsField(Field):
    """A date as three inputs, `NAME-day`, `NAME-month` and `NAME-year`.

    The month may be a number or an English name. What was entered stays in the inputs when it is
    wrong, and the error says which part is: 'The date of birth must include a month'. An empty
    field is None and no error; `DateNeeded` says that it must be there.
    """

    widget = DatePartsWidget()

    def __init__(
        self,
        label: str,
        validators: list[Any] | None = None,
        *,
        subject: str | None = None,
        **kwargs: Any,
    ) -> None:
        """`subject` opens the error's sentence ('The date of birth'); the label does otherwise."""
        super().__init__(label, validators, **kwargs)
        self.subject = subject or label
        self.entered: dict[str, str] = {}
        self.wrong_parts: tuple[str, ...] = ()

    @property
    def first_id(self) -> str:
        return f"{self.id}-day"

    @property
    def error_id(self) -> str:
        """The input to go to: the first wrong part."""
        return f"{self.id}-{(self.wrong_parts or PARTS)[0]}"

    def process(
        self, formdata: Any, data: Any = None, extra_filters: Sequence[Any] | None = None
    ) -> None:
        self.process_errors = []
        default = self.default() if callable(self.default) else self.default
        self.process_data(data if isinstance(data, date) else default)
        self.object_data = self.data
        names = [f"{self.name}-{part}" for part in PARTS]
        if formdata is not None and any(name in formdata for name in names):
            self.raw_data = [formdata.get(name, "").strip() for name in names]
            self.entered = dict(zip(PARTS, self.raw_data, strict=True))
            try:
                self.data = self._read()
            except ValueError as refused:
                self.data = None
                self.process_errors.append(str(refused))
        elif formdata:
            self.raw_data = []
            self.data = None

    def process_data(self, value: date | None) -> None:
        self.data = value
        self.entered = (
            {"day": str(value.day), "month": str(value.month), "year": str(value.year)}
            if value
            else {}
        )

    def _read(self) -> date | None:
        missing = tuple(part for part in PARTS if not self.entered[part])
        if len(missing) == len(PARTS):
            return None
        if missing:
            names = " and ".join(f"a {part}" for part in missing)
            raise self._wrong(f"must include {names}", missing)
        day = self._number("day", 1, 31, "a day from 1 to 31")
        month = _MONTHS.get(self.entered["month"].lower()) or self._number(
            "month", 1, 12, "a month from 1 to 12, or its name"
        )
        # '26' would be the year 26: whoever meant 2026 must say so.
        year = self._number("year", 1900, 2100, "a year with 4 digits, such as 2026")
        try:
            return date(year, month, day)
        except ValueError:
            raise self._wrong("must be a real date: that month is shorter", ("day",)) from None

    def _number(self, part: str, least: int, most: int, wanted: str) -> int:
        text = self.entered[part]
        if text.isascii() and text.isdigit() and len(text) <= 4 and least <= int(text) <= most:
            return int(text)
        raise self._wrong(f"must have {wanted}", (part,))

    def _wrong(self, problem: str, parts: tuple[str, ...]) -> ValueError:
        self.wrong_parts = parts
        plainly = later(
            "%(subject)s: enter a day, a month and a year that exist", subject=self.subject
        )
        return ValueError(said(f"{self.subject} {problem}", plainly))

    def pre_validate(self, form: BaseForm) -> None:
        # WTForms keeps the reading error and goes on to the validators; theirs would hide it.
        if self.process_errors:
            raise StopValidation()


class DateNeeded:
    """A date must be entered. The message says which: 'Enter the date the notice was sent'."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, form: BaseForm, field: Field) -> None:
        if field.data is None:
            raise StopValidation(self.message)

"""Fields of billing's forms: money and counts as people write them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import Field
from wtforms.validators import StopValidation

_POUNDS = re.compile(r"£?\s*(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.(\d{2}))?")


class PoundsField(Field):
    """An amount of money, entered in pounds, held in pence. Empty is None."""

    widget = GovTextInput()

    def __init__(self, label: str, *, needed: str = "", **kwargs: Any) -> None:
        """`needed` is the error when nothing was entered; '' lets the field be empty."""
        super().__init__(label, **kwargs)
        self.needed = needed

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data // 100}.{self.data % 100:02d}"

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        found = _POUNDS.fullmatch(text)
        if not found:
            raise ValueError("Enter an amount in pounds, such as 1,250 or 1250.50")
        self.data = int(found[1].replace(",", "")) * 100 + int(found[2] or 0)

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            raise StopValidation()
        if self.needed and self.data is None:
            raise StopValidation(self.needed)


class CountField(Field):
    """A whole number. Empty is None."""

    widget = GovTextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        if not (text.isascii() and text.isdigit() and len(text) <= 5):
            raise ValueError("Enter a whole number, such as 12")
        self.data = int(text)

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            raise StopValidation()


class PercentField(Field):
    """A percentage such as 3.8."""

    widget = GovTextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = (valuelist[0] if valuelist else "").strip().rstrip("%").strip()
        if not re.fullmatch(r"\d{1,2}(\.\d{1,2})?", text):
            raise ValueError("Enter a percentage, such as 3.8")
        self.data = Decimal(text)

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            raise StopValidation()

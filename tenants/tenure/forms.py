"""The forms of an authority's time with us."""

from __future__ import annotations

from saas.web.field_shapes import choice_field, date_field, list_field, text_field
from saas.web.forms import PageForm
from tenants.subscribers.refused import StandingRefused
from tenants.subscribers.standing import REASONS


class StandingForm(PageForm):
    """A form whose mistakes may also be found by the rules of an authority's standing."""

    def refuse(self, refused: StandingRefused) -> None:
        """Show what a rule refused at the field it names, or above the form."""
        field = self._fields.get(refused.field)
        if field is None:
            self.form_errors.append(refused.message)
        else:
            field.errors = [*field.errors, refused.message]


class SuspensionForm(StandingForm):
    reason = choice_field("Why", REASONS.items(), needed="Choose why it is suspended")
    words = text_field(
        "What the authority is to know",
        longest=1_000,
        hint="For example which invoices, and since when. Its managers and finance are sent this.",
    )
    first_day = date_field(
        "First day on which it reads only",
        subject="The first day",
        needed="Enter the first day",
        hint="14 days from today, where nothing else was agreed.",
    )


class LeavingForm(StandingForm):
    last_day = date_field(
        "Last day of the subscription",
        subject="The last day",
        needed="Enter the last day",
        hint="Until then its people work as before.",
    )
    reads_until = date_field(
        "Its people read until",
        subject="The day until which its people read",
        needed="Enter the day until which its people read",
        hint="They can follow their cases and take their data along, and change nothing.",
    )
    reason = text_field("Why it leaves", longest=1_000, hint="The provider alone reads this.")


class SuccessorsForm(StandingForm):
    """Up to three; the page gives the authorities."""

    first = list_field("Authority that takes over", blank="Nobody")
    second = list_field("Another one, if it is split", blank="Nobody")
    third = list_field("A third one", blank="Nobody")
    from_day = date_field(
        "From",
        subject="The day",
        needed="Enter the day from which they take over",
    )

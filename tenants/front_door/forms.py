"""The forms that anyone may fill in."""

from __future__ import annotations

from typing import Any

from saas.web.dates import date_hint
from saas.web.field_shapes import (
    button,
    choice_field,
    choices,
    date_field,
    email_field,
    line_field,
)
from saas.web.forms import PageForm
from saas.web.today import today
from tenants.front_door.guide import GuideRefused, choices_on

# A postcode with more spaces and hyphens than anybody puts into one.
LONGEST_POSTCODE = 60


class PostcodeForm(PageForm):
    """One field: where the family lives."""

    postcode = line_field(
        "Your postcode",
        longest=LONGEST_POSTCODE,
        needed="Enter a postcode, like M33 2AA.",
        hint="Where the child or young person lives. We do not keep it.",
    )
    submit = button("Check my area")


class CouncilForm(PageForm):
    """Which council, where a postcode does not say."""

    council = choice_field(
        "Which council do you pay council tax to?",
        needed="Choose your council",
        hint="It is named at the top of your council tax bill.",
    )
    go_on = button("Go on")


class GuideForm(PageForm):
    decision = choice_field(
        "What is the council's decision about?", needed="Choose what the decision is about"
    )
    notice_sent = date_field("The date on the council's letter", subject="The date of the letter")
    certificate_issued = date_field(
        "The date on your mediation certificate, if you have one",
        subject="The date of the certificate",
        hint="Leave this empty if you have no certificate.",
    )
    submit = button("Show what I can do")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.decision.choices = choices(choices_on(today()))
        self.notice_sent.description = date_hint(today())

    def refuse(self, refused: GuideRefused) -> None:
        """Show what is wrong with a date beside it."""
        self._fields[refused.field].errors = [str(refused)]


class MailingForm(PageForm):
    email = email_field("Your e-mail address", needed="Enter your e-mail address")
    submit = button("Send me the news")

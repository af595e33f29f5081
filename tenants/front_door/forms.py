"""The forms that anyone may fill in."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as later

from saas.web.field_shapes import (
    button,
    choice_field,
    choices,
    date_field,
    email_field,
    line_field,
)
from saas.web.forms import PageForm
from saas.web.languages import date_hint
from saas.web.today import today
from tenants.front_door.guide import GuideRefused
from tenants.front_door.guide_words import REFUSED, choices_on

# A postcode with more spaces and hyphens than anybody puts into one.
LONGEST_POSTCODE = 60


class PostcodeForm(PageForm):
    """One field: where the family lives."""

    postcode = line_field(
        later("Your postcode"),
        longest=LONGEST_POSTCODE,
        needed=later("Enter a postcode, like M33 2AA."),
        hint=later("Where the child or young person lives. We do not keep it."),
    )
    submit = button(later("Check my area"))


class CouncilForm(PageForm):
    """Which council, where a postcode does not say."""

    council = choice_field(
        later("Which council do you pay council tax to?"),
        needed=later("Choose your council"),
        hint=later("It is named at the top of your council tax bill."),
    )
    go_on = button(later("Go on"))


class GuideForm(PageForm):
    decision = choice_field(
        later("What is the council's decision about?"),
        needed=later("Choose what the decision is about"),
    )
    notice_sent = date_field(
        later("The date on the council's letter"), subject=later("The date of the letter")
    )
    certificate_issued = date_field(
        later("The date on your mediation certificate, if you have one"),
        subject=later("The date of the certificate"),
        hint=later("Leave this empty if you have no certificate."),
    )
    submit = button(later("Show what I can do"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.decision.choices = choices(choices_on(today()))
        self.notice_sent.description = date_hint(today())

    def refuse(self, refused: GuideRefused) -> None:
        """Show what is wrong with a date beside it."""
        self._fields[refused.field].errors = [REFUSED[refused.reason]]


class MailingForm(PageForm):
    email = email_field("Your e-mail address", needed="Enter your e-mail address")
    submit = button("Send me the news")

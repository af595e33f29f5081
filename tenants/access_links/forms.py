"""The forms about and behind a personal link."""

from __future__ import annotations

from flask_babel import lazy_gettext as later

from saas.web.field_shapes import (
    blank_first,
    button,
    choice_field,
    email_field,
    list_field,
    postcode_field,
    telephone_field,
)
from tenants.casework.forms import CaseForm
from tenants.casework.referral_forms import COMMUNICATION


class LinkForm(CaseForm):
    party = choice_field("Who the link is for", needed="Choose who the link is for")
    email = button("E-mail a link")
    submit = button("Show a link to hand over")


class AskForm(CaseForm):
    """A family that lost its link says where to send a new one."""

    email = email_field(later("Your e-mail address"), needed=later("Enter your e-mail address"))
    submit = button(later("Send me a new link"))


class ContactForm(CaseForm):
    """How to reach someone; what is left empty is not used any more."""

    email = email_field()
    telephone = telephone_field()
    postcode = postcode_field()
    preferred_communication = list_field(
        "How they would like to be reached", ((w, w) for w in COMMUNICATION), blank="Not said"
    )
    submit = button("Save")

    def keep_own_words(self, said: str | None) -> None:
        """Offer what was recorded in other words, as an import does, so that saving keeps it."""
        if said and said not in COMMUNICATION:
            words = [*COMMUNICATION, said]
            self.preferred_communication.choices = blank_first(
                ((word, word.capitalize()) for word in words), "Not said"
            )

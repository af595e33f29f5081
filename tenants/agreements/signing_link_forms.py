"""The form about a signing link."""

from __future__ import annotations

from saas.web.field_shapes import button, choice_field, email_field
from tenants.casework.forms import CaseForm


class SigningLinkForm(CaseForm):
    signer = choice_field("Who the link is for", needed="Choose who the link is for")
    email = email_field("Their e-mail address, if the link is to be e-mailed")
    by_email = button("E-mail a link")
    submit = button("Show a link to hand over")

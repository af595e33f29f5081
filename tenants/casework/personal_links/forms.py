"""The forms about and behind a personal link."""

from __future__ import annotations

from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovSubmitInput
from wtforms import RadioField, SubmitField
from wtforms.validators import InputRequired

from tenants.casework.forms import CaseForm


class LinkForm(CaseForm):
    party = RadioField(
        "Who the link is for",
        widget=GovRadioInput(),
        validators=[InputRequired("Choose who the link is for")],
    )
    submit = SubmitField("Make a link", widget=GovSubmitInput())

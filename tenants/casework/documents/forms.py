"""The forms of a case's papers."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired
from govuk_frontend_wtf.wtforms_widgets import (
    GovFileInput,
    GovRadioInput,
    GovSelect,
    GovSubmitInput,
    GovTextInput,
)
from wtforms import RadioField, SelectField, StringField, SubmitField
from wtforms.validators import InputRequired, Length, Optional

from saas.documents.media import TAKEN_IN_WORDS, UploadRefused
from tenants.casework.documents.words import (
    AUDIENCE_WORDS,
    KIND_WORDS,
    UPLOADING_SIDES,
    Audience,
    DocumentKind,
)
from tenants.casework.forms import CaseForm, blank_first, choices, strip

DESCRIPTION_HINT = "Such as 'Educational psychologist, March 2026'. Leave names out."


class UploadForm(CaseForm):
    """A paper for a case."""

    file = FileField(
        "The file",
        widget=GovFileInput(),
        description=f"A {TAKEN_IN_WORDS} of up to 20 MB. Its name is not kept.",
        validators=[FileRequired("Choose a file")],
    )
    kind = SelectField(
        "What it is",
        widget=GovSelect(),
        choices=blank_first(((k.value, KIND_WORDS[k]) for k in DocumentKind), "Choose"),
        validators=[InputRequired("Choose what it is")],
    )
    description = StringField(
        "A few words about it, if they help",
        widget=GovTextInput(),
        description=DESCRIPTION_HINT,
        filters=[strip],
        validators=[Optional(), Length(max=200, message="Use 200 characters or fewer")],
    )
    audience = RadioField(
        "Who may read it",
        widget=GovRadioInput(),
        description="A summary stays with its own side and us until both are exchanged, "
        "whatever is chosen here.",
        choices=choices((a.value, AUDIENCE_WORDS[a]) for a in Audience),
        validators=[InputRequired("Choose who may read it")],
    )
    submit = SubmitField("Upload", widget=GovSubmitInput())

    def refuse_upload(self, refused: UploadRefused) -> None:
        """Show at the file why it is not taken."""
        self.file.errors = [*self.file.errors, str(refused)]


class ProviderUploadForm(UploadForm):
    """The provider takes papers in for a side as well."""

    side = RadioField(
        "Whose it is",
        widget=GovRadioInput(),
        choices=choices((s.value, words) for s, words in UPLOADING_SIDES.items()),
        validators=[InputRequired("Choose whose it is")],
    )
    # Again, so that its error stands after that of the field above it.
    audience = RadioField(
        "Who may read it",
        widget=GovRadioInput(),
        description=UploadForm.audience.kwargs["description"],
        choices=choices((a.value, AUDIENCE_WORDS[a]) for a in Audience),
        validators=[InputRequired("Choose who may read it")],
    )


class AuthorityUploadForm(UploadForm):
    """An authority's own papers."""

    audience = RadioField(
        "Who may read it",
        widget=GovRadioInput(),
        description=UploadForm.audience.kwargs["description"],
        choices=choices(
            (
                (Audience.AUTHORITY.value, "We and the mediation service"),
                (Audience.PARTIES.value, "The family as well"),
            )
        ),
        validators=[InputRequired("Choose who may read it")],
    )


class FamilyUploadForm(UploadForm):
    """A family's own papers."""

    audience = RadioField(
        "Who may read it",
        widget=GovRadioInput(),
        description=UploadForm.audience.kwargs["description"],
        choices=choices(
            (
                (Audience.FAMILY.value, "You and the mediation service"),
                (Audience.PARTIES.value, "The authority as well"),
            )
        ),
        validators=[InputRequired("Choose who may read it")],
    )


class ExchangeForm(CaseForm):
    """Release both sides' summaries."""

    submit = SubmitField("Exchange the summaries now", widget=GovSubmitInput())

"""The form of a report pack's commentary."""

from __future__ import annotations

from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovTextArea
from wtforms import TextAreaField
from wtforms.validators import Length


class CommentaryForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    commentary = TextAreaField(
        "What you make of the figures",
        description="Plain text; an empty line starts a new paragraph. Name no child.",
        widget=GovTextArea(),
        validators=[Length(max=6_000)],
    )

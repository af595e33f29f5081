"""The form of a report pack's commentary."""

from __future__ import annotations

from govuk_frontend_wtf.wtforms_widgets import GovTextArea
from wtforms import TextAreaField
from wtforms.validators import Length

from saas.web.forms import PageForm


class CommentaryForm(PageForm):
    commentary = TextAreaField(
        "What you make of the figures",
        description="Plain text; an empty line starts a new paragraph. Name no child.",
        widget=GovTextArea(),
        validators=[Length(max=6_000)],
    )

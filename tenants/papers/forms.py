"""The forms of a case's papers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as later
from flask_wtf.file import FileField, FileRequired
from govuk_frontend_wtf.wtforms_widgets import GovFileInput
from wtforms import RadioField

from saas.documents.media import TAKEN_IN_WORDS, UploadRefused
from saas.web.field_shapes import button, choice_field, line_field, list_field, text_field
from saas.web.languages import said
from tenants.casework.forms import CaseForm
from tenants.casework.kinds import Side
from tenants.papers.kinds import (
    AUDIENCE_WORDS,
    KIND_WORDS,
    UPLOADING_SIDES,
    Audience,
    DocumentKind,
)

DESCRIPTION_HINT = later("Such as 'Educational psychologist, March 2026'. Leave names out.")
SUMMARY_HINT = later(
    "A summary stays with its own side and us until both are exchanged, whatever is chosen here."
)


def _audience_field(pairs: list[tuple[str, str]]) -> RadioField:
    return choice_field(
        later("Who may read it"),
        pairs,
        hint=SUMMARY_HINT,
        needed=later("Choose who may read it"),
    )


EVERY_AUDIENCE = [(audience.value, AUDIENCE_WORDS[audience]) for audience in Audience]


class UploadForm(CaseForm):
    """A paper for a case."""

    file = FileField(
        later("The file"),
        widget=GovFileInput(),
        description=later(
            "A %(kinds)s of up to 20 MB. Its name is not kept.", kinds=TAKEN_IN_WORDS
        ),
        validators=[FileRequired(later("Choose a file"))],
    )
    kind = list_field(
        later("What it is"),
        ((kind.value, later(KIND_WORDS[kind])) for kind in DocumentKind),
        blank=later("Choose"),
        needed=later("Choose what it is"),
    )
    description = line_field(
        later("A few words about it, if they help"), hint=DESCRIPTION_HINT, longest=200
    )
    audience = _audience_field(EVERY_AUDIENCE)
    submit = button(later("Upload"))

    def refuse_upload(self, refused: UploadRefused) -> None:
        """Show at the file why it is not taken."""
        plainly = later("This file cannot be taken: choose another one")
        self.file.errors = [*self.file.errors, said(str(refused), plainly)]


class ProviderUploadForm(UploadForm):
    """The provider takes papers in for a side as well."""

    side = choice_field(
        "Whose it is",
        ((side.value, words) for side, words in UPLOADING_SIDES.items()),
        needed="Choose whose it is",
    )
    party = list_field(
        "Of the family, whose it is",
        hint="The others of the family cannot read it until both sides may.",
    )
    # Again, so that its error stands after that of the field above it.
    audience = _audience_field(EVERY_AUDIENCE)

    def offer_family(self, family: Sequence[Any]) -> None:
        """Ask whose of the family it is, where they are more than one."""
        if len(family) < 2:
            del self.party
            return
        self.party.choices = [("", "All of theirs"), *((str(p.id), p.name) for p in family)]

    def whose(self) -> uuid.UUID | None:
        """Whose of the family it is, if it is one person's."""
        of_family = self.side.data == Side.FAMILY and self.party is not None
        return uuid.UUID(self.party.data) if of_family and self.party.data else None


class AuthorityUploadForm(UploadForm):
    """An authority's own papers."""

    audience = _audience_field(
        [
            (Audience.AUTHORITY.value, "We and the mediation service"),
            (Audience.PARTIES.value, "The family as well"),
        ]
    )


class FamilyUploadForm(UploadForm):
    """A family's own papers."""

    audience = _audience_field(
        [
            (Audience.FAMILY.value, later("You and the mediation service")),
            (Audience.PARTIES.value, later("The authority as well")),
        ]
    )


class WithdrawDocumentForm(CaseForm):
    """Take a paper out of everybody's view."""

    reason = text_field(
        later("Why it is withdrawn"),
        hint=later("Such as 'It belongs to another case'. Leave names out."),
        needed=later("Say why the document is withdrawn"),
        longest=400,
    )
    submit = button(later("Withdraw the document"))


class ExchangeForm(CaseForm):
    """Release both sides' summaries."""

    submit = button("Exchange the summaries now")

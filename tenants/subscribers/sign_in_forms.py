"""The forms of a connection to an organisation's own sign-in."""

from __future__ import annotations

import re

from govuk_frontend_wtf.wtforms_widgets import GovPasswordInput
from wtforms import PasswordField, StringField, TextAreaField, ValidationError
from wtforms.validators import Length

from saas.identity.connections import DOMAIN_SHAPE, Kind
from saas.web.field_shapes import choice_field, line_field, text_field, tick_field
from saas.web.forms import PageForm

KIND_WORDS = {
    Kind.MICROSOFT: "Microsoft Entra",
    Kind.GOOGLE: "Google Workspace",
    Kind.OTHER: "Another service that speaks OpenID Connect",
}
MOST_DOMAINS = 20


class ConnectionForm(PageForm):
    """What an organisation's sign-in needs to be asked."""

    kind = choice_field(
        "Whose service it is",
        [(kind.value, words) for kind, words in KIND_WORDS.items()],
        needed="Choose whose service it is",
    )
    issuer = line_field(
        "Issuer",
        longest=300,
        needed="Enter the issuer's address",
        hint="Its address, such as https://login.microsoftonline.com/YOUR-TENANT-ID/v2.0 or "
        "https://accounts.google.com.",
    )
    client_id = line_field("Client id", longest=300, needed="Enter the client id")
    client_secret = PasswordField(
        "Client secret",
        widget=GovPasswordInput(),
        description="The secret's value, not its id. It is kept sealed and never shown. Empty: the "
        "one that is there stays.",
        validators=[Length(max=500, message="Use 500 characters or fewer")],
    )
    asks_second = tick_field("This sign-in asks everybody for a second proof already")
    must_use = tick_field("Passwords open nothing here any more, but for managers")


class DomainsForm(PageForm):
    """The domains of e-mail addresses that an organisation speaks for."""

    domains = text_field(
        "Domains",
        longest=3000,
        hint="One on each line, such as trafford.gov.uk. Make sure that each is theirs.",
        keep_lines=True,
    )

    def validate_domains(self, field: TextAreaField) -> None:
        named = self.named
        wrong = [one for one in named if not re.fullmatch(DOMAIN_SHAPE, one) or len(one) > 253]
        if wrong:
            raise ValidationError(f"Enter domains such as trafford.gov.uk: {wrong[0][:60]} is none")
        if len(named) > MOST_DOMAINS:
            raise ValidationError(f"Enter {MOST_DOMAINS} domains or fewer")

    @property
    def named(self) -> list[str]:
        """The domains that were entered, each once."""
        entered: StringField = self.domains
        lines = (line.strip().lower().lstrip("@") for line in (entered.data or "").splitlines())
        return sorted({line for line in lines if line})

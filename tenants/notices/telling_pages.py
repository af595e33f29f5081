"""Where a family says how it wants to be told, and where the provider writes it down for it."""

from __future__ import annotations

import uuid

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.messages.models import Channel
from saas.web.access import the_link, the_tenancy
from saas.web.field_shapes import (
    button,
    choice_field,
    choices,
    several_field,
    telephone_field,
    text_field,
)
from tenants.casework.family.pages import pages as family_pages
from tenants.casework.family.pages import the_family_member
from tenants.casework.forms import CaseForm
from tenants.casework.provider.pages import act_page, the_actor, the_case
from tenants.casework.provider.pages import pages as provider_pages
from tenants.casework.record import RuleBroken
from tenants.notices.queries import CHANNEL_WORDS, family_names
from tenants.notices.telling import Told, as_mobile, tell_so, told_how

CHANNELS = [
    (Channel.EMAIL.value, later("E-mail")),
    (Channel.TEXT.value, later("Text message")),
    (Channel.LETTER.value, later("Letter by post")),
]


class TellingForm(CaseForm):
    safe = several_field(
        later("Which ways are safe for you?"),
        CHANNELS,
        hint=later("Choose none that somebody reads who should not know of it."),
        needed=later("Choose at least one way that is safe for you"),
    )
    first = choice_field(
        later("Which one first?"),
        CHANNELS,
        hint=later("If it does not arrive, we use another one that is safe."),
        needed=later("Choose the way that we use first"),
    )
    mobile = telephone_field(
        later("Mobile number for texts (optional)"),
        hint=later("Leave it empty to use the number that you gave us."),
    )
    postal_address = text_field(
        later("Address for letters (optional)"), longest=400, keep_lines=True
    )
    submit = button(later("Save"))

    def offer(self) -> TellingForm:
        """Leave out text messages where they are not set up."""
        if not current_app.extensions["settings"].sends_texts:
            others = choices(pair for pair in CHANNELS if pair[0] != Channel.TEXT)
            self.safe.choices = self.first.choices = others
        return self

    def show(self, told: Told) -> None:
        self.safe.process_data([one.value for one in told.safe])
        self.first.process_data(told.first.value)
        self.mobile.process_data(told.mobile)
        self.postal_address.process_data(told.postal_address)

    def told(self) -> Told:
        """
        Raises:
            RuleBroken: the number is none that a text reaches.
        """
        mobile = self.mobile.data or ""
        if mobile and as_mobile(mobile) is None:
            raise RuleBroken("mobile", "Enter a mobile number of the United Kingdom")
        safe = frozenset(Channel(one) for one in self.safe.data or ())
        return Told(Channel(self.first.data), safe, mobile, self.postal_address.data or "")


@family_pages.page(
    "/<token>/told-how", permission=Permission.BY_PERSONAL_LINK, methods=("GET", "POST")
)
def told_how_page(session: ScopedSession) -> ResponseReturnValue:
    """By the family itself. Addresses that we have are not shown: others may hold the telephone."""
    link = the_link()
    form = TellingForm().offer()
    if request.method == "GET":
        form.show(told_how(session, link.party_id))
    elif form.validate():
        try:
            by = the_family_member(session)
            tell_so(session, link.case_id, link.party_id, form.told(), by=by)
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash(_("Thank you. From now on we tell you in this way."))
            return redirect(url_for("family_case.case"))
    page = render_template("tenants/notices/told_how.html", form=form)
    return page, 422 if request.method == "POST" else 200


# What the rules refuse on this page, for the catalogues.
REFUSED = (
    later("Choose one of the ways that are safe for you"),
    later("Enter the address for letters"),
    later("Enter a mobile number of the United Kingdom"),
)


@provider_pages.page(
    "/<authority>/cases/<uuid:case_id>/told-how/<uuid:party_id>",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def family_told_how(
    session: ScopedSession, case_id: uuid.UUID, party_id: uuid.UUID
) -> ResponseReturnValue:
    """As somebody of the family said it to us."""
    view = the_case(session, case_id)
    names = dict(family_names(session, case_id))
    if party_id not in names:
        abort(404)
    form = TellingForm().offer()
    return act_page(
        view,
        form,
        "tenants/notices/family_told_how.html",
        lambda: tell_so(session, case_id, party_id, form.told(), by=the_actor()),
        start=lambda: form.show(told_how(session, party_id)),
        done="It is kept how this person wants to be told.",
        name=names[party_id],
        back=url_for(
            "provider_cases.family_notices", authority=the_tenancy().slug, case_id=case_id
        ),
    )


def in_words(told: Told) -> str:
    """How somebody is told, in a line: 'Text message, else e-mail'."""
    others = [CHANNEL_WORDS[one] for one in Channel if one in told.safe and one != told.first]
    first = CHANNEL_WORDS[told.first]
    return f"{first}, else {' or '.join(one.lower() for one in others)}" if others else first

"""The pages on which a signer asks, disagrees, or takes a signature back, at each door."""

from __future__ import annotations

import uuid

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import signing_link_over, the_link, the_signing_link
from saas.web.checking import Check, check_page, is_checked
from saas.web.field_shapes import button, text_field
from saas.web.today import now
from tenants.agreements.family import signer_of
from tenants.agreements.models import Agreement
from tenants.agreements.objections import has_signed, object_to
from tenants.agreements.reading import latest_agreement
from tenants.agreements.signer import pages as signer_pages
from tenants.agreements.signer import the_agreement
from tenants.agreements.signing import signer_of_side
from tenants.agreements.text import Signer, signers_of
from tenants.casework.authority.own_case import own_case, the_officer
from tenants.casework.authority.pages import pages as authority_pages
from tenants.casework.family.pages import pages as family_pages
from tenants.casework.family.pages import the_family_member
from tenants.casework.forms import CaseForm
from tenants.casework.kinds import Side
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor


def _takes_back() -> Check:
    return Check(
        _("Take your signature back?"),
        [
            _(
                "The text is called back: nobody can sign it any more, and no signature on it"
                " counts."
            ),
            _("We read what you wrote, speak with everyone, and send the text to be signed anew."),
        ],
        _("Take my signature back"),
    )


class ObjectionForm(CaseForm):
    words = text_field(
        later("What do you want to ask, or what is wrong?"),
        hint=later("Only we read it. The others are not shown your words."),
        needed=later("Write what you want to ask, or what is wrong"),
        longest=2000,
    )
    submit = button(later("Send"))


def _page(
    session: ScopedSession, agreement: Agreement, signer: Signer, by: Actor, back: str
) -> ResponseReturnValue:
    signed = has_signed(session, agreement, signer)
    form = ObjectionForm()
    if request.method == "POST" and form.validate():
        if signed and not is_checked():
            return check_page(_takes_back())
        try:
            taken_back = object_to(session, agreement, signer, words=form.words.data or "", by=by)
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash(
                _("Your signature is taken back, and the text is called back.")
                if taken_back
                else _("Thank you. We read it and answer you. You need not sign before that.")
            )
            return redirect(back)
    page = render_template(
        "tenants/agreements/objection.html", form=form, signer=signer, signed=signed, back=back
    )
    return page, 422 if request.method == "POST" else 200


def _signer(agreement: Agreement, key: str) -> Signer:
    found = next((one for one in signers_of(agreement.content) if one.key == key), None)
    if found is None:
        abort(404)
    return found


@authority_pages.page(
    "/cases/<uuid:case_id>/agreement/objection",
    permission=Permission.ACT_ON_OWN_CASES,
    methods=("GET", "POST"),
)
def agreement_objection(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    own_case(session, case_id)
    latest = latest_agreement(session, case_id)
    signer = (
        signer_of_side(signers_of(latest.agreement.content), Side.AUTHORITY) if latest else None
    )
    back = url_for("authority_cases.agreement", case_id=case_id)
    if latest is None or signer is None or not latest.out:
        return redirect(back)
    return _page(session, latest.agreement, signer, the_officer(), back)


@family_pages.page(
    "/<token>/agreement/objection",
    permission=Permission.BY_PERSONAL_LINK,
    methods=("GET", "POST"),
)
def agreement_objection_of_family(session: ScopedSession) -> ResponseReturnValue:
    link = the_link()
    latest = latest_agreement(session, link.case_id)
    if latest is None or not latest.out:
        return redirect(url_for("family_case.case"))
    back = url_for("family_case.agreement")
    signer = _signer(latest.agreement, signer_of(link))
    return _page(session, latest.agreement, signer, the_family_member(session), back)


@signer_pages.page(
    "/<key>/objection", permission=Permission.BY_SIGNING_LINK, methods=("GET", "POST")
)
def objection(session: ScopedSession) -> ResponseReturnValue:
    view = the_agreement(session)
    if view is None:
        return signing_link_over()
    back = url_for("agreement_signer.agreement")
    if not view.out:
        return redirect(back)
    signer = _signer(view.agreement, the_signing_link().signer)
    return _page(session, view.agreement, signer, Actor(None, signer.name, now()), back)

"""The case page, and the acts of first contact, certificate and notes."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.documents.content import ContentRefused
from saas.documents.pdf import UnprintableText
from saas.identity.permissions import Permission
from saas.web.access import the_person, the_tenancy
from saas.web.today import today
from tenants.casework import actions
from tenants.casework.certificates import issue_certificate
from tenants.casework.downloads import certificate_download
from tenants.casework.forms import CertificateForm, ChoiceForm, MiasForm, NoteForm
from tenants.casework.kinds import WORDS, Choice, FactKind
from tenants.casework.models import Certificate
from tenants.casework.position import CERTIFICATE_CLOCK
from tenants.casework.provider.pages import (
    pages,
    role_in_words,
    the_actor,
    the_case,
    the_provider,
)
from tenants.casework.record import RuleBroken, certificate_kind


def _to_case(case_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("provider_cases.case", authority=the_tenancy().slug, case_id=case_id))


@pages.page("/<authority>/cases/<uuid:case_id>", permission=Permission.SEE_APPOINTED_CASES)
def case(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    return render_template(
        "tenants/casework/provider_case.html",
        view=view,
        certificate_due=certificate_kind(view.record),
        may_record=the_person().may(Permission.RECORD_CASES),
        is_new=request.args.get("new") == "yes",
        authority=the_tenancy(),
        today=today(),
        words=WORDS,
    )


@pages.page(
    "/<authority>/cases/<uuid:case_id>/mias",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def mias(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    form = MiasForm()
    if request.method == "POST" and form.validate():
        try:
            actions.record_mias(
                session,
                case_id,
                on=form.held_on.data,
                way=form.way.data,
                minutes=form.minutes.data or 0,
                choice=Choice(form.choice.data),
                choice_on=form.choice_on.data,
                by=the_actor(),
                today=today(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("Mediation information and the family's choice are recorded.")
            return _to_case(case_id)
    elif request.method == "GET":
        form.held_on.process_data(today())
        form.choice_on.process_data(today())
    page = render_template(
        "tenants/casework/mias.html", form=form, view=view, authority=the_tenancy(), today=today()
    )
    return page, 422 if request.method == "POST" else 200


@pages.page(
    "/<authority>/cases/<uuid:case_id>/choice",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def choice(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """A later choice: the family may change its mind, and the old choice is kept."""
    view = the_case(session, case_id)
    form = ChoiceForm()
    if request.method == "POST" and form.validate():
        try:
            actions.add_fact(
                session,
                case_id,
                FactKind.CHOICE_MADE,
                form.choice_on.data,
                value=form.choice.data,
                by=the_actor(),
                today=today(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("The family's choice is recorded.")
            return _to_case(case_id)
    elif request.method == "GET":
        form.choice_on.process_data(today())
    page = render_template(
        "tenants/casework/choice.html", form=form, view=view, authority=the_tenancy()
    )
    return page, 422 if request.method == "POST" else 200


@pages.page(
    "/<authority>/cases/<uuid:case_id>/certificate",
    permission=Permission.ISSUE_CERTIFICATES,
    methods=("GET", "POST"),
)
def certificate(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """Check what the certificate will say, then issue it: it cannot be edited afterwards."""
    view = the_case(session, case_id)
    kind = certificate_kind(view.record)
    if kind is None:
        if view.record.certificate is None:
            flash("The facts recorded so far do not allow a certificate yet.", "problem")
        return _to_case(case_id)
    form = CertificateForm()
    if request.method == "POST" and form.validate():
        try:
            issued = issue_certificate(
                session,
                case_id,
                kind=kind,
                on=form.issued_on.data,
                issued_by_role=role_in_words(the_person()),
                provider=the_provider(),
                by=the_actor(),
                today=today(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        except (ContentRefused, UnprintableText) as refused:
            form.form_errors.append(_what_is_missing(refused))
        else:
            return redirect(
                url_for(
                    "provider_cases.certificate_issued",
                    authority=the_tenancy().slug,
                    case_id=case_id,
                    certificate_id=issued.id,
                )
            )
    elif request.method == "GET":
        form.issued_on.process_data(today())
    page = render_template(
        "tenants/casework/certificate.html",
        form=form,
        view=view,
        kind=kind,
        due=next(
            (c.reading for c in view.clocks if c.reading.clock == CERTIFICATE_CLOCK[kind]),
            None,
        ),
        authority=the_tenancy(),
        today=today(),
        words=WORDS,
    )
    return page, 422 if request.method == "POST" else 200


def _what_is_missing(refused: ContentRefused | UnprintableText) -> str:
    if isinstance(refused, ContentRefused):
        return "The certificate cannot be printed: " + "; ".join(refused.faults)
    return "A name holds letters that cannot be printed: write it in Latin letters as well"


def _certificate(session: ScopedSession, certificate_id: uuid.UUID) -> Certificate:
    found = session.get(Certificate, (session.tenant, certificate_id))
    if found is None:
        abort(404)
    return found


@pages.page(
    "/<authority>/cases/<uuid:case_id>/certificates/<uuid:certificate_id>",
    permission=Permission.SEE_APPOINTED_CASES,
)
def certificate_issued(
    session: ScopedSession, case_id: uuid.UUID, certificate_id: uuid.UUID
) -> ResponseReturnValue:
    view = the_case(session, case_id)
    issued = _certificate(session, certificate_id)
    if issued.case_id != case_id:
        abort(404)
    return render_template(
        "tenants/casework/certificate_issued.html",
        view=view,
        certificate=issued,
        last_day=dt.date.fromisoformat(issued.content["last_day_to_appeal"]),
        authority=the_tenancy(),
        words=WORDS,
    )


@pages.page(
    "/<authority>/certificates/<uuid:certificate_id>.pdf",
    permission=Permission.SEE_APPOINTED_CASES,
)
def certificate_file(session: ScopedSession, certificate_id: uuid.UUID) -> ResponseReturnValue:
    issued = _certificate(session, certificate_id)
    the_case(session, issued.case_id)
    return certificate_download(session, issued)


@pages.page(
    "/<authority>/cases/<uuid:case_id>/notes",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def note(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    form = NoteForm()
    if request.method == "POST" and form.validate():
        actions.write_note(
            session,
            case_id,
            text=form.text.data or "",
            shared=form.audience.data == "parties",
            by=the_actor(),
        )
        flash("The note is kept.")
        return _to_case(case_id)
    page = render_template(
        "tenants/casework/note.html", form=form, view=view, authority=the_tenancy()
    )
    return page, 422 if request.method == "POST" else 200

"""Certificates: checked and issued, downloaded, sent, withdrawn."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.documents.content import ContentRefused
from saas.documents.pdf import UnprintableText
from saas.identity.permissions import Permission
from saas.web.access import the_person, the_tenancy
from saas.web.today import today
from tenants.casework import actions
from tenants.casework.forms import SentForm, WithdrawalForm
from tenants.casework.kinds import WORDS, FactKind
from tenants.casework.models import Certificate
from tenants.casework.position import CERTIFICATE_CLOCK
from tenants.casework.provider.pages import (
    act_page,
    pages,
    role_in_words,
    the_actor,
    the_case,
    the_provider,
    to_case,
)
from tenants.casework.record import RuleBroken, certificate_kind
from tenants.certificates import actions as certificates
from tenants.certificates.download import certificate_download
from tenants.certificates.forms import CertificateForm


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
        return to_case(case_id)
    form = CertificateForm()
    issued: list[Certificate] = []

    def issue() -> None:
        try:
            issued.append(
                certificates.issue_certificate(
                    session,
                    case_id,
                    kind=kind,
                    on=form.issued_on.data,
                    issued_by_role=role_in_words(the_person()),
                    provider=the_provider(),
                    by=the_actor(),
                    today=today(),
                )
            )
        except ContentRefused as refused:
            raise RuleBroken(
                "paper", "The certificate cannot be printed: " + "; ".join(refused.faults)
            ) from refused
        except UnprintableText as refused:
            raise RuleBroken(
                "paper", "A name holds what cannot be printed: write it in other letters as well"
            ) from refused

    return act_page(
        view,
        form,
        "tenants/certificates/certificate.html",
        issue,
        done="",
        start=lambda: form.issued_on.process_data(today()),
        go_on=lambda: redirect(
            url_for(
                "provider_cases.certificate_issued",
                authority=the_tenancy().slug,
                case_id=case_id,
                certificate_id=issued[0].id,
            )
        ),
        kind=kind,
        due=next(
            (c.reading for c in view.clocks if c.reading.clock == CERTIFICATE_CLOCK[kind]), None
        ),
    )


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
    last_day = issued.content["last_day_to_appeal"]
    return render_template(
        "tenants/certificates/certificate_issued.html",
        view=view,
        certificate=issued,
        last_day=dt.date.fromisoformat(last_day) if last_day else None,
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
    "/<authority>/cases/<uuid:case_id>/certificates/<uuid:certificate_id>/sending",
    permission=Permission.ISSUE_CERTIFICATES,
    methods=("GET", "POST"),
)
def certificate_sent(
    session: ScopedSession, case_id: uuid.UUID, certificate_id: uuid.UUID
) -> ResponseReturnValue:
    """Record who received the certificate, when and how."""
    view = the_case(session, case_id)
    issued = _certificate(session, certificate_id)
    if issued.case_id != case_id:
        abort(404)
    form = SentForm()
    return act_page(
        view,
        form,
        "tenants/certificates/certificate_sent.html",
        lambda: actions.add_fact(
            session,
            case_id,
            FactKind.CERTIFICATE_SENT,
            form.sent_on.data,
            value=form.to.data,
            detail={
                "certificate_id": str(certificate_id),
                "number": issued.number,
                "how": form.how.data,
            },
            by=the_actor(),
            today=today(),
        ),
        start=lambda: form.sent_on.process_data(today()),
        done="It is recorded who received the certificate.",
        certificate=issued,
    )


@pages.page(
    "/<authority>/cases/<uuid:case_id>/certificates/<uuid:certificate_id>/withdrawal",
    permission=Permission.ISSUE_CERTIFICATES,
    methods=("GET", "POST"),
)
def certificate_withdrawn(
    session: ScopedSession, case_id: uuid.UUID, certificate_id: uuid.UUID
) -> ResponseReturnValue:
    """Withdraw a certificate with a reason. Another can be issued then."""
    view = the_case(session, case_id)
    issued = _certificate(session, certificate_id)
    if issued.case_id != case_id:
        abort(404)
    form = WithdrawalForm()
    return act_page(
        view,
        form,
        "tenants/certificates/certificate_withdrawn.html",
        lambda: certificates.withdraw_certificate(
            session,
            certificate_id,
            on=form.withdrawn_on.data,
            reason=form.reason.data or "",
            by=the_actor(),
            today=today(),
        ),
        start=lambda: form.withdrawn_on.process_data(today()),
        done=f"Certificate {issued.number} is withdrawn. Another can be issued.",
        certificate=issued,
    )

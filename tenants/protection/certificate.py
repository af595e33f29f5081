"""The certificate that a case was erased, as a PDF."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import sqlalchemy as sa
from flask import Response, abort, current_app
from flask.typing import ResponseReturnValue

from saas.audit.actions import record_apart
from saas.database.scope import ScopedSession
from saas.documents import erasure
from saas.documents.content import Provider
from saas.web.access import the_tenancy
from saas.web.today import now
from tenants.protection.models import CaseErasure

# What the tables of an erasure are called on paper, in this order; the rest is counted together.
KINDS: Mapping[str, tuple[str, ...]] = {
    "The child or young person": ("child",),
    "People": ("case_party", "participant", "invitee"),
    "Documents": ("case_document",),
    "Certificates": ("certificate",),
    "Agreements, with drafts and signatures": (
        *("agreement", "agreement_draft", "agreement_draft_step"),
        *("agreement_signature", "agreement_objection"),
    ),
    "Notes and papers": ("case_note", "facilitation_paper"),
    "Messages and notices": ("message", "case_notice"),
    "Personal links": ("family_link", "signing_link"),
    "Facts and answers that stay without words": (
        *("case_fact", "agreed_step", "evaluation", "complaint"),
    ),
}


def certificate_file(session: ScopedSession, erasure_id: uuid.UUID) -> ResponseReturnValue:
    """The certificate of one erasure that is done; that it was taken away is in the trail."""
    found = session.execute(
        sa.select(
            CaseErasure.reference,
            CaseErasure.closed_on,
            CaseErasure.kept_until,
            CaseErasure.years,
            CaseErasure.asked_at,
            CaseErasure.asked_by_name,
            CaseErasure.erased_at,
            CaseErasure.erased,
            CaseErasure.files,
            CaseErasure.files_removed_at,
        ).where(CaseErasure.tenant_id == session.tenant, CaseErasure.id == erasure_id)
    ).one_or_none()
    if found is None or found.erased_at is None or found.files_removed_at is None:
        abort(404)
    known = {name for names in KINDS.values() for name in names}
    counts = {
        kind: sum(found.erased.get(name, 0) for name in names) for kind, names in KINDS.items()
    }
    counts["Other rows"] = sum(n for name, n in found.erased.items() if name not in known)
    paper = erasure.render(
        erasure.ErasureContent(
            provider=Provider.of(current_app.extensions["settings"]),
            authority_name=the_tenancy().name,
            reference=found.reference,
            closed_on=found.closed_on,
            kept_until=found.kept_until,
            years=found.years,
            asked_at=found.asked_at,
            asked_by=found.asked_by_name,
            erased_at=found.erased_at,
            files_removed_at=found.files_removed_at,
            files=found.files,
            counts=[(kind, number) for kind, number in counts.items() if number],
        )
    )
    record_apart(
        session.scope, "certificate of erasure downloaded", subject_kind="erasure",
        subject_id=erasure_id, at=now(),
    )  # fmt: skip
    return Response(
        paper,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="erased-{found.reference.lower()}.pdf"'
        },
    )

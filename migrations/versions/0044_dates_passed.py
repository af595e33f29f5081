"""The dates offered passed without an answer: the case waits for whoever arranges again."""

from __future__ import annotations

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

NAME = "ck_case_fact_kind_is_known"
KINDS = (
    "'notice_sent', 'permission_given', 'contact_made', 'mias_held', 'choice_made',"
    " 'certificate_issued', 'certificate_sent', 'certificate_withdrawn',"
    " 'family_informed_authority', 'adviser_informed_authority', 'health_told_authority',"
    " 'authority_told_icb', 'icb_told_authority', 'authority_cannot_arrange', 'mediator_appointed',"
    " 'representative_named', 'dates_offered', 'dates_answered', {more}'summaries_exchanged',"
    " 'child_heard', 'agenda_agreed', 'consent_given', 'consent_refused', 'meeting_fixed',"
    " 'meeting_cancelled', 'meeting_held', 'ended_early', 'concluded', 'agreement_made',"
    " 'agreement_drafted', 'agreement_signed', 'copies_sent', 'summary_shared', 'step_done',"
    " 'appeal_registered', 'appeal_outcome', 'closed'"
)


def _know(more: str) -> None:
    op.execute(
        f"-- squawk-ignore ban-drop-constraint\nALTER TABLE case_fact DROP CONSTRAINT {NAME}"
    )
    op.execute(
        f"ALTER TABLE case_fact ADD CONSTRAINT {NAME}"
        f" CHECK (kind IN ({KINDS.format(more=more)})) NOT VALID"
    )
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE case_fact VALIDATE CONSTRAINT {NAME}"
    )


def upgrade() -> None:
    _know("'dates_passed', ")


def downgrade() -> None:
    op.execute("DELETE FROM case_fact WHERE kind = 'dates_passed'")
    _know("")

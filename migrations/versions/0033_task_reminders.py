"""The authority is reminded of what it must do."""

from __future__ import annotations

from alembic import context, op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

EVENTS = (
    "'certificate_issued', 'certificate_withdrawn', 'adviser_informed_authority', "
    "'family_informed_authority', 'health_told_authority', 'authority_told_icb', "
    "'authority_cannot_arrange', 'mediator_appointed', 'representative_named', "
    "'dates_offered', 'dates_answered', 'consent_given', 'consent_refused', 'meeting_fixed', "
    "'meeting_cancelled', 'ended_early', 'summaries_exchanged', 'agenda_agreed', 'summary_shared', "
    "'agreement_drafted', 'agreement_signed', 'agreement_made', 'copies_sent', 'step_done', "
    "'appeal_registered', 'closed', 'meeting_changed', 'document_shared', 'summary_received',"
    " 'document_withdrawn', 'summary_withdrawn', 'personal_link', 'signing_link', "
    "'message_bounced', 'step_due_soon', 'step_overdue', 'certificate_at_risk'{more}"
)
NAME = "ck_case_notice_event_is_known"
SEEN = "tenant_id, id, case_id, kind, due_on, from_on, until_on"


def _know(more: str) -> None:
    # In the place of the constraint comes one that knows two words more, or less.
    op.execute(
        f"-- squawk-ignore ban-drop-constraint\nALTER TABLE case_notice DROP CONSTRAINT {NAME}"
    )
    op.execute(
        f"ALTER TABLE case_notice ADD CONSTRAINT {NAME}"
        f" CHECK (event IN ({EVENTS.format(more=more)})) NOT VALID"
    )
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE case_notice VALIDATE CONSTRAINT {NAME}"
    )


def upgrade() -> None:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    _know(", 'task_due_soon', 'task_waits'")
    op.execute(
        f"CREATE POLICY worker ON authority_task FOR ALL TO {prefix}_worker"
        " USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())"
    )
    op.execute(f"GRANT SELECT ({SEEN}) ON authority_task TO {prefix}_worker")


def downgrade() -> None:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    op.execute(f"REVOKE SELECT ({SEEN}) ON authority_task FROM {prefix}_worker")
    op.execute("DROP POLICY worker ON authority_task")
    _know("")

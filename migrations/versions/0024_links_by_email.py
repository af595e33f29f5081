"""Personal links go by e-mail and are asked for anew; messages that come back are dealt with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

WALLS = (
    "CREATE POLICY worker ON family_link FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, case_id, party_id, message_id, revoked_at) ON family_link TO {prefix}_worker",
    "GRANT INSERT (tenant_id, id, case_id, party_id, token_hash, created_at, created_by_name, expires_at, message_id) ON family_link TO {prefix}_worker",
    "GRANT UPDATE (revoked_at, revoked_by_name) ON family_link TO {prefix}_worker",
    "GRANT SELECT (message_id) ON family_link TO {prefix}_provider",
    "GRANT UPDATE (dealt_with_at, dealt_with_by_name) ON message TO {prefix}_provider",
    "GRANT SELECT (id, email_key, asked_at) ON link_request TO {prefix}_identity",
    "GRANT INSERT (id, email, email_key, asked_at) ON link_request TO {prefix}_identity",
    "GRANT SELECT (id, email, asked_at, answered_at) ON link_request TO {prefix}_jobs",
    "GRANT UPDATE (email, answered_at) ON link_request TO {prefix}_jobs",
    "GRANT DELETE ON link_request TO {prefix}_jobs",
)
EVENTS_BEFORE = "event IN ('certificate_issued', 'certificate_withdrawn', 'adviser_informed_authority', 'family_informed_authority', 'health_told_authority', 'authority_told_icb', 'authority_cannot_arrange', 'mediator_appointed', 'representative_named', 'dates_offered', 'dates_answered', 'consent_given', 'consent_refused', 'meeting_fixed', 'meeting_cancelled', 'summaries_exchanged', 'agenda_agreed', 'summary_shared', 'agreement_drafted', 'agreement_signed', 'agreement_made', 'copies_sent', 'step_done', 'appeal_registered', 'closed', 'meeting_changed', 'document_shared', 'summary_received', 'document_withdrawn', 'summary_withdrawn', 'step_due_soon', 'step_overdue', 'certificate_at_risk')"
EVENTS = EVENTS_BEFORE.replace(
    "'step_due_soon',", "'personal_link', 'message_bounced', 'step_due_soon',"
)


def _constrain(table: str, name: str, condition: str) -> None:
    # Quickly checked: a year's messages are some ten thousand.
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition})"
    )


def _forget(table: str, name: str) -> None:
    # Another takes its place in the same transaction.
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT {name}")


def upgrade() -> None:
    op.add_column(
        "message",
        sa.Column(
            "with_personal_link", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    op.add_column("message", sa.Column("bounced_at", sa.DateTime(timezone=True)))
    op.add_column("message", sa.Column("dealt_with_at", sa.DateTime(timezone=True)))
    op.add_column("message", sa.Column("dealt_with_by_name", sa.Text()))
    _forget("message", "ck_message_sent_has_a_time")
    _constrain("message", "ck_message_sent_has_a_time", "state <> 'sent' OR sent_at IS NOT NULL")
    _constrain(
        "message", "ck_message_what_came_back_bounced", "bounced_at IS NULL OR state = 'bounced'"
    )
    _constrain(
        "message",
        "ck_message_someone_dealt_with_it",
        "(dealt_with_at IS NULL) = (dealt_with_by_name IS NULL)",
    )
    op.add_column("family_link", sa.Column("message_id", sa.Uuid()))
    op.execute(
        "-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid\n"
        "ALTER TABLE family_link ADD CONSTRAINT fk_family_link_tenant_id_message_id"
        " FOREIGN KEY (tenant_id, message_id) REFERENCES message (tenant_id, id)"
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_family_link_tenant_id_message_id ON family_link (tenant_id, message_id)"
    )
    op.create_table(
        "link_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (email IS NOT NULL)",
            name=op.f("ck_link_request_an_answered_one_names_nobody"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_request")),
    )
    op.create_index("ix_link_request_asked_at", "link_request", ["asked_at"])
    op.create_index("ix_link_request_email_key_asked_at", "link_request", ["email_key", "asked_at"])
    _forget("case_notice", "ck_case_notice_event_is_known")
    _constrain("case_notice", "ck_case_notice_event_is_known", EVENTS)
    prefix = context.config.attributes["settings"].database_role_prefix
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    _forget("case_notice", "ck_case_notice_event_is_known")
    _constrain("case_notice", "ck_case_notice_event_is_known", EVENTS_BEFORE)
    op.drop_table("link_request")
    op.execute("DROP POLICY worker ON family_link")
    op.execute(f"REVOKE ALL ON family_link FROM {prefix}_worker")
    op.drop_column("family_link", "message_id")
    _forget("message", "ck_message_sent_has_a_time")
    op.drop_column("message", "dealt_with_by_name")
    op.drop_column("message", "dealt_with_at")
    op.drop_column("message", "bounced_at")
    op.drop_column("message", "with_personal_link")
    _constrain("message", "ck_message_sent_has_a_time", "(state = 'sent') = (sent_at IS NOT NULL)")

"""An authority says what is wrong of a child, and the provider takes it in or says why not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0040"
down_revision = "0039"
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
    "'message_bounced', 'step_due_soon', 'step_overdue', 'certificate_at_risk', 'task_due_soon', 'task_waits', 'agreement_questioned'{more}"
)
NAME = "ck_case_notice_event_is_known"
WALLS = (
    "ALTER TABLE correction_proposal ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE correction_proposal FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON correction_proposal FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON correction_proposal TO {prefix}_provider",
    "GRANT UPDATE (state, answer, answered_at, answered_by_name) ON correction_proposal TO {prefix}_provider",
    "CREATE POLICY provider_reader ON correction_proposal FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON correction_proposal TO {prefix}_provider_reader",
    "CREATE POLICY authority ON correction_proposal FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant() AND (state = 'open' AND by = scope_person()))",
    "GRANT SELECT ON correction_proposal TO {prefix}_authority",
    "GRANT INSERT (tenant_id, id, case_id, child_id, proposed, reason, state, at, by, by_name) ON correction_proposal TO {prefix}_authority",
)


def _know(more: str) -> None:
    # In the place of the constraint comes one that knows a word more, or less.
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
    _know(", 'correction_proposed'")
    op.create_table(
        "correction_proposal",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("proposed", JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_name", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'taken', 'declined')",
            name=op.f("ck_correction_proposal_state_is_known"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (answered_at IS NULL)",
            name=op.f("ck_correction_proposal_an_answer_has_a_time"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_correction_proposal_tenant_id_sen_case"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_correction_proposal")),
    )
    for column in ("child_id", "case_id"):
        op.create_index(
            f"ix_correction_proposal_tenant_id_{column}",
            "correction_proposal",
            ["tenant_id", column],
        )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("correction_proposal")
    _know("")

"""Who has to sign an agreement may ask, disagree, or take a signature back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0037"
down_revision = "0036"
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
    "'message_bounced', 'step_due_soon', 'step_overdue', 'certificate_at_risk', 'task_due_soon', 'task_waits'{more}"
)
NAME = "ck_case_notice_event_is_known"
WALLS = (
    "ALTER TABLE agreement_objection ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE agreement_objection FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON agreement_objection FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON agreement_objection TO {prefix}_provider",
    "GRANT UPDATE (taken_in_at) ON agreement_objection TO {prefix}_provider",
    "CREATE POLICY provider_reader ON agreement_objection FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON agreement_objection TO {prefix}_provider_reader",
    "CREATE POLICY authority ON agreement_objection FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant() AND (side = 'authority'))",
    "GRANT INSERT (tenant_id, id, agreement_id, case_id, text_hash, signer, side, takes_back, words, said_at, said_by_name) ON agreement_objection TO {prefix}_authority",
    "CREATE POLICY family ON agreement_objection FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()) AND (side = 'family'))",
    "GRANT INSERT (tenant_id, id, agreement_id, case_id, text_hash, signer, side, takes_back, words, said_at, said_by_name) ON agreement_objection TO {prefix}_family",
    "CREATE POLICY signer ON agreement_objection FOR ALL TO {prefix}_signer USING (tenant_id = scope_tenant() AND (agreement_id = scope_agreement())) WITH CHECK (tenant_id = scope_tenant() AND (agreement_id = scope_agreement()))",
    "GRANT INSERT (tenant_id, id, agreement_id, case_id, text_hash, signer, side, takes_back, words, said_at, said_by_name) ON agreement_objection TO {prefix}_signer",
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
    _know(", 'agreement_questioned'")
    op.create_table(
        "agreement_objection",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("takes_back", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_by_name", sa.Text(), nullable=False),
        sa.Column("taken_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "side IN ('family', 'authority', 'health', 'school', 'other')",
            name=op.f("ck_agreement_objection_side_is_known"),
        ),
        sa.CheckConstraint(
            "length(trim(words)) > 0", name=op.f("ck_agreement_objection_it_has_words")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agreement_id", "case_id", "text_hash"],
            ["agreement.tenant_id", "agreement.id", "agreement.case_id", "agreement.text_hash"],
            name=op.f("fk_agreement_objection_of_the_text"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agreement_objection")),
    )
    op.create_index(
        "ix_agreement_objection_tenant_id_case_id",
        "agreement_objection",
        ["tenant_id", "case_id"],
    )
    op.create_index(
        "ix_agreement_objection_waiting",
        "agreement_objection",
        ["said_at", "tenant_id"],
        postgresql_where=sa.text("taken_in_at IS NULL"),
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("agreement_objection")
    _know("")

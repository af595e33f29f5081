"""Papers of a case, notices to be told, messages sent, and the worker's role that sends them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

CONNECT = """
    DO $$ BEGIN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO {prefix}_worker', current_database());
    END $$
    """
WALLS = (
    CONNECT,
    "ALTER TABLE message ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE message FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON message FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON message TO {prefix}_provider",
    "CREATE POLICY worker ON message FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON message TO {prefix}_worker",
    "GRANT INSERT ON message TO {prefix}_worker",
    "GRANT UPDATE ON message TO {prefix}_worker",
    "ALTER TABLE case_notice ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE case_notice FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON case_notice FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT INSERT (tenant_id, id, case_id, event, audience, caused_by, caused_at, detail) ON case_notice TO {prefix}_provider",
    "CREATE POLICY authority ON case_notice FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant() AND (audience IN ('parties', 'authority'))) WITH CHECK (tenant_id = scope_tenant() AND (audience IN ('parties', 'authority')) AND (caused_by = scope_person()))",
    "GRANT INSERT (tenant_id, id, case_id, event, audience, caused_by, caused_at) ON case_notice TO {prefix}_authority",
    "CREATE POLICY family ON case_notice FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person() AND audience IN ('parties', 'family'))) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person() AND audience IN ('parties', 'family')) AND (caused_by IS NULL))",
    "GRANT INSERT (tenant_id, id, case_id, event, audience, caused_by, caused_at) ON case_notice TO {prefix}_family",
    "CREATE POLICY worker ON case_notice FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON case_notice TO {prefix}_worker",
    "GRANT INSERT ON case_notice TO {prefix}_worker",
    "GRANT UPDATE ON case_notice TO {prefix}_worker",
    "GRANT SELECT ON person_notice_refusal TO {prefix}_identity",
    "GRANT INSERT ON person_notice_refusal TO {prefix}_identity",
    "GRANT UPDATE ON person_notice_refusal TO {prefix}_identity",
    "GRANT DELETE ON person_notice_refusal TO {prefix}_identity",
    "GRANT SELECT ON person_notice_refusal TO {prefix}_worker",
    "ALTER TABLE party_notice_refusal ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE party_notice_refusal FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON party_notice_refusal FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON party_notice_refusal TO {prefix}_provider",
    "GRANT INSERT ON party_notice_refusal TO {prefix}_provider",
    "GRANT DELETE ON party_notice_refusal TO {prefix}_provider",
    "CREATE POLICY worker ON party_notice_refusal FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON party_notice_refusal TO {prefix}_worker",
    "ALTER TABLE case_document ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE case_document FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON case_document FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON case_document TO {prefix}_provider",
    "GRANT INSERT ON case_document TO {prefix}_provider",
    "GRANT UPDATE (audience, exchanged_at) ON case_document TO {prefix}_provider",
    "CREATE POLICY provider_reader ON case_document FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON case_document TO {prefix}_provider_reader",
    "CREATE POLICY authority ON case_document FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant() AND (audience IN ('parties', 'authority'))) WITH CHECK (tenant_id = scope_tenant() AND (audience IN ('parties', 'authority')) AND (side = 'authority' AND uploaded_by = scope_person() AND exchanged_at IS NULL AND (kind <> 'summary' OR audience = 'authority')))",
    "GRANT SELECT ON case_document TO {prefix}_authority",
    "GRANT INSERT ON case_document TO {prefix}_authority",
    "CREATE POLICY family ON case_document FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person() AND audience IN ('parties', 'family'))) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person() AND audience IN ('parties', 'family')) AND (side = 'family' AND uploaded_by IS NULL AND exchanged_at IS NULL AND (kind <> 'summary' OR audience = 'family')))",
    "GRANT SELECT (tenant_id, id, case_id, kind, side, audience, description, media_type, size, sha256, storage_key, uploaded_at, scan_result, exchanged_at) ON case_document TO {prefix}_family",
    "GRANT INSERT ON case_document TO {prefix}_family",
    "CREATE POLICY worker ON case_document FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, storage_key, scan_result) ON case_document TO {prefix}_worker",
    "GRANT UPDATE (scan_result, scanned_at) ON case_document TO {prefix}_worker",
    "CREATE POLICY worker ON sen_case FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, reference, coordinator_id, mediator_id) ON sen_case TO {prefix}_worker",
    "CREATE POLICY worker ON case_party FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, case_id, side, email) ON case_party TO {prefix}_worker",
    "CREATE POLICY worker ON case_position FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, case_id, is_open, certificate_on, certificate_due) ON case_position TO {prefix}_worker",
    "CREATE POLICY worker ON agreed_step FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, case_id, due_on, done_on) ON agreed_step TO {prefix}_worker",
    "CREATE POLICY worker ON membership FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, person_id, role) ON membership TO {prefix}_worker",
    "GRANT SELECT (id, email, active) ON person TO {prefix}_worker",
    "GRANT SELECT ON dfe_appeal_rate TO {prefix}_worker",
    "GRANT SELECT ON dfe_sen2_figure TO {prefix}_worker",
    "GRANT SELECT ON education_authority TO {prefix}_worker",
    "GRANT SELECT ON former_gss_code TO {prefix}_worker",
    "GRANT SELECT ON postcode TO {prefix}_worker",
    "GRANT SELECT ON reference_load TO {prefix}_worker",
    "GRANT SELECT ON district TO {prefix}_worker",
    "GRANT SELECT ON former_gss_successor TO {prefix}_worker",
)
# What the worker may read of tables that were there before, to be taken back.
OPENED = ("sen_case", "case_party", "case_position", "agreed_step", "membership")
# Everyone reads the reference figures.
REFERENCE = (
    "dfe_appeal_rate",
    "dfe_sen2_figure",
    "education_authority",
    "former_gss_code",
    "postcode",
    "reference_load",
    "district",
    "former_gss_successor",
)


def _prefix() -> str:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    return prefix


def upgrade() -> None:
    op.create_table(
        "message",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("calendar", sa.Text(), nullable=True),
        sa.Column("calendar_method", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_message_sent_has_a_time")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'bounced', 'given_up')",
            name=op.f("ck_message_state_is_known"),
        ),
        sa.CheckConstraint(
            "(calendar IS NULL) = (calendar_method IS NULL)",
            name=op.f("ck_message_a_calendar_says_its_method"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "tenant_id",
            "cause_id",
            "recipient",
            name=op.f("uq_message_tenant_id_cause_id_recipient"),
        ),
    )
    op.create_index(
        "ix_message_tenant_id_state_next_attempt_at",
        "message",
        ["tenant_id", "state", "next_attempt_at"],
        unique=False,
    )
    op.create_index(
        "ix_message_tenant_id_subject_id", "message", ["tenant_id", "subject_id"], unique=False
    )
    op.create_table(
        "person_notice_refusal",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "topic IN ('meetings', 'certificates', 'agreements', 'documents', 'progress', 'reminders')",
            name=op.f("ck_person_notice_refusal_topic_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_notice_refusal_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", "topic", name=op.f("pk_person_notice_refusal")),
    )
    op.create_table(
        "case_document",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=True),
        sa.Column("uploaded_by_name", sa.Text(), nullable=False),
        sa.Column("scan_result", sa.Text(), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exchanged_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "audience IN ('provider', 'authority', 'family', 'parties')",
            name=op.f("ck_case_document_audience_is_known"),
        ),
        sa.CheckConstraint(
            "kind <> 'summary' OR audience = side OR (audience = 'parties' AND exchanged_at IS NOT NULL)",
            name=op.f("ck_case_document_a_summary_is_its_sides_until_exchanged"),
        ),
        sa.CheckConstraint(
            "kind IN ('summary', 'decision', 'plan', 'report', 'consent', 'agreement', 'step_evidence', 'other')",
            name=op.f("ck_case_document_kind_is_known"),
        ),
        sa.CheckConstraint(
            "scan_result IN ('clean', 'infected', 'unscanned', 'no_scanner')",
            name=op.f("ck_case_document_scan_result_is_known"),
        ),
        sa.CheckConstraint(
            "side IN ('family', 'authority', 'health', 'school', 'other')",
            name=op.f("ck_case_document_side_is_known"),
        ),
        sa.CheckConstraint(
            "length(description) <= 200", name=op.f("ck_case_document_description_is_short")
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_case_document_size_is_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_case_document_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_case_document")),
        sa.UniqueConstraint(
            "tenant_id", "storage_key", name=op.f("uq_case_document_tenant_id_storage_key")
        ),
    )
    op.create_index(
        "ix_case_document_tenant_id_case_id",
        "case_document",
        ["tenant_id", "case_id"],
        unique=False,
    )
    op.create_index(
        "ix_case_document_unscanned",
        "case_document",
        ["tenant_id"],
        unique=False,
        postgresql_where=sa.text("scan_result = 'unscanned'"),
    )
    op.create_table(
        "case_notice",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column(
            "detail", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("once_key", sa.Text(), nullable=True),
        sa.Column("caused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("caused_by", sa.Uuid(), nullable=True),
        sa.Column("addressed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "audience IN ('provider', 'authority', 'family', 'parties')",
            name=op.f("ck_case_notice_audience_is_known"),
        ),
        sa.CheckConstraint(
            "event IN ('certificate_issued', 'certificate_withdrawn', 'adviser_informed_authority', 'family_informed_authority', 'health_told_authority', 'authority_told_icb', 'authority_cannot_arrange', 'mediator_appointed', 'representative_named', 'dates_offered', 'dates_answered', 'consent_given', 'consent_refused', 'meeting_fixed', 'meeting_cancelled', 'summaries_exchanged', 'agenda_agreed', 'summary_shared', 'agreement_drafted', 'agreement_signed', 'agreement_made', 'copies_sent', 'step_done', 'appeal_registered', 'closed', 'meeting_changed', 'document_shared', 'summary_received', 'step_due_soon', 'step_overdue', 'certificate_at_risk')",
            name=op.f("ck_case_notice_event_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_case_notice_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_case_notice")),
        sa.UniqueConstraint(
            "tenant_id", "once_key", name=op.f("uq_case_notice_tenant_id_once_key")
        ),
    )
    op.create_index(
        "ix_case_notice_tenant_id_case_id", "case_notice", ["tenant_id", "case_id"], unique=False
    )
    op.create_index(
        "ix_case_notice_waiting",
        "case_notice",
        ["tenant_id"],
        unique=False,
        postgresql_where=sa.text("addressed_at IS NULL"),
    )
    op.create_table(
        "party_notice_refusal",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "topic IN ('meetings', 'certificates', 'agreements', 'documents', 'progress', 'reminders')",
            name=op.f("ck_party_notice_refusal_topic_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["case_party.tenant_id", "case_party.id"],
            name=op.f("fk_party_notice_refusal_tenant_id_party_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "party_id", "topic", name=op.f("pk_party_notice_refusal")
        ),
    )

    for statement in WALLS:
        op.execute(statement.format(prefix=_prefix()))


def downgrade() -> None:
    for table in ("case_document", "party_notice_refusal", "case_notice", "person_notice_refusal"):
        op.drop_table(table)
    op.drop_table("message")
    for table in OPENED:
        op.execute(f"DROP POLICY worker ON {table}")
    for table in (*OPENED, *REFERENCE, "person"):
        op.execute(f"REVOKE ALL ON {table} FROM {_prefix()}_worker")

"""Health, a school or somebody else signs an agreement by a link, in a login role of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

# A signer's token holds two ids in the place of the person: of the agreement, and of the link.
FUNCTIONS = tuple(
    f"""
    CREATE FUNCTION {name}() RETURNS uuid
    LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        named text := (public.scope_claims())[2];
    BEGIN
        RETURN CASE WHEN named ~ '^[0-9a-f]{{{{64}}}}$' THEN {half}(named, 32)::uuid END;
    END
    $$
    """
    for name, half in (("scope_agreement", "left"), ("scope_signing_link", "right"))
)
OPEN_TO_ALL = (
    "dfe_appeal_rate",
    "dfe_sen2_figure",
    "district",
    "education_authority",
    "former_gss_code",
    "former_gss_successor",
    "postcode",
    "reference_load",
)
WALLS = (
    """
    DO $$ BEGIN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO {prefix}_signer', current_database());
    END $$
    """,
    *(f"GRANT SELECT ON {table} TO {{prefix}}_signer" for table in OPEN_TO_ALL),
    "ALTER TABLE signing_link ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE signing_link FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON signing_link FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, agreement_id, signer, side, created_at, created_by_name, expires_at, revoked_at, revoked_by_name, last_used_at, message_id) ON signing_link TO {prefix}_provider",
    "GRANT INSERT ON signing_link TO {prefix}_provider",
    "GRANT UPDATE (revoked_at, revoked_by_name) ON signing_link TO {prefix}_provider",
    "CREATE POLICY identity ON signing_link FOR ALL TO {prefix}_identity USING (true) WITH CHECK (true)",
    "GRANT SELECT (tenant_id, id, agreement_id, signer, token_hash, expires_at, revoked_at, last_used_at) ON signing_link TO {prefix}_identity",
    "GRANT UPDATE (last_used_at) ON signing_link TO {prefix}_identity",
    "CREATE POLICY worker ON signing_link FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, message_id, revoked_at) ON signing_link TO {prefix}_worker",
    "GRANT INSERT (tenant_id, id, agreement_id, signer, side, token_hash, created_at, created_by_name, expires_at, message_id) ON signing_link TO {prefix}_worker",
    "GRANT UPDATE (revoked_at, revoked_by_name) ON signing_link TO {prefix}_worker",
    "CREATE POLICY signer ON agreement FOR ALL TO {prefix}_signer USING (tenant_id = scope_tenant() AND (id = scope_agreement())) WITH CHECK (tenant_id = scope_tenant() AND (id = scope_agreement()))",
    "GRANT SELECT ON agreement TO {prefix}_signer",
    "CREATE POLICY signer ON agreement_signature FOR ALL TO {prefix}_signer USING (tenant_id = scope_tenant() AND (agreement_id = scope_agreement())) WITH CHECK (tenant_id = scope_tenant() AND (agreement_id = scope_agreement()) AND (way = 'personal_link' AND signing_link_id = scope_signing_link()))",
    "GRANT SELECT (tenant_id, id, agreement_id, case_id, text_hash, signer, side, typed_name, way, signed_on, signed_at) ON agreement_signature TO {prefix}_signer",
    "GRANT INSERT (tenant_id, id, agreement_id, case_id, text_hash, signer, side, typed_name, way, signed_on, signed_at, signing_link_id) ON agreement_signature TO {prefix}_signer",
    "CREATE POLICY signer ON case_fact FOR ALL TO {prefix}_signer USING (tenant_id = scope_tenant() AND (kind IN ('agreement_drafted', 'agreement_made') AND (detail ->> 'agreement_id') = scope_agreement()::text)) WITH CHECK (tenant_id = scope_tenant() AND (kind IN ('agreement_drafted', 'agreement_made') AND (detail ->> 'agreement_id') = scope_agreement()::text))",
    "GRANT SELECT (tenant_id, id, case_id, kind, on_date, detail, replaces_id, retracted) ON case_fact TO {prefix}_signer",
    "CREATE POLICY signer ON audit_entry FOR ALL TO {prefix}_signer USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT INSERT ON audit_entry TO {prefix}_signer",
)
OPENED = ("agreement", "agreement_signature", "case_fact", "audit_entry")
EVENTS_BEFORE = "event IN ('certificate_issued', 'certificate_withdrawn', 'adviser_informed_authority', 'family_informed_authority', 'health_told_authority', 'authority_told_icb', 'authority_cannot_arrange', 'mediator_appointed', 'representative_named', 'dates_offered', 'dates_answered', 'consent_given', 'consent_refused', 'meeting_fixed', 'meeting_cancelled', 'summaries_exchanged', 'agenda_agreed', 'summary_shared', 'agreement_drafted', 'agreement_signed', 'agreement_made', 'copies_sent', 'step_done', 'appeal_registered', 'closed', 'meeting_changed', 'document_shared', 'summary_received', 'document_withdrawn', 'summary_withdrawn', 'personal_link', 'message_bounced', 'step_due_soon', 'step_overdue', 'certificate_at_risk')"
EVENTS = EVENTS_BEFORE.replace("'message_bounced',", "'signing_link', 'message_bounced',")


def _constrain(table: str, name: str, condition: str) -> None:
    # Quickly checked: a year's notices are some ten thousand.
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition})"
    )


def _forget(table: str, name: str) -> None:
    # Another takes its place in the same transaction.
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT {name}")


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "signing_link",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_name", sa.Text(), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "side IN ('health', 'school', 'other')",
            name=op.f("ck_signing_link_side_has_no_other_way_to_sign"),
        ),
        sa.CheckConstraint(
            "signer = side", name=op.f("ck_signing_link_it_is_for_the_one_of_its_side")
        ),
        sa.CheckConstraint(
            "token_hash ~ '^[0-9a-f]{64}$'",
            name=op.f("ck_signing_link_token_is_kept_as_its_hash"),
        ),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by_name IS NULL)",
            name=op.f("ck_signing_link_a_revocation_names_someone"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agreement_id"],
            ["agreement.tenant_id", "agreement.id"],
            name=op.f("fk_signing_link_tenant_id_agreement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "message_id"],
            ["message.tenant_id", "message.id"],
            name=op.f("fk_signing_link_tenant_id_message_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_signing_link")),
        sa.UniqueConstraint(
            "tenant_id", "token_hash", name=op.f("uq_signing_link_tenant_id_token_hash")
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "id",
            "agreement_id",
            "signer",
            "side",
            name=op.f("uq_signing_link_signature"),
        ),
    )
    op.create_index("ix_signing_link_token_hash", "signing_link", ["token_hash"])
    for column in ("agreement_id", "message_id"):
        op.create_index(
            f"ix_signing_link_tenant_id_{column}", "signing_link", ["tenant_id", column]
        )
    op.add_column("agreement_signature", sa.Column("signing_link_id", sa.Uuid(), nullable=True))
    # The new column is empty, so there is nothing to look up while it is checked.
    op.execute(
        "-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid\n"
        "ALTER TABLE agreement_signature ADD CONSTRAINT fk_agreement_signature_of_the_link"
        " FOREIGN KEY (tenant_id, signing_link_id, agreement_id, signer, side)"
        " REFERENCES signing_link (tenant_id, id, agreement_id, signer, side)"
    )
    _forget("case_notice", "ck_case_notice_event_is_known")
    _constrain("case_notice", "ck_case_notice_event_is_known", EVENTS)
    for statement in (*FUNCTIONS, *WALLS):
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    _forget("case_notice", "ck_case_notice_event_is_known")
    _constrain("case_notice", "ck_case_notice_event_is_known", EVENTS_BEFORE)
    for table in OPENED:
        op.execute(f"DROP POLICY signer ON {table}")
    for table in (*OPENED, *OPEN_TO_ALL):
        op.execute(f"REVOKE ALL ON {table} FROM {prefix}_signer")
    op.drop_constraint(
        "fk_agreement_signature_of_the_link", "agreement_signature", type_="foreignkey"
    )
    op.drop_column("agreement_signature", "signing_link_id")
    op.drop_table("signing_link")
    for name in ("scope_signing_link", "scope_agreement"):
        op.execute(f"DROP FUNCTION {name}()")

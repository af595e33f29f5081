"""Agreements: a draft, the text that is signed and never changes, its signatures, its steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SEEN = "tenant_id = scope_tenant() AND (audience IN ('parties', 'authority'))"
IN_ITS_OWN_NAME = (
    " AND recorded_by = scope_person() AND replaces_id IS NULL AND NOT retracted"
    " AND (kind NOT IN ('consent_given', 'consent_refused') OR value = 'authority')"
)
SAID = (
    "kind IN ('family_informed_authority', 'health_told_authority', 'authority_told_icb',"
    " 'authority_cannot_arrange', 'representative_named', 'dates_offered', 'dates_answered',"
    " 'consent_given', 'consent_refused', 'step_done', 'appeal_registered', 'appeal_outcome')"
    f"{IN_ITS_OWN_NAME}"
)
SAID_BEFORE = SAID.replace("'step_done'", "'agreement_signed', 'step_done'")
WALLS = (
    "ALTER TABLE agreement_draft ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE agreement_draft FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON agreement_draft FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON agreement_draft TO {prefix}_provider",
    "GRANT INSERT ON agreement_draft TO {prefix}_provider",
    "GRANT UPDATE ON agreement_draft TO {prefix}_provider",
    "ALTER TABLE agreement_draft_step ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE agreement_draft_step FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON agreement_draft_step FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON agreement_draft_step TO {prefix}_provider",
    "GRANT INSERT ON agreement_draft_step TO {prefix}_provider",
    "GRANT UPDATE ON agreement_draft_step TO {prefix}_provider",
    "GRANT DELETE ON agreement_draft_step TO {prefix}_provider",
    "ALTER TABLE agreement ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE agreement FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON agreement FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON agreement TO {prefix}_provider",
    "GRANT INSERT ON agreement TO {prefix}_provider",
    "CREATE POLICY provider_reader ON agreement FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON agreement TO {prefix}_provider_reader",
    "CREATE POLICY authority ON agreement FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON agreement TO {prefix}_authority",
    "CREATE POLICY family ON agreement FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT ON agreement TO {prefix}_family",
    "ALTER TABLE agreement_signature ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE agreement_signature FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON agreement_signature FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant() AND (way = 'paper'))",
    "GRANT SELECT ON agreement_signature TO {prefix}_provider",
    "GRANT INSERT ON agreement_signature TO {prefix}_provider",
    "CREATE POLICY provider_reader ON agreement_signature FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON agreement_signature TO {prefix}_provider_reader",
    "CREATE POLICY authority ON agreement_signature FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant() AND (side = 'authority' AND way = 'sign_in' AND person_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, agreement_id, case_id, text_hash, signer, side, typed_name, way, signed_on, signed_at) ON agreement_signature TO {prefix}_authority",
    "GRANT INSERT (tenant_id, id, agreement_id, case_id, text_hash, signer, side, typed_name, way, signed_on, signed_at, person_id) ON agreement_signature TO {prefix}_authority",
    "CREATE POLICY family ON agreement_signature FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()) AND (side = 'family' AND way = 'personal_link'))",
    "GRANT SELECT (tenant_id, id, agreement_id, case_id, text_hash, signer, side, typed_name, way, signed_on, signed_at) ON agreement_signature TO {prefix}_family",
    "GRANT INSERT (tenant_id, id, agreement_id, case_id, text_hash, signer, side, typed_name, way, signed_on, signed_at, link_id) ON agreement_signature TO {prefix}_family",
    "REVOKE UPDATE ON agreed_step FROM {prefix}_provider",
    "GRANT UPDATE (done_on) ON agreed_step TO {prefix}_provider",
    # A signature is the row a side writes itself; the fact follows in the provider's scope.
    f"ALTER POLICY authority ON case_fact WITH CHECK ({SEEN} AND ({SAID}))",
)


def _prefix() -> str:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    return prefix


def upgrade() -> None:
    op.create_table(
        "agreement",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("sent_by_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "text_hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_agreement_text_is_hashed")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_agreement_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agreement")),
        sa.UniqueConstraint(
            "tenant_id", "case_id", "version", name=op.f("uq_agreement_tenant_id_case_id_version")
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "id",
            "case_id",
            "text_hash",
            name=op.f("uq_agreement_tenant_id_id_case_id_text_hash"),
        ),
    )
    op.create_table(
        "agreement_draft",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_agreement_draft_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agreement_draft")),
        sa.UniqueConstraint(
            "tenant_id", "case_id", name=op.f("uq_agreement_draft_tenant_id_case_id")
        ),
    )
    op.create_table(
        "agreement_draft_step",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("responsible", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("agreed_due_on", sa.Date(), nullable=True),
        sa.Column("agreement_says_so", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "responsible IN ('family', 'authority', 'health', 'school', 'other')",
            name=op.f("ck_agreement_draft_step_responsible_is_known"),
        ),
        sa.CheckConstraint(
            "agreed_due_on IS NULL OR agreement_says_so",
            name=op.f("ck_agreement_draft_step_another_date_is_in_the_agreement"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_agreement_draft_step_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agreement_draft_step")),
    )
    op.create_index(
        "ix_agreement_draft_step_tenant_id_case_id",
        "agreement_draft_step",
        ["tenant_id", "case_id"],
        unique=False,
    )
    op.create_table(
        "agreement_signature",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("typed_name", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_by_name", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "side IN ('family', 'authority', 'health', 'school', 'other')",
            name=op.f("ck_agreement_signature_side_is_known"),
        ),
        sa.CheckConstraint(
            "way IN ('sign_in', 'personal_link', 'paper')",
            name=op.f("ck_agreement_signature_way_is_known"),
        ),
        sa.CheckConstraint(
            "length(trim(typed_name)) > 0",
            name=op.f("ck_agreement_signature_a_signature_has_a_name"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agreement_id", "case_id", "text_hash"],
            ["agreement.tenant_id", "agreement.id", "agreement.case_id", "agreement.text_hash"],
            name="fk_agreement_signature_of_the_text",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_agreement_signature")),
        sa.UniqueConstraint(
            "tenant_id",
            "agreement_id",
            "signer",
            name=op.f("uq_agreement_signature_tenant_id_agreement_id_signer"),
        ),
    )
    op.add_column(
        "agreed_step",
        sa.Column("agreement_says_so", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("agreed_step", sa.Column("who", sa.Text(), server_default="", nullable=False))
    op.add_column("agreed_step", sa.Column("agreement_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_agreed_step_tenant_id_agreement_id"),
        "agreed_step",
        "agreement",
        ["tenant_id", "agreement_id"],
        ["tenant_id", "id"],
        postgresql_not_valid=True,
    )
    # The new column is empty, so there is nothing to look up while it is checked.
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        "ALTER TABLE agreed_step VALIDATE CONSTRAINT fk_agreed_step_tenant_id_agreement_id"
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=_prefix()))


def downgrade() -> None:
    op.execute(f"ALTER POLICY authority ON case_fact WITH CHECK ({SEEN} AND ({SAID_BEFORE}))")
    op.execute(f"REVOKE UPDATE ON agreed_step FROM {_prefix()}_provider")
    op.execute(f"GRANT UPDATE ON agreed_step TO {_prefix()}_provider")
    op.drop_constraint("fk_agreed_step_tenant_id_agreement_id", "agreed_step", type_="foreignkey")
    for column in ("agreement_id", "who", "agreement_says_so"):
        op.drop_column("agreed_step", column)
    for table in ("agreement_signature", "agreement_draft_step", "agreement_draft", "agreement"):
        op.drop_table(table)

"""The family's door: personal links, and what a family may read of its own case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE family_link ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE family_link FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON family_link FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, case_id, party_id, created_at, created_by_name, expires_at, revoked_at, revoked_by_name, last_used_at) ON family_link TO {prefix}_provider",
    "GRANT INSERT ON family_link TO {prefix}_provider",
    "GRANT UPDATE (revoked_at, revoked_by_name) ON family_link TO {prefix}_provider",
    "CREATE POLICY identity ON family_link FOR ALL TO {prefix}_identity USING (true) WITH CHECK (true)",
    "GRANT SELECT (tenant_id, id, case_id, party_id, token_hash, expires_at, revoked_at, last_used_at) ON family_link TO {prefix}_identity",
    "GRANT UPDATE (last_used_at) ON family_link TO {prefix}_identity",
    "CREATE POLICY family ON audit_entry FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT INSERT ON audit_entry TO {prefix}_family",
    "CREATE POLICY family ON sen_case FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (id = scope_person()))",
    "GRANT SELECT (tenant_id, id, reference, service, decision_type, opened_on) ON sen_case TO {prefix}_family",
    "CREATE POLICY family ON case_party FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, id, case_id, side, name, relation) ON case_party TO {prefix}_family",
    "CREATE POLICY family ON case_fact FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person() AND audience IN ('parties', 'family'))) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person() AND audience IN ('parties', 'family')))",
    "GRANT SELECT (tenant_id, id, case_id, kind, on_date, value, detail, audience, recorded_at, replaces_id, retracted, reason) ON case_fact TO {prefix}_family",
    "CREATE POLICY family ON case_position FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT (tenant_id, case_id, stage, is_open, waiting_for, notice_sent, mias_on, choice, choice_on, certificate_kind, certificate_on, mediation_started_on, mediation_due, meeting_on, held_on, concluded_on, outcome, appeal_on, closed_on) ON case_position TO {prefix}_family",
    "CREATE POLICY family ON case_note FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person() AND audience IN ('parties', 'family'))) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person() AND audience IN ('parties', 'family')))",
    "GRANT SELECT (tenant_id, id, case_id, audience, text, written_at) ON case_note TO {prefix}_family",
    "CREATE POLICY family ON certificate FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT ON certificate TO {prefix}_family",
    "CREATE POLICY family ON agreed_step FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant() AND (case_id = scope_person())) WITH CHECK (tenant_id = scope_tenant() AND (case_id = scope_person()))",
    "GRANT SELECT ON agreed_step TO {prefix}_family",
)
OPENED = (
    "audit_entry",
    "sen_case",
    "case_party",
    "case_fact",
    "case_position",
    "case_note",
    "certificate",
    "agreed_step",
)


def _prefix() -> str:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    return prefix


def upgrade() -> None:
    op.create_table(
        "family_link",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_name", sa.Text(), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "token_hash ~ '^[0-9a-f]{64}$'",
            name=op.f("ck_family_link_token_is_kept_as_its_hash"),
        ),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by_name IS NULL)",
            name=op.f("ck_family_link_a_revocation_names_someone"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_family_link_tenant_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["case_party.tenant_id", "case_party.id"],
            name=op.f("fk_family_link_tenant_id_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_family_link")),
        sa.UniqueConstraint(
            "tenant_id", "token_hash", name=op.f("uq_family_link_tenant_id_token_hash")
        ),
    )
    op.create_index("ix_family_link_token_hash", "family_link", ["token_hash"])
    op.create_index("ix_family_link_tenant_id_case_id", "family_link", ["tenant_id", "case_id"])
    for statement in WALLS:
        op.execute(statement.format(prefix=_prefix()))


def downgrade() -> None:
    for table in OPENED:
        op.execute(f"DROP POLICY family ON {table}")
        op.execute(f"REVOKE ALL ON {table} FROM {_prefix()}_family")
    op.drop_table("family_link")

"""The trail: through which door, read by its authority, and linked to a chain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

WALLS = (
    "DROP POLICY authority ON audit_entry",
    "DROP POLICY provider ON audit_entry",
    "DROP POLICY finance ON audit_entry",
    "DROP POLICY family ON audit_entry",
    "DROP POLICY signer ON audit_entry",
    "CREATE POLICY authority ON audit_entry FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant() AND ((door = 'authority' OR action IN ('case seen', 'case opened', 'case moved', 'cases exported', 'cases recorded in bulk', 'SEN2 list exported', 'certificate issued', 'certificate downloaded', 'agreement downloaded', 'report pack released', 'invoice issued', 'billing contact changed')))) WITH CHECK (tenant_id = scope_tenant() AND ((door = 'authority' OR action IN ('case seen', 'case opened', 'case moved', 'cases exported', 'cases recorded in bulk', 'SEN2 list exported', 'certificate issued', 'certificate downloaded', 'agreement downloaded', 'report pack released', 'invoice issued', 'billing contact changed'))) AND (door = 'authority'))",
    "CREATE POLICY provider ON audit_entry FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant() AND (door = 'provider'))",
    "CREATE POLICY finance ON audit_entry FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant() AND (door = 'finance'))",
    "CREATE POLICY family ON audit_entry FOR ALL TO {prefix}_family USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant() AND (door = 'family'))",
    "CREATE POLICY signer ON audit_entry FOR ALL TO {prefix}_signer USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant() AND (door = 'signer'))",
    "CREATE POLICY worker ON audit_entry FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT (tenant_id, id, at, person_id, action, subject_kind, subject_id, door) ON audit_entry TO {prefix}_authority",
    "GRANT SELECT ON audit_entry TO {prefix}_worker",
    "ALTER TABLE audit_link ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE audit_link FORCE ROW LEVEL SECURITY",
    "CREATE POLICY worker ON audit_link FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON audit_link TO {prefix}_worker",
    "GRANT INSERT ON audit_link TO {prefix}_worker",
    "CREATE POLICY authority ON audit_link FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON audit_link TO {prefix}_authority",
    "CREATE POLICY provider_reader ON audit_link FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON audit_link TO {prefix}_provider_reader",
)
BEFORE = ("authority", "provider", "finance", "family", "signer")


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.add_column("audit_entry", sa.Column("door", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "audit_link",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "number", name=op.f("pk_audit_link")),
        sa.UniqueConstraint("tenant_id", "entry_id", name=op.f("uq_audit_link_tenant_id_entry_id")),
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_platform_audit_entry_person_id_at"
        " ON platform_audit_entry (person_id, at)"
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.drop_index("ix_platform_audit_entry_person_id_at", "platform_audit_entry")
    op.drop_table("audit_link")
    op.execute("DROP POLICY worker ON audit_entry")
    op.execute(f"REVOKE SELECT ON audit_entry FROM {prefix}_worker, {prefix}_authority")
    for role in BEFORE:
        op.execute(f"DROP POLICY {role} ON audit_entry")
        op.execute(
            f"CREATE POLICY {role} ON audit_entry FOR ALL TO {prefix}_{role}"
            " USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())"
        )
    op.drop_column("audit_entry", "door")

"""The trail outside any authority is linked, too; what is old may go, and nothing younger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

WALLS = (
    "DROP POLICY authority ON audit_entry",
    "DROP POLICY worker ON audit_entry",
    "CREATE POLICY authority ON audit_entry FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant() AND ((door = 'authority' OR action IN ('case seen', 'case opened', 'case moved', 'cases exported', 'cases recorded in bulk', 'SEN2 list exported', 'certificate issued', 'certificate downloaded', 'agreement downloaded', 'report pack released', 'invoice issued', 'billing contact changed', 'sign-in connection changed', 'sign-in connection switched on', 'sign-in connection switched off', 'sign-in connection removed', 'e-mail domains bound', 'old entries removed')))) WITH CHECK (tenant_id = scope_tenant() AND ((door = 'authority' OR action IN ('case seen', 'case opened', 'case moved', 'cases exported', 'cases recorded in bulk', 'SEN2 list exported', 'certificate issued', 'certificate downloaded', 'agreement downloaded', 'report pack released', 'invoice issued', 'billing contact changed', 'sign-in connection changed', 'sign-in connection switched on', 'sign-in connection switched off', 'sign-in connection removed', 'e-mail domains bound', 'old entries removed'))) AND (door = 'authority'))",
    "CREATE POLICY worker ON audit_entry FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant() AND (door = 'worker'))",
    "GRANT INSERT ON audit_entry TO {prefix}_worker",
    "GRANT DELETE ON audit_entry TO {prefix}_worker",
    "GRANT DELETE ON audit_link TO {prefix}_worker",
    "GRANT DELETE ON platform_audit_entry TO {prefix}_identity",
    "GRANT SELECT ON platform_audit_link TO {prefix}_identity",
    "GRANT INSERT ON platform_audit_link TO {prefix}_identity",
    "GRANT DELETE ON platform_audit_link TO {prefix}_identity",
    "GRANT SELECT ON platform_audit_link TO {prefix}_provider_reader",
    "GRANT SELECT (closed_on) ON case_position TO {prefix}_worker",
)
BEFORE = (
    "DROP POLICY authority ON audit_entry",
    "DROP POLICY worker ON audit_entry",
    "CREATE POLICY authority ON audit_entry FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant() AND ((door = 'authority' OR action IN ('case seen', 'case opened', 'case moved', 'cases exported', 'cases recorded in bulk', 'SEN2 list exported', 'certificate issued', 'certificate downloaded', 'agreement downloaded', 'report pack released', 'invoice issued', 'billing contact changed')))) WITH CHECK (tenant_id = scope_tenant() AND ((door = 'authority' OR action IN ('case seen', 'case opened', 'case moved', 'cases exported', 'cases recorded in bulk', 'SEN2 list exported', 'certificate issued', 'certificate downloaded', 'agreement downloaded', 'report pack released', 'invoice issued', 'billing contact changed'))) AND (door = 'authority'))",
    "CREATE POLICY worker ON audit_entry FOR ALL TO {prefix}_worker USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "REVOKE INSERT, DELETE ON audit_entry FROM {prefix}_worker",
    "REVOKE DELETE ON audit_link FROM {prefix}_worker",
    "REVOKE DELETE ON platform_audit_entry FROM {prefix}_identity",
    "REVOKE SELECT (closed_on) ON case_position FROM {prefix}_worker",
)
# Who may delete at all may delete what is six years old, and a link whose entry went.
GUARDS = {
    "audit_entry": "SELECT FROM gone WHERE at > now() - interval '6 years'",
    "platform_audit_entry": "SELECT FROM gone WHERE at > now() - interval '6 years'",
    "audit_link": (
        "SELECT FROM gone JOIN public.audit_entry e"
        " ON e.tenant_id = gone.tenant_id AND e.id = gone.entry_id"
    ),
    "platform_audit_link": (
        "SELECT FROM gone JOIN public.platform_audit_entry e ON e.id = gone.entry_id"
    ),
}
GUARD = """
    CREATE FUNCTION keep_{table}() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        IF EXISTS ({condition}) THEN
            RAISE EXCEPTION 'what is younger than six years is kept in {table}'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NULL;
    END
    $$
"""


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "platform_audit_link",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_platform_audit_link")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_platform_audit_link_entry_id")),
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))
    for table, condition in GUARDS.items():
        op.execute(GUARD.format(table=table, condition=condition))
        op.execute(f"REVOKE ALL ON FUNCTION keep_{table}() FROM PUBLIC")
        op.execute(
            f"CREATE TRIGGER keep_on_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone"
            f" FOR EACH STATEMENT EXECUTE FUNCTION keep_{table}()"
        )


def downgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    for table in GUARDS:
        op.execute(f"DROP TRIGGER keep_on_delete ON {table}")
        op.execute(f"DROP FUNCTION keep_{table}()")
    op.drop_table("platform_audit_link")
    for statement in BEFORE:
        op.execute(statement.format(prefix=prefix))

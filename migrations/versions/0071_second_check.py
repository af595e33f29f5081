"""The holder of a family's link gives the date of birth; wrong ones are counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0071"
down_revision = "0069"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE family_check ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE family_check FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON family_check FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON family_check TO {prefix}_provider",
    "GRANT INSERT ON family_check TO {prefix}_provider",
    "GRANT UPDATE (wrong, last_wrong_at, asked_anew_at) ON family_check TO {prefix}_provider",
    "CREATE POLICY identity ON family_check FOR ALL TO {prefix}_identity USING (true) WITH CHECK (true)",
    "GRANT SELECT ON family_check TO {prefix}_identity",
    "GRANT INSERT ON family_check TO {prefix}_identity",
    "GRANT UPDATE (wrong, last_wrong_at) ON family_check TO {prefix}_identity",
)


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "family_check",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("wrong", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_wrong_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_anew_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("wrong >= 0", name=op.f("ck_family_check_wrong_dates_are_counted")),
        sa.CheckConstraint(
            "wrong = 0 OR last_wrong_at IS NOT NULL",
            name=op.f("ck_family_check_a_wrong_date_has_a_time"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["case_party.tenant_id", "case_party.id"],
            name=op.f("fk_family_check_tenant_id_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "party_id", name=op.f("pk_family_check")),
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("family_check")

"""How often each key asks the API: kept where every process that serves sees it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE api_use ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE api_use FORCE ROW LEVEL SECURITY",
    "CREATE POLICY authority ON api_use FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON api_use TO {prefix}_authority",
    "GRANT INSERT ON api_use TO {prefix}_authority",
    "GRANT UPDATE (minute, asked, asked_before) ON api_use TO {prefix}_authority",
)


def upgrade() -> None:
    op.create_table(
        "api_use",
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("asked_before", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "id"],
            ["api_token.tenant_id", "api_token.id"],
            name=op.f("fk_api_use_tenant_id_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_api_use")),
    )
    prefix = context.config.attributes["settings"].database_role_prefix
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("api_use")

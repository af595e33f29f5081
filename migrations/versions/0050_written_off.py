"""A debt that is not paid any more is written off, with its reason."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE write_off ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE write_off FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON write_off FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON write_off TO {prefix}_finance",
    "GRANT INSERT ON write_off TO {prefix}_finance",
    "CREATE POLICY finance_reader ON write_off FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON write_off TO {prefix}_finance_reader",
)


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "write_off",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("vat_pence", sa.BigInteger(), nullable=False),
        sa.Column("written_off_on", sa.Date(), nullable=False),
        sa.Column("relief_from", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("amount_pence <> 0", name=op.f("ck_write_off_amount_is_money")),
        sa.CheckConstraint(
            "length(trim(reason)) > 0", name=op.f("ck_write_off_a_write_off_has_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_write_off_tenant_id_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_write_off")),
    )
    op.create_index("ix_write_off_tenant_id_invoice_id", "write_off", ["tenant_id", "invoice_id"])
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("write_off")

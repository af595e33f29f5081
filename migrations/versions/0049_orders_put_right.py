"""A purchase order is raised, corrected or closed, with what it said before and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

CHANGED = "number, value_pence, valid_from, valid_to, closed_on"
WALLS = (
    "ALTER TABLE purchase_order_change ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE purchase_order_change FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON purchase_order_change FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON purchase_order_change TO {prefix}_finance",
    "GRANT INSERT ON purchase_order_change TO {prefix}_finance",
    "CREATE POLICY finance_reader ON purchase_order_change FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON purchase_order_change TO {prefix}_finance_reader",
)


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.add_column("purchase_order", sa.Column("closed_on", sa.Date(), nullable=True))
    op.execute(f"GRANT UPDATE ({CHANGED}) ON purchase_order TO {prefix}_finance")
    op.create_table(
        "purchase_order_change",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("is_now", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "length(trim(reason)) > 0", name=op.f("ck_purchase_order_change_a_change_has_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_order_id"],
            ["purchase_order.tenant_id", "purchase_order.id"],
            name=op.f("fk_purchase_order_change_tenant_id_purchase_order_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_purchase_order_change")),
    )
    op.create_index(
        "ix_purchase_order_change_tenant_id_purchase_order_id",
        "purchase_order_change",
        ["tenant_id", "purchase_order_id"],
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.drop_table("purchase_order_change")
    op.drop_column("purchase_order", "closed_on")
    op.execute(
        "REVOKE UPDATE (number, value_pence, valid_from, valid_to) ON purchase_order"
        f" FROM {prefix}_finance"
    )

"""How papers reach an authority, and invoices that draw on several purchase orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE paper_delivery ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE paper_delivery FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON paper_delivery FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON paper_delivery TO {prefix}_finance",
    "GRANT INSERT ON paper_delivery TO {prefix}_finance",
    "GRANT UPDATE (place, done_at, done_by, note) ON paper_delivery TO {prefix}_finance",
    "CREATE POLICY finance_reader ON paper_delivery FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON paper_delivery TO {prefix}_finance_reader",
    "ALTER TABLE order_share ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE order_share FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON order_share FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON order_share TO {prefix}_finance",
    "GRANT INSERT ON order_share TO {prefix}_finance",
    "CREATE POLICY finance_reader ON order_share FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON order_share TO {prefix}_finance_reader",
    "CREATE POLICY authority ON order_share FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON order_share TO {prefix}_authority",
    "REVOKE INSERT ON billing_contact FROM {prefix}_authority",
    "GRANT INSERT (tenant_id, customer_name, customer_address, customer_email, buyer_reference, peppol_scheme, peppol_id, delivery, portal) ON billing_contact TO {prefix}_authority",
    "GRANT UPDATE (delivery, portal) ON billing_contact TO {prefix}_authority",
)


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    for column, default in (("delivery", "email"), ("portal", ""), ("pay_into", "")):
        op.add_column(
            "billing_contact",
            sa.Column(column, sa.Text(), nullable=False, server_default=default),
        )
    for name, condition in (
        ("delivery_is_known", "delivery IN ('email', 'portal', 'peppol')"),
        ("a_portal_has_an_address", "delivery <> 'portal' OR portal <> ''"),
        ("peppol_needs_an_address", "delivery <> 'peppol' OR peppol_id <> ''"),
    ):
        held = f"ck_billing_contact_{name}"
        op.execute(
            f"ALTER TABLE billing_contact ADD CONSTRAINT {held} CHECK ({condition}) NOT VALID"
        )
        op.execute(
            "-- squawk-ignore constraint-missing-not-valid\n"
            f"ALTER TABLE billing_contact VALIDATE CONSTRAINT {held}"
        )
    op.create_table(
        "paper_delivery",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("paper", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "paper IN ('invoice', 'credit note', 'claim', 'statement')",
            name=op.f("ck_paper_delivery_paper_is_known"),
        ),
        sa.CheckConstraint(
            "way IN ('email', 'portal', 'peppol')", name=op.f("ck_paper_delivery_way_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f("fk_paper_delivery_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_paper_delivery")),
        sa.UniqueConstraint(
            "tenant_id", "document_id", name=op.f("uq_paper_delivery_tenant_id_document_id")
        ),
    )
    op.create_index(
        "ix_paper_delivery_waiting",
        "paper_delivery",
        ["written_at"],
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "order_share",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("net_pence", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("net_pence > 0", name=op.f("ck_order_share_a_share_is_money")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_order_share_tenant_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_order_id"],
            ["purchase_order.tenant_id", "purchase_order.id"],
            name=op.f("fk_order_share_tenant_id_purchase_order_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_order_share")),
        sa.UniqueConstraint(
            "tenant_id",
            "invoice_id",
            "position",
            name=op.f("uq_order_share_tenant_id_invoice_id_position"),
        ),
    )
    op.create_index(
        "ix_order_share_tenant_id_purchase_order_id",
        "order_share",
        ["tenant_id", "purchase_order_id"],
    )
    # Every invoice until now drew on one order alone; its id serves the share, too.
    # The owner is bound by the walls, and would see no row of it.
    op.execute("ALTER TABLE invoice NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "INSERT INTO order_share (tenant_id, id, invoice_id, purchase_order_id, position,"
        " net_pence) SELECT tenant_id, id, id, purchase_order_id, 1, net_pence FROM invoice"
        " WHERE purchase_order_id IS NOT NULL AND net_pence > 0"
    )
    op.execute("ALTER TABLE invoice FORCE ROW LEVEL SECURITY")
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("order_share")
    op.drop_table("paper_delivery")
    for column in ("delivery", "portal", "pay_into"):
        op.drop_column("billing_contact", column)

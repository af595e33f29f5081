"""Why money was put right is the provider's alone: the authority reads what moved its account."""

from __future__ import annotations

from alembic import context, op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

READ = {
    "payment": "tenant_id, id, received_on, amount_pence, method, reference, of_payment_id",
    "payment_allocation": "tenant_id, id, payment_id, invoice_id, amount_pence",
}


def upgrade() -> None:
    role = f"{context.config.attributes['settings'].database_role_prefix}_authority"
    for table, columns in READ.items():
        op.execute(f"REVOKE SELECT ON {table} FROM {role}")
        op.execute(f"GRANT SELECT ({columns}) ON {table} TO {role}")


def downgrade() -> None:
    role = f"{context.config.attributes['settings'].database_role_prefix}_authority"
    for table, columns in READ.items():
        op.execute(f"REVOKE SELECT ({columns}) ON {table} FROM {role}")
        op.execute(f"GRANT SELECT ON {table} TO {role}")

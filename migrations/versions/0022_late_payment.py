"""Pauses of reminders, claims for late payment, and the base rates that they stand on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

WALLS = (
    "GRANT SELECT ON base_rate TO {prefix}_finance",
    "GRANT INSERT ON base_rate TO {prefix}_finance",
    "GRANT SELECT ON base_rate TO {prefix}_finance_reader",
    "ALTER TABLE reminder_pause ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE reminder_pause FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON reminder_pause FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON reminder_pause TO {prefix}_finance",
    "GRANT INSERT ON reminder_pause TO {prefix}_finance",
    "GRANT UPDATE ON reminder_pause TO {prefix}_finance",
    "CREATE POLICY finance_reader ON reminder_pause FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON reminder_pause TO {prefix}_finance_reader",
    "ALTER TABLE late_payment_claim ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE late_payment_claim FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON late_payment_claim FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON late_payment_claim TO {prefix}_finance",
    "GRANT INSERT ON late_payment_claim TO {prefix}_finance",
    "CREATE POLICY finance_reader ON late_payment_claim FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON late_payment_claim TO {prefix}_finance_reader",
    "CREATE POLICY authority ON late_payment_claim FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON late_payment_claim TO {prefix}_authority",
)
# The Bank of England's official rate on each reference day (series IUDBEDR). Later ones are
# entered by finance, who reads them there.
KNOWN = """
INSERT INTO base_rate (id, reference_day, percent, source, recorded_at)
SELECT gen_random_uuid(), known.day::date, known.percent, 'Bank of England, IUDBEDR', now()
  FROM (VALUES ('2022-12-31', 3.50), ('2023-06-30', 5.00), ('2023-12-31', 5.25),
               ('2024-06-30', 5.25), ('2024-12-31', 4.75), ('2025-06-30', 4.25),
               ('2025-12-31', 3.75)) AS known (day, percent)
"""


def upgrade() -> None:
    op.create_table(
        "base_rate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference_day", sa.Date(), nullable=False),
        sa.Column("percent", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "to_char(reference_day, 'MM-DD') IN ('06-30', '12-31')",
            name=op.f("ck_base_rate_day_is_a_reference_day"),
        ),
        sa.CheckConstraint("percent >= 0", name=op.f("ck_base_rate_rate_is_not_negative")),
        sa.CheckConstraint(
            "length(trim(source)) > 0", name=op.f("ck_base_rate_a_rate_has_a_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_rate")),
    )
    op.create_index(
        "ix_base_rate_reference_day", "base_rate", ["reference_day", "recorded_at"], unique=False
    )
    op.execute(KNOWN)
    op.create_table(
        "reminder_pause",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "length(trim(reason)) > 0", name=op.f("ck_reminder_pause_a_pause_has_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_reminder_pause_tenant_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f("fk_reminder_pause_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reminder_pause")),
    )
    op.create_index(
        "uq_reminder_pause_open",
        "reminder_pause",
        ["tenant_id", "invoice_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "late_payment_claim",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("claim_invoice_id", sa.Uuid(), nullable=False),
        sa.Column("claimed_to", sa.Date(), nullable=False),
        sa.Column("reference_day", sa.Date(), nullable=False),
        sa.Column("base_rate", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("rate", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("interest_pence", sa.Integer(), nullable=False),
        sa.Column("compensation_pence", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "interest_pence >= 0 AND compensation_pence >= 0"
            " AND interest_pence + compensation_pence > 0",
            name=op.f("ck_late_payment_claim_claims_something"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_late_payment_claim_tenant_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "claim_invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_late_payment_claim_tenant_id_claim_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_late_payment_claim")),
        sa.UniqueConstraint(
            "tenant_id",
            "claim_invoice_id",
            name=op.f("uq_late_payment_claim_tenant_id_claim_invoice_id"),
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "invoice_id",
            "claimed_to",
            name=op.f("uq_late_payment_claim_tenant_id_invoice_id_claimed_to"),
        ),
    )
    prefix = context.config.attributes["settings"].database_role_prefix
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("late_payment_claim")
    op.drop_table("reminder_pause")
    op.drop_table("base_rate")

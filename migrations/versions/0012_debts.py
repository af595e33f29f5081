"""Credit notes, payments, reminders, disputes, tasks, and Stripe's names for our things."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE billing_task ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE billing_task FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON billing_task FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON billing_task TO {prefix}_finance",
    "GRANT INSERT ON billing_task TO {prefix}_finance",
    "GRANT UPDATE ON billing_task TO {prefix}_finance",
    "CREATE POLICY finance_reader ON billing_task FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON billing_task TO {prefix}_finance_reader",
    "ALTER TABLE payment ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE payment FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON payment FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON payment TO {prefix}_finance",
    "GRANT INSERT ON payment TO {prefix}_finance",
    "CREATE POLICY finance_reader ON payment FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON payment TO {prefix}_finance_reader",
    "CREATE POLICY authority ON payment FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON payment TO {prefix}_authority",
    "ALTER TABLE stripe_event ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE stripe_event FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON stripe_event FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON stripe_event TO {prefix}_finance",
    "GRANT INSERT ON stripe_event TO {prefix}_finance",
    "CREATE POLICY finance_reader ON stripe_event FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON stripe_event TO {prefix}_finance_reader",
    "ALTER TABLE stripe_object ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE stripe_object FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON stripe_object FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON stripe_object TO {prefix}_finance",
    "GRANT INSERT ON stripe_object TO {prefix}_finance",
    "GRANT UPDATE ON stripe_object TO {prefix}_finance",
    "CREATE POLICY finance_reader ON stripe_object FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON stripe_object TO {prefix}_finance_reader",
    "ALTER TABLE credit_note ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE credit_note FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON credit_note FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON credit_note TO {prefix}_finance",
    "GRANT INSERT ON credit_note TO {prefix}_finance",
    "CREATE POLICY finance_reader ON credit_note FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON credit_note TO {prefix}_finance_reader",
    "CREATE POLICY authority ON credit_note FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON credit_note TO {prefix}_authority",
    "ALTER TABLE payment_allocation ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE payment_allocation FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON payment_allocation FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON payment_allocation TO {prefix}_finance",
    "GRANT INSERT ON payment_allocation TO {prefix}_finance",
    "CREATE POLICY finance_reader ON payment_allocation FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON payment_allocation TO {prefix}_finance_reader",
    "CREATE POLICY authority ON payment_allocation FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON payment_allocation TO {prefix}_authority",
    "ALTER TABLE reminder ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE reminder FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON reminder FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON reminder TO {prefix}_finance",
    "GRANT INSERT ON reminder TO {prefix}_finance",
    "CREATE POLICY finance_reader ON reminder FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON reminder TO {prefix}_finance_reader",
    "CREATE POLICY authority ON reminder FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON reminder TO {prefix}_authority",
    "ALTER TABLE credit_note_line ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE credit_note_line FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON credit_note_line FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON credit_note_line TO {prefix}_finance",
    "GRANT INSERT ON credit_note_line TO {prefix}_finance",
    "CREATE POLICY finance_reader ON credit_note_line FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON credit_note_line TO {prefix}_finance_reader",
    "CREATE POLICY authority ON credit_note_line FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON credit_note_line TO {prefix}_authority",
    "ALTER TABLE invoice_dispute ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE invoice_dispute FORCE ROW LEVEL SECURITY",
    "CREATE POLICY authority ON invoice_dispute FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON invoice_dispute TO {prefix}_authority",
    "GRANT INSERT ON invoice_dispute TO {prefix}_authority",
    "CREATE POLICY finance ON invoice_dispute FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON invoice_dispute TO {prefix}_finance",
    "CREATE POLICY finance_reader ON invoice_dispute FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON invoice_dispute TO {prefix}_finance_reader",
    "ALTER TABLE dispute_answer ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE dispute_answer FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON dispute_answer FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON dispute_answer TO {prefix}_finance",
    "GRANT INSERT ON dispute_answer TO {prefix}_finance",
    "CREATE POLICY finance_reader ON dispute_answer FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON dispute_answer TO {prefix}_finance_reader",
    "CREATE POLICY authority ON dispute_answer FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON dispute_answer TO {prefix}_authority",
)


def upgrade() -> None:
    op.create_table(
        "billing_task",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f("fk_billing_task_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_billing_task")),
        sa.UniqueConstraint(
            "tenant_id",
            "kind",
            "subject_id",
            name=op.f("uq_billing_task_tenant_id_kind_subject_id"),
        ),
    )
    op.create_index(
        "ix_billing_task_due",
        "billing_task",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "payment",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "amount_pence <> 0 AND (amount_pence < 0) = (method = 'refund')",
            name=op.f("ck_payment_amount_is_money"),
        ),
        sa.CheckConstraint(
            "method IN ('bank', 'stripe', 'other', 'refund')",
            name=op.f("ck_payment_method_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f("fk_payment_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payment")),
        sa.UniqueConstraint("tenant_id", "source", name=op.f("uq_payment_tenant_id_source")),
    )
    op.create_index(
        "ix_payment_tenant_id_received_on", "payment", ["tenant_id", "received_on"], unique=False
    )
    op.create_table(
        "stripe_event",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f("fk_stripe_event_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stripe_event")),
        sa.UniqueConstraint(
            "tenant_id", "event_id", name=op.f("uq_stripe_event_tenant_id_event_id")
        ),
    )
    op.create_table(
        "stripe_object",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('customer', 'invoice', 'credit_note')",
            name=op.f("ck_stripe_object_kind_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f("fk_stripe_object_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stripe_object")),
        sa.UniqueConstraint(
            "tenant_id",
            "kind",
            "subject_id",
            name=op.f("uq_stripe_object_tenant_id_kind_subject_id"),
        ),
        sa.UniqueConstraint(
            "tenant_id", "stripe_id", name=op.f("uq_stripe_object_tenant_id_stripe_id")
        ),
    )
    op.create_table(
        "credit_note",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("series_year", sa.Integer(), nullable=False),
        sa.Column("series_number", sa.Integer(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("bill_again", sa.Boolean(), nullable=False),
        sa.Column("net_pence", sa.BigInteger(), nullable=False),
        sa.Column("vat_pence", sa.BigInteger(), nullable=False),
        sa.Column("gross_pence", sa.BigInteger(), nullable=False),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "gross_pence = net_pence + vat_pence", name=op.f("ck_credit_note_totals_add_up")
        ),
        sa.CheckConstraint("gross_pence > 0", name=op.f("ck_credit_note_credits_something")),
        sa.CheckConstraint(
            "length(trim(reason)) > 0", name=op.f("ck_credit_note_a_credit_has_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_credit_note_tenant_id_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_note")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_credit_note_tenant_id_number")),
    )
    op.create_index(
        "ix_credit_note_tenant_id_invoice_id",
        "credit_note",
        ["tenant_id", "invoice_id"],
        unique=False,
    )
    op.create_table(
        "payment_allocation",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("allocated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("allocated_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("amount_pence <> 0", name=op.f("ck_payment_allocation_amount_is_money")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_payment_allocation_tenant_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payment_id"],
            ["payment.tenant_id", "payment.id"],
            name=op.f("fk_payment_allocation_tenant_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payment_allocation")),
    )
    op.create_index(
        "ix_payment_allocation_tenant_id_invoice_id",
        "payment_allocation",
        ["tenant_id", "invoice_id"],
        unique=False,
    )
    op.create_index(
        "ix_payment_allocation_tenant_id_payment_id",
        "payment_allocation",
        ["tenant_id", "payment_id"],
        unique=False,
    )
    op.create_table(
        "reminder",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("stage_days", sa.Integer(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("owed_pence", sa.Integer(), nullable=False),
        sa.Column("interest_pence", sa.Integer(), nullable=False),
        sa.Column("compensation_pence", sa.Integer(), nullable=False),
        sa.Column("claimed", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "interest_pence >= 0 AND compensation_pence >= 0",
            name=op.f("ck_reminder_nothing_below_zero"),
        ),
        sa.CheckConstraint("stage_days IN (7, 14, 30)", name=op.f("ck_reminder_stage_is_known")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_reminder_tenant_id_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "tenant_id",
            "invoice_id",
            "stage_days",
            name=op.f("uq_reminder_tenant_id_invoice_id_stage_days"),
        ),
    )
    op.create_table(
        "credit_note_line",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("credit_note_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_line_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("unit_price_pence", sa.BigInteger(), nullable=False),
        sa.Column("net_pence", sa.BigInteger(), nullable=False),
        sa.Column("vat_treatment", sa.Text(), nullable=False),
        sa.Column("vat_rate", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("covers_from", sa.Date(), nullable=False),
        sa.Column("covers_to", sa.Date(), nullable=False),
        sa.Column("usage_ids", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('fee', 'fee_adjustment', 'usage', 'usage_credit', 'expense', 'manual')",
            name=op.f("ck_credit_note_line_kind_is_known"),
        ),
        sa.CheckConstraint(
            "vat_treatment IN ('standard', 'exempt', 'outside_scope')",
            name=op.f("ck_credit_note_line_vat_is_known"),
        ),
        sa.CheckConstraint(
            "net_pence = round(quantity * unit_price_pence)",
            name=op.f("ck_credit_note_line_line_adds_up"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "credit_note_id"],
            ["credit_note.tenant_id", "credit_note.id"],
            name=op.f("fk_credit_note_line_tenant_id_credit_note_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_line_id"],
            ["invoice_line.tenant_id", "invoice_line.id"],
            name=op.f("fk_credit_note_line_tenant_id_invoice_line_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_note_line")),
        sa.UniqueConstraint(
            "tenant_id",
            "credit_note_id",
            "position",
            name=op.f("uq_credit_note_line_tenant_id_credit_note_id_position"),
        ),
    )
    op.create_table(
        "invoice_dispute",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_line_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "length(trim(reason)) > 0", name=op.f("ck_invoice_dispute_a_dispute_has_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_line_id"],
            ["invoice_line.tenant_id", "invoice_line.id"],
            name=op.f("fk_invoice_dispute_tenant_id_invoice_line_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invoice_dispute")),
    )
    op.create_index(
        "ix_invoice_dispute_tenant_id_invoice_id",
        "invoice_dispute",
        ["tenant_id", "invoice_id"],
        unique=False,
    )
    op.create_table(
        "dispute_answer",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "length(trim(answer)) > 0", name=op.f("ck_dispute_answer_an_answer_says_something")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "dispute_id"],
            ["invoice_dispute.tenant_id", "invoice_dispute.id"],
            name=op.f("fk_dispute_answer_tenant_id_dispute_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_dispute_answer")),
        sa.UniqueConstraint(
            "tenant_id", "dispute_id", name=op.f("uq_dispute_answer_tenant_id_dispute_id")
        ),
    )
    prefix = context.config.attributes["settings"].database_role_prefix
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("dispute_answer")
    op.drop_table("invoice_dispute")
    op.drop_table("credit_note_line")
    op.drop_table("reminder")
    op.drop_table("payment_allocation")
    op.drop_table("credit_note")
    op.drop_table("stripe_object")
    op.drop_table("stripe_event")
    op.drop_table("payment")
    op.drop_table("billing_task")

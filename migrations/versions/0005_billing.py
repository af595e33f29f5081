"""Contracts, purchase orders, use, drafts and invoices, with their walls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE invoice_document ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE invoice_document FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON invoice_document FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON invoice_document TO {prefix}_finance",
    "GRANT INSERT ON invoice_document TO {prefix}_finance",
    "CREATE POLICY finance_reader ON invoice_document FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON invoice_document TO {prefix}_finance_reader",
    "CREATE POLICY authority ON invoice_document FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON invoice_document TO {prefix}_authority",
    "GRANT SELECT ON invoice_series TO {prefix}_finance",
    "GRANT INSERT ON invoice_series TO {prefix}_finance",
    "GRANT UPDATE ON invoice_series TO {prefix}_finance",
    "GRANT SELECT ON invoice_series TO {prefix}_finance_reader",
    "ALTER TABLE billing_contact ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE billing_contact FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON billing_contact FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON billing_contact TO {prefix}_finance",
    "GRANT INSERT ON billing_contact TO {prefix}_finance",
    "GRANT UPDATE ON billing_contact TO {prefix}_finance",
    "CREATE POLICY finance_reader ON billing_contact FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON billing_contact TO {prefix}_finance_reader",
    "CREATE POLICY authority ON billing_contact FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON billing_contact TO {prefix}_authority",
    "GRANT INSERT ON billing_contact TO {prefix}_authority",
    "GRANT UPDATE (customer_name, customer_address, customer_email, buyer_reference) ON billing_contact TO {prefix}_authority",
    "ALTER TABLE contract ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE contract FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON contract FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON contract TO {prefix}_finance",
    "GRANT INSERT ON contract TO {prefix}_finance",
    "GRANT UPDATE ON contract TO {prefix}_finance",
    "CREATE POLICY finance_reader ON contract FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON contract TO {prefix}_finance_reader",
    "CREATE POLICY authority ON contract FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON contract TO {prefix}_authority",
    "ALTER TABLE usage_entry ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE usage_entry FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON usage_entry FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT INSERT ON usage_entry TO {prefix}_provider",
    "CREATE POLICY finance ON usage_entry FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON usage_entry TO {prefix}_finance",
    "GRANT INSERT ON usage_entry TO {prefix}_finance",
    "CREATE POLICY finance_reader ON usage_entry FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON usage_entry TO {prefix}_finance_reader",
    "CREATE POLICY authority ON usage_entry FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON usage_entry TO {prefix}_authority",
    "ALTER TABLE billed_usage ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE billed_usage FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON billed_usage FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON billed_usage TO {prefix}_finance",
    "GRANT INSERT ON billed_usage TO {prefix}_finance",
    "CREATE POLICY finance_reader ON billed_usage FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON billed_usage TO {prefix}_finance_reader",
    "CREATE POLICY authority ON billed_usage FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON billed_usage TO {prefix}_authority",
    "ALTER TABLE contract_terms ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE contract_terms FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON contract_terms FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON contract_terms TO {prefix}_finance",
    "GRANT INSERT ON contract_terms TO {prefix}_finance",
    "CREATE POLICY finance_reader ON contract_terms FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON contract_terms TO {prefix}_finance_reader",
    "CREATE POLICY authority ON contract_terms FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON contract_terms TO {prefix}_authority",
    "ALTER TABLE purchase_order ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE purchase_order FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON purchase_order FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON purchase_order TO {prefix}_finance",
    "GRANT INSERT ON purchase_order TO {prefix}_finance",
    "CREATE POLICY finance_reader ON purchase_order FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON purchase_order TO {prefix}_finance_reader",
    "CREATE POLICY authority ON purchase_order FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON purchase_order TO {prefix}_authority",
    "GRANT INSERT ON purchase_order TO {prefix}_authority",
    "ALTER TABLE invoice ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE invoice FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON invoice FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON invoice TO {prefix}_finance",
    "GRANT INSERT ON invoice TO {prefix}_finance",
    "CREATE POLICY finance_reader ON invoice FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON invoice TO {prefix}_finance_reader",
    "CREATE POLICY authority ON invoice FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON invoice TO {prefix}_authority",
    "ALTER TABLE invoice_draft ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE invoice_draft FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON invoice_draft FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON invoice_draft TO {prefix}_finance",
    "GRANT INSERT ON invoice_draft TO {prefix}_finance",
    "GRANT UPDATE ON invoice_draft TO {prefix}_finance",
    "GRANT DELETE ON invoice_draft TO {prefix}_finance",
    "CREATE POLICY finance_reader ON invoice_draft FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON invoice_draft TO {prefix}_finance_reader",
    "ALTER TABLE invoice_draft_line ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE invoice_draft_line FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON invoice_draft_line FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON invoice_draft_line TO {prefix}_finance",
    "GRANT INSERT ON invoice_draft_line TO {prefix}_finance",
    "GRANT UPDATE ON invoice_draft_line TO {prefix}_finance",
    "GRANT DELETE ON invoice_draft_line TO {prefix}_finance",
    "CREATE POLICY finance_reader ON invoice_draft_line FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON invoice_draft_line TO {prefix}_finance_reader",
    "ALTER TABLE invoice_line ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE invoice_line FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON invoice_line FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON invoice_line TO {prefix}_finance",
    "GRANT INSERT ON invoice_line TO {prefix}_finance",
    "CREATE POLICY finance_reader ON invoice_line FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON invoice_line TO {prefix}_finance_reader",
    "CREATE POLICY authority ON invoice_line FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON invoice_line TO {prefix}_authority",
)


def upgrade() -> None:
    op.create_table(
        "invoice_document",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("checked_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('pdf', 'xml')", name=op.f("ck_invoice_document_kind_is_known")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invoice_document")),
        sa.UniqueConstraint(
            "tenant_id",
            "document_id",
            "kind",
            name=op.f("uq_invoice_document_tenant_id_document_id_kind"),
        ),
    )
    op.create_table(
        "invoice_series",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "series IN ('invoice', 'credit_note')", name=op.f("ck_invoice_series_series_is_known")
        ),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_invoice_series")),
    )
    op.create_table(
        "billing_contact",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("customer_name", sa.Text(), nullable=False),
        sa.Column("customer_address", sa.Text(), nullable=False),
        sa.Column("customer_email", sa.Text(), nullable=False),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f("fk_billing_contact_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_billing_contact")),
    )
    op.create_table(
        "contract",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("extension_options", sa.Integer(), nullable=False),
        sa.Column("extension_months", sa.Integer(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("vat_treatment", sa.Text(), nullable=False),
        sa.Column("vat_reason", sa.Text(), nullable=False),
        sa.Column("po_required", sa.Boolean(), nullable=False),
        sa.Column("po_format", sa.Text(), nullable=True),
        sa.Column("indexation", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "frequency IN ('annual', 'quarterly', 'monthly')",
            name=op.f("ck_contract_frequency_is_known"),
        ),
        sa.CheckConstraint(
            "vat_reason <> '' OR vat_treatment = 'standard'",
            name=op.f("ck_contract_no_vat_has_a_reason"),
        ),
        sa.CheckConstraint(
            "vat_treatment IN ('standard', 'exempt', 'outside_scope')",
            name=op.f("ck_contract_vat_treatment_is_known"),
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_contract_ends_after_it_starts")),
        sa.CheckConstraint(
            "extension_options >= 0 AND extension_months >= 0",
            name=op.f("ck_contract_extensions_are_counts"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f("fk_contract_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_contract")),
        sa.UniqueConstraint("tenant_id", "reference", name=op.f("uq_contract_tenant_id_reference")),
    )
    op.create_table(
        "usage_entry",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("case_reference", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_pence", sa.Integer(), nullable=True),
        sa.Column("notice_days", sa.Integer(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'expense') = (amount_pence IS NOT NULL)",
            name=op.f("ck_usage_entry_an_expense_has_an_amount"),
        ),
        sa.CheckConstraint(
            "(kind = 'late_cancellation') = (notice_days IS NOT NULL)",
            name=op.f("ck_usage_entry_a_cancellation_has_its_notice"),
        ),
        sa.CheckConstraint(
            "kind IN ('mediation', 'facilitation', 'mias', 'disagreement_resolution', 'late_cancellation', 'expense', 'day_rate')",
            name=op.f("ck_usage_entry_kind_is_known"),
        ),
        sa.CheckConstraint("quantity IN (1, -1)", name=op.f("ck_usage_entry_quantity_is_one")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f("fk_usage_entry_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_usage_entry")),
        sa.UniqueConstraint(
            "tenant_id",
            "source_id",
            "cause_id",
            "quantity",
            name=op.f("uq_usage_entry_tenant_id_source_id_cause_id_quantity"),
        ),
    )
    op.create_index(
        "ix_usage_entry_tenant_id_on_date", "usage_entry", ["tenant_id", "on_date"], unique=False
    )
    op.create_table(
        "billed_usage",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("usage_entry_id", sa.Uuid(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("unit_price_pence", sa.Integer(), nullable=False),
        sa.CheckConstraint("turn > 0", name=op.f("ck_billed_usage_turn_counts_from_one")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "usage_entry_id"],
            ["usage_entry.tenant_id", "usage_entry.id"],
            name=op.f("fk_billed_usage_tenant_id_usage_entry_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_billed_usage")),
        sa.UniqueConstraint(
            "tenant_id",
            "usage_entry_id",
            "turn",
            name=op.f("uq_billed_usage_tenant_id_usage_entry_id_turn"),
        ),
    )
    op.create_index(
        "ix_billed_usage_tenant_id_document_id",
        "billed_usage",
        ["tenant_id", "document_id"],
        unique=False,
    )
    op.create_table(
        "contract_terms",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("annual_fee_pence", sa.Integer(), nullable=False),
        sa.Column("prices", postgresql.JSONB(), nullable=False),
        sa.Column("late_fees", postgresql.JSONB(), nullable=False),
        sa.Column("day_rate_pence", sa.Integer(), nullable=True),
        sa.Column("fee_vat", sa.Text(), nullable=False),
        sa.Column("expenses_vat", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "cause IN ('agreed', 'amendment', 'indexation')",
            name=op.f("ck_contract_terms_cause_is_known"),
        ),
        sa.CheckConstraint(
            "fee_vat IN ('standard', 'exempt', 'outside_scope') AND expenses_vat IN ('standard', 'exempt', 'outside_scope')",
            name=op.f("ck_contract_terms_vat_is_known"),
        ),
        sa.CheckConstraint(
            "annual_fee_pence >= 0 AND day_rate_pence >= 0",
            name=op.f("ck_contract_terms_no_price_is_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["contract.tenant_id", "contract.id"],
            name=op.f("fk_contract_terms_tenant_id_contract_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_contract_terms")),
        sa.UniqueConstraint(
            "tenant_id",
            "contract_id",
            "effective_from",
            name=op.f("uq_contract_terms_tenant_id_contract_id_effective_from"),
        ),
    )
    op.create_table(
        "purchase_order",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("value_pence", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("entered_by_side", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "entered_by_side IN ('authority', 'finance')",
            name=op.f("ck_purchase_order_side_is_known"),
        ),
        sa.CheckConstraint(
            "valid_to >= valid_from", name=op.f("ck_purchase_order_ends_after_it_starts")
        ),
        sa.CheckConstraint("value_pence > 0", name=op.f("ck_purchase_order_value_is_money")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["contract.tenant_id", "contract.id"],
            name=op.f("fk_purchase_order_tenant_id_contract_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_purchase_order")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_purchase_order_tenant_id_number")),
    )
    op.create_index(
        "ix_purchase_order_tenant_id_contract_id",
        "purchase_order",
        ["tenant_id", "contract_id"],
        unique=False,
    )
    op.create_table(
        "invoice",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("series_year", sa.Integer(), nullable=False),
        sa.Column("series_number", sa.Integer(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("tax_point", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=True),
        sa.Column("purchase_order_number", sa.Text(), nullable=False),
        sa.Column("net_pence", sa.BigInteger(), nullable=False),
        sa.Column("vat_pence", sa.BigInteger(), nullable=False),
        sa.Column("gross_pence", sa.BigInteger(), nullable=False),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("due_on >= issued_on", name=op.f("ck_invoice_due_after_issue")),
        sa.CheckConstraint(
            "gross_pence = net_pence + vat_pence", name=op.f("ck_invoice_totals_add_up")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["contract.tenant_id", "contract.id"],
            name=op.f("fk_invoice_tenant_id_contract_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_order_id"],
            ["purchase_order.tenant_id", "purchase_order.id"],
            name=op.f("fk_invoice_tenant_id_purchase_order_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invoice")),
        sa.UniqueConstraint(
            "tenant_id",
            "contract_id",
            "period_from",
            "period_to",
            "sequence",
            name=op.f("uq_invoice_tenant_id_contract_id_period_from_period_to_sequence"),
        ),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_invoice_tenant_id_number")),
    )
    op.create_index("ix_invoice_issued_on", "invoice", ["issued_on", "tenant_id"], unique=False)
    op.create_index(
        "ix_invoice_tenant_id_issued_on", "invoice", ["tenant_id", "issued_on"], unique=False
    )
    op.create_table(
        "invoice_draft",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("tax_point", sa.Date(), nullable=False),
        sa.Column("usage_to", sa.Date(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=True),
        sa.Column("net_pence", sa.BigInteger(), nullable=False),
        sa.Column("vat_pence", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("approved_fingerprint", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "period_to >= period_from", name=op.f("ck_invoice_draft_ends_after_it_starts")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["contract.tenant_id", "contract.id"],
            name=op.f("fk_invoice_draft_tenant_id_contract_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_order_id"],
            ["purchase_order.tenant_id", "purchase_order.id"],
            name=op.f("fk_invoice_draft_tenant_id_purchase_order_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invoice_draft")),
        sa.UniqueConstraint(
            "tenant_id",
            "contract_id",
            "period_from",
            "period_to",
            "sequence",
            name=op.f("uq_invoice_draft_tenant_id_contract_id_period_from_period_to_sequence"),
        ),
    )
    op.create_table(
        "invoice_draft_line",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
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
            name=op.f("ck_invoice_draft_line_kind_is_known"),
        ),
        sa.CheckConstraint(
            "vat_treatment IN ('standard', 'exempt', 'outside_scope')",
            name=op.f("ck_invoice_draft_line_vat_is_known"),
        ),
        sa.CheckConstraint(
            "net_pence = round(quantity * unit_price_pence)",
            name=op.f("ck_invoice_draft_line_line_adds_up"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "draft_id"],
            ["invoice_draft.tenant_id", "invoice_draft.id"],
            name=op.f("fk_invoice_draft_line_tenant_id_draft_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invoice_draft_line")),
        sa.UniqueConstraint(
            "tenant_id",
            "draft_id",
            "position",
            name=op.f("uq_invoice_draft_line_tenant_id_draft_id_position"),
        ),
    )
    op.create_table(
        "invoice_line",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
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
            name=op.f("ck_invoice_line_kind_is_known"),
        ),
        sa.CheckConstraint(
            "vat_treatment IN ('standard', 'exempt', 'outside_scope')",
            name=op.f("ck_invoice_line_vat_is_known"),
        ),
        sa.CheckConstraint(
            "net_pence = round(quantity * unit_price_pence)",
            name=op.f("ck_invoice_line_line_adds_up"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_invoice_line_tenant_id_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invoice_line")),
        sa.UniqueConstraint(
            "tenant_id",
            "invoice_id",
            "position",
            name=op.f("uq_invoice_line_tenant_id_invoice_id_position"),
        ),
    )
    prefix = context.config.attributes["settings"].database_role_prefix
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("invoice_line")
    op.drop_table("invoice_draft_line")
    op.drop_table("invoice_draft")
    op.drop_table("invoice")
    op.drop_table("purchase_order")
    op.drop_table("contract_terms")
    op.drop_table("billed_usage")
    op.drop_table("usage_entry")
    op.drop_table("contract")
    op.drop_table("billing_contact")
    op.drop_table("invoice_series")
    op.drop_table("invoice_document")

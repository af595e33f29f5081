"""Complaints about the service, and the performance targets of contracts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE complaint ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE complaint FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON complaint FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON complaint TO {prefix}_provider",
    "GRANT INSERT ON complaint TO {prefix}_provider",
    "GRANT UPDATE (acknowledged_on, answered_on, ending, answer) ON complaint TO {prefix}_provider",
    "CREATE POLICY provider_reader ON complaint FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON complaint TO {prefix}_provider_reader",
    "ALTER TABLE contract_targets ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE contract_targets FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON contract_targets FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON contract_targets TO {prefix}_finance",
    "GRANT INSERT ON contract_targets TO {prefix}_finance",
    "CREATE POLICY finance_reader ON contract_targets FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON contract_targets TO {prefix}_finance_reader",
    "CREATE POLICY authority ON contract_targets FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON contract_targets TO {prefix}_authority",
)


def upgrade() -> None:
    op.create_table(
        "complaint",
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("from_whom", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("acknowledged_on", sa.Date(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "from_whom IN ('parent', 'young_person', 'authority', 'school', 'health', 'other')",
            name=op.f("ck_complaint_from_whom_is_known"),
        ),
        sa.CheckConstraint(
            "about IN ('delay', 'communication', 'conduct', 'neutrality', 'access', 'outcome', 'data_protection', 'other')",
            name=op.f("ck_complaint_about_is_known"),
        ),
        sa.CheckConstraint(
            "ending IS NULL OR ending IN ('upheld', 'partly_upheld', 'not_upheld', 'withdrawn')",
            name=op.f("ck_complaint_ending_is_known"),
        ),
        sa.CheckConstraint(
            "(answered_on IS NULL) = (ending IS NULL)",
            name=op.f("ck_complaint_an_answer_says_how_it_ended"),
        ),
        sa.CheckConstraint(
            "acknowledged_on >= received_on AND answered_on >= received_on",
            name=op.f("ck_complaint_nothing_comes_before_it"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f("fk_complaint_tenant_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_complaint_tenant_id_case_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_complaint")),
    )
    op.create_index("ix_complaint_tenant_id_received_on", "complaint", ["tenant_id", "received_on"])
    op.create_index("ix_complaint_received_on", "complaint", ["received_on"])
    op.create_table(
        "contract_targets",
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("at_least", postgresql.JSONB(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["contract.tenant_id", "contract.id"],
            name=op.f("fk_contract_targets_tenant_id_contract_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_contract_targets")),
    )
    op.create_index(
        "ix_contract_targets_tenant_id_contract_id",
        "contract_targets",
        ["tenant_id", "contract_id"],
    )
    prefix = context.config.attributes["settings"].database_role_prefix
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("contract_targets")
    op.drop_table("complaint")

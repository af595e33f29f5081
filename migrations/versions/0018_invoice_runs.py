"""Runs of invoices: asked for by a page, done by the worker, part by part."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

WALLS = (
    "GRANT SELECT ON invoice_run TO {prefix}_finance",
    "GRANT INSERT ON invoice_run TO {prefix}_finance",
    "GRANT UPDATE ON invoice_run TO {prefix}_finance",
    "GRANT SELECT ON invoice_run TO {prefix}_finance_reader",
    "ALTER TABLE invoice_run_part ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE invoice_run_part FORCE ROW LEVEL SECURITY",
    "CREATE POLICY finance ON invoice_run_part FOR ALL TO {prefix}_finance USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON invoice_run_part TO {prefix}_finance",
    "GRANT INSERT ON invoice_run_part TO {prefix}_finance",
    "CREATE POLICY finance_reader ON invoice_run_part FOR SELECT TO {prefix}_finance_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON invoice_run_part TO {prefix}_finance_reader",
)


def upgrade() -> None:
    op.create_table(
        "invoice_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("asked", postgresql.JSONB(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('draft', 'approve', 'issue')", name=op.f("ck_invoice_run_kind_is_known")
        ),
        sa.CheckConstraint(
            "period_to >= period_from", name=op.f("ck_invoice_run_ends_after_it_starts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_run")),
    )
    op.create_index(
        "uq_invoice_run_at_work",
        "invoice_run",
        ["period_from", "period_to"],
        unique=True,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_index(
        "ix_invoice_run_period_from",
        "invoice_run",
        ["period_from", "period_to", "asked_at"],
        unique=False,
    )
    op.create_table(
        "invoice_run_part",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("entries", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["invoice_run.id"], name=op.f("fk_invoice_run_part_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f("fk_invoice_run_part_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invoice_run_part")),
        sa.UniqueConstraint(
            "tenant_id",
            "run_id",
            "subject_id",
            name=op.f("uq_invoice_run_part_tenant_id_run_id_subject_id"),
        ),
    )
    op.create_index("ix_invoice_run_part_run_id", "invoice_run_part", ["run_id"], unique=False)
    prefix = context.config.attributes["settings"].database_role_prefix
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("invoice_run_part")
    op.drop_table("invoice_run")

"""What was entered of a child, a referral or a person is put right; what was there is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE record_correction ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE record_correction FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON record_correction FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON record_correction TO {prefix}_provider",
    "GRANT INSERT ON record_correction TO {prefix}_provider",
    "CREATE POLICY provider_reader ON record_correction FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON record_correction TO {prefix}_provider_reader",
)


def upgrade() -> None:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "record_correction",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "subject IN ('child', 'referral', 'person')",
            name=op.f("ck_record_correction_subject_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_record_correction_tenant_id_sen_case"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["subscriber.id"],
            name=op.f("fk_record_correction_tenant_id_subscriber"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_record_correction")),
    )
    for column in ("subject_id", "case_id"):
        op.create_index(
            f"ix_record_correction_tenant_id_{column}", "record_correction", ["tenant_id", column]
        )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("record_correction")

"""The authority does its own part in a case: the facts it may add, and the mark that it did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SEEN = "tenant_id = scope_tenant() AND (audience IN ('parties', 'authority'))"
SAID = (
    "kind IN ('family_informed_authority', 'health_told_authority', 'authority_told_icb',"
    " 'authority_cannot_arrange', 'representative_named', 'dates_offered', 'dates_answered',"
    " 'consent_given', 'consent_refused', 'agreement_signed', 'step_done', 'appeal_registered',"
    " 'appeal_outcome')"
    " AND recorded_by = scope_person() AND replaces_id IS NULL AND NOT retracted"
    " AND (kind NOT IN ('consent_given', 'consent_refused') OR value = 'authority')"
)
WALLS = (
    "ALTER TABLE said_fact ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE said_fact FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON said_fact FOR ALL TO {prefix}_provider"
    " USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON said_fact TO {prefix}_provider",
    "GRANT DELETE ON said_fact TO {prefix}_provider",
    "CREATE POLICY provider_reader ON said_fact FOR SELECT TO {prefix}_provider_reader"
    " USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON said_fact TO {prefix}_provider_reader",
    "CREATE POLICY authority ON said_fact FOR ALL TO {prefix}_authority"
    " USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT INSERT ON said_fact TO {prefix}_authority",
    f"ALTER POLICY authority ON case_fact WITH CHECK ({SEEN} AND ({SAID}))",
    "GRANT INSERT ON case_fact TO {prefix}_authority",
)


def upgrade() -> None:
    op.create_table(
        "said_fact",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_said_fact_tenant_id_case_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "fact_id"],
            ["case_fact.tenant_id", "case_fact.id"],
            name=op.f("fk_said_fact_tenant_id_fact_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_said_fact")),
    )
    op.create_index("ix_said_fact_tenant_id_case_id", "said_fact", ["tenant_id", "case_id"])
    op.create_index("ix_said_fact_tenant_id_fact_id", "said_fact", ["tenant_id", "fact_id"])
    prefix = context.config.attributes["settings"].database_role_prefix
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.execute(f"REVOKE INSERT ON case_fact FROM {prefix}_authority")
    op.execute(f"ALTER POLICY authority ON case_fact WITH CHECK ({SEEN})")
    op.drop_table("said_fact")

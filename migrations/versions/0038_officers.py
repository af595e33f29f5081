"""Who of an authority looks after a case, and a person's meetings in their own calendar."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE case_officer ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE case_officer FORCE ROW LEVEL SECURITY",
    "CREATE POLICY authority ON case_officer FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON case_officer TO {prefix}_authority",
    "GRANT INSERT ON case_officer TO {prefix}_authority",
    "GRANT UPDATE ON case_officer TO {prefix}_authority",
    "GRANT DELETE ON case_officer TO {prefix}_authority",
    "CREATE POLICY provider ON case_officer FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON case_officer TO {prefix}_provider",
    "CREATE POLICY provider_reader ON case_officer FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON case_officer TO {prefix}_provider_reader",
    "GRANT SELECT ON calendar_feed TO {prefix}_identity",
    "GRANT INSERT ON calendar_feed TO {prefix}_identity",
    "GRANT UPDATE ON calendar_feed TO {prefix}_identity",
    "GRANT DELETE ON calendar_feed TO {prefix}_identity",
)


def upgrade() -> None:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "case_officer",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["sen_case.tenant_id", "sen_case.id"],
            name=op.f("fk_case_officer_tenant_id_sen_case"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "case_id", name=op.f("pk_case_officer")),
    )
    op.create_index(
        "ix_case_officer_tenant_id_officer_id", "case_officer", ["tenant_id", "officer_id"]
    )
    op.create_table(
        "calendar_feed",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_calendar_feed_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("calendar_feed")
    op.drop_table("case_officer")

"""Breaches of personal data, with who was told when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

WALLS = (
    "ALTER TABLE incident ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE incident FORCE ROW LEVEL SECURITY",
    "CREATE POLICY provider ON incident FOR ALL TO {prefix}_provider USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON incident TO {prefix}_provider",
    "GRANT INSERT ON incident TO {prefix}_provider",
    "GRANT UPDATE (words, people, commissioner_told_at, commissioner_reference, no_risk_because, authority_told_at, people_told_at, late_because, closed_at, lesson) ON incident TO {prefix}_provider",
    "CREATE POLICY provider_reader ON incident FOR SELECT TO {prefix}_provider_reader USING (tenant_id >= scope_lowest())",
    "GRANT SELECT ON incident TO {prefix}_provider_reader",
    "CREATE POLICY authority ON incident FOR ALL TO {prefix}_authority USING (tenant_id = scope_tenant()) WITH CHECK (tenant_id = scope_tenant())",
    "GRANT SELECT ON incident TO {prefix}_authority",
)
CHECKS = {
    "kind_is_known": "kind IN ('sent', 'lost', 'access', 'destroyed', 'unavailable', 'other')",
    "people_are_counted": "people >= 0",
    "known_after_it_happened": "aware_at >= happened_at",
    "told_or_not_to_tell": "commissioner_told_at IS NULL OR no_risk_because = ''",
    "closed_with_a_lesson": "closed_at IS NULL OR lesson <> ''",
}


def _moment(name: str, *, nullable: bool) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    prefix = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "incident",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        _moment("happened_at", nullable=False),
        _moment("aware_at", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        _moment("commissioner_told_at", nullable=True),
        sa.Column("commissioner_reference", sa.Text(), nullable=False),
        sa.Column("no_risk_because", sa.Text(), nullable=False),
        sa.Column("late_because", sa.Text(), nullable=False),
        _moment("authority_told_at", nullable=True),
        _moment("people_told_at", nullable=True),
        _moment("closed_at", nullable=True),
        sa.Column("lesson", sa.Text(), nullable=False),
        _moment("recorded_at", nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_incident_{name}"))
            for name, condition in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["subscriber.id"], name=op.f("fk_incident_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_incident")),
    )
    op.create_index("ix_incident_tenant_id_aware_at", "incident", ["tenant_id", "aware_at"])
    op.create_index("ix_incident_aware_at", "incident", ["aware_at"])
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("incident")

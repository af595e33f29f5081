"""What people keep for themselves (filters, last visits), and the trail of what spans authorities."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WALLS = (
    "GRANT SELECT ON saved_filter TO {prefix}_identity",
    "GRANT INSERT ON saved_filter TO {prefix}_identity",
    "GRANT UPDATE ON saved_filter TO {prefix}_identity",
    "GRANT DELETE ON saved_filter TO {prefix}_identity",
    "GRANT SELECT ON tray_visit TO {prefix}_identity",
    "GRANT INSERT ON tray_visit TO {prefix}_identity",
    "GRANT UPDATE ON tray_visit TO {prefix}_identity",
    "GRANT SELECT ON platform_audit_entry TO {prefix}_identity",
    "GRANT INSERT ON platform_audit_entry TO {prefix}_identity",
    "GRANT SELECT ON platform_audit_entry TO {prefix}_provider_reader",
)


def upgrade() -> None:
    op.create_table(
        "platform_audit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_audit_entry")),
    )
    op.create_index("ix_platform_audit_entry_at", "platform_audit_entry", ["at"])
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("tray", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "length(trim(name)) BETWEEN 1 AND 40", name=op.f("ck_saved_filter_name_has_a_length")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_saved_filter_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
        sa.UniqueConstraint(
            "person_id", "tray", "name", name=op.f("uq_saved_filter_person_id_tray_name")
        ),
    )
    op.create_table(
        "tray_visit",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("tray", sa.Text(), nullable=False),
        sa.Column("visited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_tray_visit_person_id")),
        sa.PrimaryKeyConstraint("person_id", "tray", name=op.f("pk_tray_visit")),
    )
    prefix = context.config.attributes["settings"].database_role_prefix
    for statement in WALLS:
        op.execute(statement.format(prefix=prefix))


def downgrade() -> None:
    op.drop_table("tray_visit")
    op.drop_table("saved_filter")
    op.drop_table("platform_audit_entry")

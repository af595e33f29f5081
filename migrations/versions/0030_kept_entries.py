"""What somebody typed is kept, sealed, while they sign in again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    prefix: str = context.config.attributes["settings"].database_role_prefix
    op.create_table(
        "kept_entry",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_kept_entry_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_kept_entry")),
    )
    op.create_index(op.f("ix_kept_entry_kept_at"), "kept_entry", ["kept_at"])
    for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
        op.execute(f"GRANT {right} ON kept_entry TO {prefix}_identity")


def downgrade() -> None:
    op.drop_table("kept_entry")
